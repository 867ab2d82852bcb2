// Finds tool calls that stand in a host's own files (transcripts of Claude Code, rollouts of Codex) and not in the trail. They
// join by source, session and call id. Reads the files line by line and the trail by key; writes nothing.
import { closeSync, fstatSync, openSync } from "node:fs";
import { parseJson } from "@sealtrail/redact/json";
import { type SourceName, sourceOf } from "@sealtrail/sources";
import type { EventDraft } from "@sealtrail/sources/event";
import { callRole, isoTime } from "@sealtrail/sources/event";
import { readLines } from "../ingest/lines.js";
import type { Trail } from "../trail.js";

/** A call as the host's file tells it. */
export interface LoggedCall {
  toolCallId: string;
  sessionId: string | undefined;
  toolName: string;
  /** ISO 8601; undefined where the file tells no time. */
  at: string | undefined;
  /** The type of the event that would tell its end; undefined while the file tells none. */
  outcome: string | undefined;
  file: string;
  /** Counted from 1. */
  line: number;
}

export interface LogsReconciled {
  files: number;
  /** Files that could not be read, or not to their end. */
  unread: string[];
  bytes: number;
  /** Calls in the files, within the time that was asked for. */
  calls: number;
  /** Calls that the trail has, with an outcome where the file has one. */
  both: number;
  /** Nothing of it is on record. */
  missing: LoggedCall[];
  /** The trail has the call without an outcome, and the file has the outcome. */
  withoutOutcome: LoggedCall[];
}

export interface LogsOptions {
  /** Calls before then are left out (ISO 8601): nobody recorded yet. */
  since?: string;
  /** Calls after then are left out: their events may be on their way. */
  until?: string;
  /** Stops before a file that would go beyond. */
  mostBytes?: number;
}

const decoder = new TextDecoder();

/** @param source the source that reads such files @param files in the order in which they are read */
export function reconcileLogs(
  trail: Trail,
  source: SourceName,
  files: readonly string[],
  options: LogsOptions = {},
): LogsReconciled {
  const { mostBytes = Number.POSITIVE_INFINITY } = options;
  const result: LogsReconciled = { files: 0, unread: [], bytes: 0, calls: 0, both: 0, missing: [], withoutOutcome: [] };
  // A resumed or forked session repeats calls of the one before under its own session: one of them on record is enough.
  const byId = new Map<string, LoggedCall[]>();
  for (const file of files) {
    let handle: number;
    try {
      handle = openSync(file, "r");
    } catch {
      result.unread.push(file);
      continue;
    }
    try {
      const stat = fstatSync(handle);
      if (!stat.isFile() || result.bytes + stat.size > mostBytes) {
        result.unread.push(file);
        continue;
      }
      result.files++;
      result.bytes += stat.size;
      for (const call of callsIn(source, handle, file)) {
        const found = byId.get(call.toolCallId);
        if (found === undefined) byId.set(call.toolCallId, [call]);
        else found.push(call);
      }
    } catch {
      result.unread.push(file);
    } finally {
      closeSync(handle);
    }
  }
  compare(trail, source, byId, options, result);
  return result;
}

function compare(
  trail: Trail,
  source: SourceName,
  byId: ReadonlyMap<string, LoggedCall[]>,
  { since, until }: LogsOptions,
  result: LogsReconciled,
): void {
  const { name } = sourceOf(source);
  for (const calls of byId.values()) {
    const [first] = calls;
    const at = first!.at;
    if (at !== undefined && ((since !== undefined && at < since) || (until !== undefined && at > until))) continue;
    result.calls++;
    const known = calls.map((call) => trail.call(name, call.sessionId, call.toolCallId));
    const ended = calls.find((call) => call.outcome !== undefined);
    if (known.every(({ asked, outcome }) => asked === undefined && outcome === undefined)) result.missing.push(first!);
    else if (ended !== undefined && known.every(({ outcome }) => outcome === undefined))
      result.withoutOutcome.push(ended);
    else result.both++;
  }
}

/** The calls of one file, each once. Lines that the source cannot read are passed over: `ingest` would refuse them too. */
function callsIn(name: SourceName, handle: number, file: string): Iterable<LoggedCall> {
  const source = sourceOf(name);
  const calls = new Map<string, LoggedCall>();
  for (const line of readLines(handle)) {
    if (line.bytes === undefined) continue;
    let events: readonly EventDraft[];
    try {
      const normalised = source.normalise(parseJson(decoder.decode(line.bytes)));
      if (!("events" in normalised)) continue;
      events = normalised.events;
    } catch {
      continue;
    }
    for (const { type, metadata, sessionId, occurredAt } of events) {
      const { toolCallId, toolName } = metadata ?? {};
      const role = callRole(type);
      const ends = role === "outcome";
      if (typeof toolCallId !== "string" || !(ends || role === "asked")) continue;
      const key = JSON.stringify([sessionId ?? null, toolCallId]);
      const known = calls.get(key);
      if (known !== undefined) {
        if (ends) known.outcome = type;
        continue;
      }
      calls.set(key, {
        toolCallId,
        sessionId,
        toolName: typeof toolName === "string" ? toolName : "",
        at: isoTime(occurredAt),
        outcome: ends ? type : undefined,
        file,
        line: line.number,
      });
    }
  }
  return calls.values();
}
