/** What recording misses, for `audit status`: events that wait outside the trail, writers that died, hooks and grants that are not there. Reads only. */

import type { Trail } from "@sealtrail/trail";
import type { Degraded } from "@sealtrail/trail/log";
import { runMarkers } from "@sealtrail/trail/marker";
import { heldRestart, predecessorOf } from "@sealtrail/trail/recovery";
import { spooled, spoolFolders } from "@sealtrail/trail/spool";
import type { Context } from "../context.js";
import { HOOK_HOSTS, HOST_SETTINGS, type HookHost } from "../hook/hosts.js";
import type { HookState } from "../hook/state.js";
import { bytesForPeople, localTimeZone, plural } from "../text.js";
import { openclawCoverage } from "./_openclaw-coverage.js";
import { conversations, type OpenCalls, openCalls, type Talk } from "./_recording.js";

/** Something that a person has to look at. */
export interface Problem {
  readonly code: string;
  readonly what: string;
  readonly hint: string;
}

export interface Coverage {
  readonly problems: readonly Problem[];
  readonly notCovered: readonly string[];
  readonly conversations: readonly Talk[];
  readonly openCalls: OpenCalls;
  readonly degraded: readonly Degraded[];
}

export function coverageOf(context: Context, trail: Trail, hooks: readonly HookState[]): Coverage {
  const now = context.io.now();
  const problems: Problem[] = [];
  const notCovered: string[] = [];
  const take = "audit ingest, the next hook or the plugin takes them in";

  const spools = spoolFolders(trail.path).map((folder) => ({ folder, ...spooled(folder) }));
  const sum = (count: (spool: (typeof spools)[number]) => number) => spools.reduce((all, one) => all + count(one), 0);
  const files = sum((one) => one.files.length + one.sealed.length);
  const size = ` (${bytesForPeople(sum((one) => one.bytes))})`;
  if (files > 0)
    problems.push({ code: "spooled", what: `${plural(files, "file")} of events wait in the spool${size}`, hint: take });
  const lost = sum((one) => one.lost);
  if (lost > 0) problems.push({ code: "lost", what: `${plural(lost, "event")} could not be kept`, hint: take });
  if (sum((one) => one.unknownLosses) > 0)
    problems.push({ code: "lost-unknown", what: "events were lost; their number is not known", hint: take });
  for (const { folder, strange, ...one } of spools) {
    const refused = one.refused + strange.length;
    if (refused === 0) continue;
    problems.push({
      code: "spool-refused",
      what: `${plural(refused, "file")} of the spool could not be taken in and stand in ${folder}`,
      hint: "look at *.refused, pipes, folders and links there, then remove them",
    });
  }

  const dead = runMarkers(trail.path, now).filter((marker) => !marker.alive).length;
  if (dead > 0) {
    problems.push({
      code: "unclean-stop",
      what: `${plural(dead, "writer")} ended without a clean stop: last events may be missing`,
      hint: "the next writer puts it on record",
    });
  }

  const lock = heldRestart(trail.path);
  if (lock !== undefined) {
    const who = lock.pid === undefined ? "no process that runs holds it" : `process ${lock.pid} holds it`;
    problems.push({
      code: "trail-locked",
      what: `${trail.path}.restart says that the trail is being begun anew (${who}): until it is gone, events go to the spool`,
      hint: `wait: it counts for nothing after ${localTimeZone(lock.until)}`,
    });
  }

  const begun = predecessorOf(trail.database);
  if (begun !== undefined && begun.acceptedAt === undefined) {
    problems.push({
      code: "trail-restarted",
      what: `this trail took the place of one that could not be read, kept as ${String(begun.metadata.keptAs)}`,
      hint: "find out who broke it, then audit recover --accept",
    });
  }

  const degraded = trail.degradedLately();
  const gaps = degraded.reduce((sum, { events }) => sum + events, 0);
  if (gaps > 0) notCovered.push(`${plural(gaps, "gap")} on record lately: audit list --type system.degraded`);
  const yesterday = new Date(now - 86_400_000).toISOString();
  for (const { reason, events, lastAt } of degraded) {
    if (reason !== "payload-refused" || lastAt < yesterday) continue;
    const what = `${plural(events, "payload")} of a host lately could not be read, the last ${localTimeZone(lastAt)}`;
    problems.push({
      code: "payloads-refused",
      what,
      hint: "audit list --type system.degraded; update audit or the host",
    });
  }
  const open = openCalls(trail, now);
  if (open.calls > 0) notCovered.push(`${plural(open.calls, "call")} without an end on record: audit list --open`);
  if (open.calls > 0 && hooks.length > 0) {
    const lately = hookHostsOpen(trail, now);
    if (lately > 0)
      problems.push({
        code: "open-calls",
        what: `${plural(lately, "call")} of the last day have no outcome on record`,
        hint: "audit list --open names them; audit reconcile claude-code|codex --take-in takes in what the host knows",
      });
  }
  for (const host of HOOK_HOSTS) {
    if (hooks.some((hook) => hook.host === host && hook.state !== "taken out") || !isInstalledByRecord(trail, host))
      continue;
    problems.push({
      code: "hook-removed",
      what: `${HOST_SETTINGS[host].name}'s hook stands in no settings any more, and no audit hook uninstall is on record`,
      hint: `find out who removed it, then audit hook install ${host}`,
    });
  }
  for (const { host, missing, state, why, hint } of hooks) {
    if (state === "taken out" || state === "another trail")
      notCovered.push(`${why}${hint === null ? "" : `: ${hint}`}`);
    if (missing.length > 0)
      notCovered.push(`${HOST_SETTINGS[host].name}: ${missing.join(", ")}: audit hook install ${host}`);
  }
  if (hooks.some(({ host }) => host === "codex")) {
    notCovered.push("Codex: exit codes and hosted web search are in its session log only: audit ingest codex-rollout");
  }
  const openclaw = openclawCoverage(context);
  problems.push(...openclaw.problems);
  notCovered.push(...openclaw.notCovered);
  const off = new Set(hooks.filter(({ missing }) => missing.includes("UserPromptSubmit")).map(({ host }) => `${host}`));
  if (openclaw.conversationOff) off.add("openclaw");
  const talks = conversations(trail, off);
  for (const { source, state, calls } of talks) {
    if (state === "silent") notCovered.push(`${source}: ${plural(calls, "tool call")} and no prompt in 24 hours`);
  }
  return { problems, notCovered, conversations: talks, openCalls: open, degraded };
}

/** Whether what the trail last says of the host's hook is that it was installed. */
function isInstalledByRecord(trail: Trail, host: HookHost): boolean {
  const newest = new Map<unknown, string>();
  for (const { type, metadata } of trail.events({
    type: ["system.hook_installed", "system.hook_removed"],
    last: 100,
  })) {
    if (metadata?.host === host) newest.set(metadata.path, type);
  }
  return [...newest.values()].includes("system.hook_installed");
}

/** Open calls that were asked for within a day and more than an hour ago, of hosts whose own files tell how a call ended. */
function hookHostsOpen(trail: Trail, now: number): number {
  let calls = 0;
  const oldest = new Date(now - 24 * 3_600_000).toISOString();
  const newest = new Date(now - 3_600_000).toISOString();
  for (const host of HOOK_HOSTS) {
    for (const { createdAt } of trail.openCalls({ source: host }))
      if (createdAt >= oldest && createdAt <= newest) calls++;
  }
  return calls;
}
