/** Finds when a host last wrote its own files of a session. The host was at work then, whether or not a hook ran. */
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { HOST_SETTINGS } from "./hosts.js";
import type { Place } from "./scopes.js";

/** Bounds the cost of one look: the newest folders first, and no more files than this. */
const mostFiles = 20_000;
const mostFolders = 2_000;

export type AgentHost = "claude-code" | "codex" | "openclaw";

export interface HostFile {
  readonly path: string;
  /** ms since 1970 */
  readonly at: number;
  readonly bytes: number;
}

function entries(folder: string): { name: string; isFolder: boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? 1 : -1));
  } catch {
    return [];
  }
}

/** Files that match, in folders to this depth, names in descending order (dates stand in them). */
function* filesIn(folder: string, depth: number, isOne: (name: string) => boolean): Generator<string> {
  const left = { files: mostFiles, folders: mostFolders };
  function* walk(path: string, deeper: number): Generator<string> {
    if (left.folders-- <= 0) return;
    for (const { name, isFolder } of entries(path)) {
      if (left.files <= 0) return;
      if (isFolder) {
        if (deeper > 0) yield* walk(join(path, name), deeper - 1);
      } else if (isOne(name)) {
        left.files--;
        yield join(path, name);
      }
    }
  }
  yield* walk(folder, depth);
}

export function openclawState({ env, home }: Pick<Place, "env" | "home">): string {
  return env.OPENCLAW_STATE_DIR || join(env.OPENCLAW_HOME || home, ".openclaw");
}

/** Transcripts, rollouts or session files of the host that were written after `since`, oldest first. */
export function hostFiles(host: AgentHost, place: Place, since: number): HostFile[] {
  const isJsonl = (name: string) => name.endsWith(".jsonl");
  const names =
    host === "openclaw"
      ? filesIn(join(openclawState(place), "agents"), 2, isJsonl)
      : host === "codex"
        ? filesIn(join(dirname(HOST_SETTINGS.codex.settingsPath(place)), "sessions"), 3, isJsonl)
        : filesIn(join(dirname(HOST_SETTINGS["claude-code"].settingsPath(place)), "projects"), 4, isJsonl);
  const found: HostFile[] = [];
  for (const path of names) {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isFile() && there.size > 0 && there.mtimeMs > since)
      found.push({ path, at: there.mtimeMs, bytes: there.size });
  }
  return found.sort((a, b) => a.at - b.at);
}
