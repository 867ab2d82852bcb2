/** What recording misses, for `audit status`: events that wait outside the trail, writers that died, hooks and grants that are not there. Reads only. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { restartedFrom, runMarkers, spooled, spoolFolders, type Trail } from "@sealtrail/trail";
import type { Context } from "../context.js";
import { HOST_SETTINGS } from "../hook/hosts.js";
import type { HookState } from "../hook/state.js";
import { plural } from "../text.js";

export interface Coverage {
  readonly problems: readonly { code: string; what: string; todo: string }[];
  readonly notCovered: readonly string[];
}

/** How far back gaps on record are looked for. */
const recentEvents = 10_000;

export function coverageOf(context: Context, trail: Trail, hooks: readonly HookState[]): Coverage {
  const problems: { code: string; what: string; todo: string }[] = [];
  const notCovered: string[] = [];
  const take = "audit ingest, the next hook or the plugin takes them in";

  let files = 0;
  let lost = 0;
  for (const folder of spoolFolders(trail.path)) {
    const waiting = spooled(folder);
    files += waiting.files.length;
    lost += waiting.lost;
  }
  if (files > 0)
    problems.push({ code: "spooled", what: `${plural(files, "file")} of events wait in the spool`, todo: take });
  if (lost > 0) problems.push({ code: "lost", what: `${plural(lost, "event")} could not be kept`, todo: take });

  const dead = runMarkers(trail.path, context.io.now()).filter((marker) => !marker.alive).length;
  if (dead > 0) {
    problems.push({
      code: "unclean-stop",
      what: `${plural(dead, "writer")} ended without a clean stop: last events may be missing`,
      todo: "the next writer puts it on record",
    });
  }

  const begun = restartedFrom(trail.database);
  if (begun !== undefined && begun.acceptedAt === undefined) {
    problems.push({
      code: "trail-restarted",
      what: `this trail took the place of one that could not be read, kept as ${String(begun.metadata.keptAs)}`,
      todo: "find out who broke it, then audit recover --accept",
    });
  }

  const gaps = gapsOnRecord(trail);
  if (gaps > 0) notCovered.push(`${plural(gaps, "gap")} on record lately: audit list --type system.degraded`);
  const open = callsWithoutEnd(trail, context.io.now());
  if (open > 0) notCovered.push(`${plural(open, "call")} lately without an end on record: outcome unknown`);
  for (const { host, missing, state, why, todo } of hooks) {
    if (state === "taken out" || state === "another trail")
      notCovered.push(`${why}${todo === null ? "" : `: ${todo}`}`);
    if (missing.length > 0)
      notCovered.push(`${HOST_SETTINGS[host].name}: ${missing.join(", ")}: audit hook install ${host}`);
  }
  if (hooks.some(({ host }) => host === "codex")) {
    notCovered.push("Codex: exit codes and hosted web search are in its session log only: audit ingest codex-rollout");
  }
  notCovered.push(...openclawGaps(context));
  return { problems, notCovered };
}

function gapsOnRecord(trail: Trail): number {
  const row = trail.database
    .prepare("SELECT count(*) AS gaps FROM events WHERE sequence > ? AND type = 'system.degraded'")
    .get(trail.lastSequence - recentEvents) as { gaps: number };
  return row.gaps;
}

/** A call that has no end after so long has none on record: a refused one, one through /tools/invoke, an agent that died. */
const unknownAfterMs = 10 * 60_000;

function callsWithoutEnd(trail: Trail, now: number): number {
  const rows = trail.database
    .prepare(
      `SELECT type, createdAt, sessionId, CASE WHEN json_valid(metadata) THEN metadata ->> '$.toolCallId' END AS call
       FROM events WHERE sequence > ? AND category = 'tool' ORDER BY sequence`,
    )
    .iterate(trail.lastSequence - recentEvents) as Iterable<{
    type: string;
    createdAt: string;
    sessionId: string | null;
    call: string | null;
  }>;
  const latest = new Date(now - unknownAfterMs).toISOString();
  const open = new Set<string>();
  for (const { type, createdAt, sessionId, call } of rows) {
    if (call === null) continue;
    const name = `${sessionId}\n${call}`;
    if (type === "tool.invoked" && createdAt < latest) open.add(name);
    else if (type === "tool.result" || type === "tool.denied") open.delete(name);
  }
  return open.size;
}

/** What the plugin can't see, by OpenClaw's own configuration; nothing where it is not installed. */
function openclawGaps(context: Context): string[] {
  const { env, home } = context.io;
  const state = env.OPENCLAW_STATE_DIR || join(env.OPENCLAW_HOME || home, ".openclaw");
  const path = env.OPENCLAW_CONFIG_PATH || join(state, "openclaw.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  if (!text.includes("sealtrail")) return [];
  const gaps = ["OpenClaw: openclaw agent exec runs without plugins' hooks: nothing of it is recorded"];
  try {
    const granted = at(JSON.parse(text), "plugins", "entries", "sealtrail", "hooks", "allowConversationAccess");
    if (granted !== true) {
      gaps.push(
        "OpenClaw: prompts and answers: openclaw config set plugins.entries.sealtrail.hooks.allowConversationAccess true",
      );
    }
    if (at(JSON.parse(text), "plugins", "entries", "sealtrail", "enabled") === false) {
      gaps.push("OpenClaw: the plugin is switched off: openclaw plugins enable sealtrail");
    }
  } catch {
    gaps.push(`OpenClaw: ${path} is not plain JSON, its grants were not looked at`);
  }
  return gaps;
}

function at(value: unknown, ...names: string[]): unknown {
  let found = value;
  for (const name of names) {
    found = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[name] : undefined;
  }
  return found;
}
