/** Compares the trail with a host's own files, for `audit reconcile` and, every hour, for `audit due`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Trail } from "@sealtrail/trail";
import type { SourceName } from "@sealtrail/trail/ingest";
import { seenOf } from "@sealtrail/trail/marker";
import type { LogsReconciled } from "@sealtrail/trail/reconcile";
import type { Context } from "./context.js";
import { hostFiles, openclawState } from "./hook/host-files.js";
import type { HookHost } from "./hook/hosts.js";

/** The source that reads a host's own files. */
export const LOG_SOURCES: Readonly<Record<HookHost, string>> = {
  "claude-code": "claude-transcript",
  codex: "codex-rollout",
};

/** A call that was made just now may still be on its way into the trail. */
const onItsWayMs = 2 * 60_000;

export interface Compared extends LogsReconciled {
  readonly host: HookHost;
  /** Start of the comparison: before it there was no trail or no hook. */
  readonly since: string;
}

/** @param since ISO 8601; never before the hook first ran for this trail @param files default: the host's own since then */
export async function compareLogs(
  context: Context,
  trail: Trail,
  host: HookHost,
  options: { since?: string | undefined; files?: readonly string[]; mostBytes?: number } = {},
): Promise<Compared> {
  const { reconcileLogs } = await import("@sealtrail/trail/reconcile");
  const { env, home, cwd, now } = context.io;
  const seen = seenOf(context.db, host)?.firstAt;
  const since = [options.since, trail.genesis.createdAt, seen]
    .filter((time) => time !== undefined)
    .sort()
    .at(-1)!;
  // The newest first, because not all may be read.
  const own = () =>
    hostFiles(host, { env, home, cwd }, Date.parse(since))
      .map(({ path }) => path)
      .reverse();
  const found = reconcileLogs(trail, LOG_SOURCES[host] as SourceName, options.files ?? own(), {
    since,
    until: new Date(now() - onItsWayMs).toISOString(),
    ...(options.mostBytes === undefined ? {} : { mostBytes: options.mostBytes }),
  });
  return { host, since, ...found };
}

/** Path of OpenClaw's own audit ledger; undefined where there is none. */
export function openclawLedger(context: Context): string | undefined {
  const path = join(openclawState(context.io), "state", "openclaw.sqlite");
  return existsSync(path) ? path : undefined;
}

/** Files with a call that the trail lacks, or whose outcome it lacks. */
export function filesToTakeIn({ missing, withoutOutcome }: LogsReconciled): string[] {
  return [...new Set([...missing, ...withoutOutcome].map(({ file }) => file))].sort();
}
