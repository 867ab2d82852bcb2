// Tool calls of OpenClaw that one of two ledgers has and the other lacks: this trail, and the host's own `audit_events`
// (metadata only, mutable, kept 30 days, drops under load). They join by the SHA-256 of the call's id, which is all of it
// that the host keeps. Reads both, writes neither.
import { hash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { eachRow } from "@sealtrail/smt/sqlite";
import type { Trail } from "../trail.js";

export interface ToolCall {
  /** As the host's ledger has it: `sha256:<hex>`. */
  id: string;
  toolName: string;
  sessionKey: string | undefined;
  /** ISO 8601: the first that is known of it. */
  at: string;
  /** What became of it, by this side. `unknown`: nothing for 10 minutes and more. */
  outcome: "ended" | "denied" | "running" | "unknown";
  /** Of its first event in the trail. */
  sequence?: number;
}

export interface Reconciled {
  both: number;
  onlyTrail: ToolCall[];
  onlyLedger: ToolCall[];
  /** In the trail alone, as is to be expected, and why. */
  expected: (ToolCall & { why: string })[];
  /** In both, but one says denied and the other does not. */
  disagree: { trail: ToolCall; ledger: ToolCall }[];
  /** Only what is newer than this was compared: both sides reach back so far. */
  since: string | undefined;
}

/** A call that has no end after so long has none on record (`/tools/invoke` never has one). */
const unknownAfterMs = 10 * 60_000;

/** @param ledger `state/openclaw.sqlite` under the host's state folder */
export function reconcileOpenclaw(trail: Trail, ledger: string, options: { now: number; since?: string }): Reconciled {
  const theirs = ledgerCalls(ledger, options.now);
  const ours = trailCalls(trail, options.now);
  const since = latest([options.since, first(theirs), first(ours)]);
  const result: Reconciled = { both: 0, onlyTrail: [], onlyLedger: [], expected: [], disagree: [], since };
  if (since === undefined) {
    // One side is empty: everything of the other is alone.
    result.onlyTrail.push(...ours.values());
    result.onlyLedger.push(...theirs.values());
    return sorted(result);
  }
  for (const [id, call] of ours) {
    const other = theirs.get(id);
    if (other !== undefined) {
      result.both++;
      if ((other.outcome === "denied") !== (call.outcome === "denied"))
        result.disagree.push({ trail: call, ledger: other });
    } else if (call.at >= since) {
      if (call.why !== undefined) result.expected.push({ ...withoutWhy(call), why: call.why });
      else result.onlyTrail.push(withoutWhy(call));
    }
  }
  for (const [id, call] of theirs) if (!ours.has(id) && call.at >= since) result.onlyLedger.push(call);
  return sorted(result);
}

type Ours = ToolCall & { why?: string };

function withoutWhy({ why: _, ...call }: Ours): ToolCall {
  return call;
}

function trailCalls(trail: Trail, now: number): Map<string, Ours> {
  const calls = new Map<string, Ours>();
  for (const event of trail.events({ category: "tool" })) {
    if (event.source !== "openclaw" || event.metadata === undefined) continue;
    const { toolCallId, toolName } = event.metadata;
    if (typeof toolCallId !== "string") continue;
    const ends = event.type === "tool.result" || event.type === "tool.denied";
    if (!ends && event.type !== "tool.invoked") continue;
    const id = `sha256:${hash("sha256", toolCallId, "hex")}`;
    const outcome = event.type === "tool.denied" ? "denied" : ends ? "ended" : waiting(event.createdAt, now);
    const known = calls.get(id);
    if (known !== undefined) {
      if (ends) known.outcome = outcome;
      continue;
    }
    const why = toolCallId.startsWith("http-direct-")
      ? "the host's ledger leaves out /tools/invoke"
      : event.type === "tool.result"
        ? "the host's ledger leaves out calls of unknown tools"
        : undefined;
    calls.set(id, {
      id,
      toolName: typeof toolName === "string" ? toolName : "",
      sessionKey: event.sessionId,
      at: event.occurredAt ?? event.createdAt,
      outcome,
      sequence: event.sequence,
      ...(why !== undefined && { why }),
    });
  }
  return calls;
}

function waiting(createdAt: string, now: number): "running" | "unknown" {
  return now - Date.parse(createdAt) > unknownAfterMs ? "unknown" : "running";
}

interface LedgerRow {
  tool_call_id: string | null;
  tool_name: string | null;
  session_key: string | null;
  occurred_at: number;
  status: string;
}

/** Throws what SQLite throws for a file that is no such ledger. */
function ledgerCalls(path: string, now: number): Map<string, ToolCall> {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    db.exec("PRAGMA busy_timeout = 5000");
    const select = db.prepare(
      `SELECT tool_call_id, tool_name, session_key, occurred_at, status FROM audit_events
       WHERE tool_call_id IS NOT NULL ORDER BY sequence`,
    );
    const rows = eachRow<LedgerRow & Record<string, unknown>>(select);
    const calls = new Map<string, ToolCall>();
    for (const row of rows) {
      const id = row.tool_call_id!.startsWith("sha256:")
        ? row.tool_call_id!
        : `sha256:${hash("sha256", row.tool_call_id!, "hex")}`;
      const at = new Date(row.occurred_at).toISOString();
      const outcome = row.status === "blocked" ? "denied" : row.status === "started" ? waiting(at, now) : "ended";
      const known = calls.get(id);
      if (known === undefined) {
        calls.set(id, { id, toolName: row.tool_name ?? "", sessionKey: row.session_key ?? undefined, at, outcome });
      } else if (row.status !== "started") {
        known.outcome = outcome;
      }
    }
    return calls;
  } finally {
    db.close();
  }
}

function first(calls: ReadonlyMap<string, ToolCall>): string | undefined {
  let earliest: string | undefined;
  for (const { at } of calls.values()) if (earliest === undefined || at < earliest) earliest = at;
  return earliest;
}

/** The latest of the beginnings; undefined where one of the ledgers has none. */
function latest([asked, ...beginnings]: (string | undefined)[]): string | undefined {
  if (beginnings.some((time) => time === undefined)) return undefined;
  return [asked, ...beginnings]
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
}

function sorted(result: Reconciled): Reconciled {
  const byTime = (a: ToolCall, b: ToolCall) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0);
  result.onlyTrail.sort(byTime);
  result.onlyLedger.sort(byTime);
  result.expected.sort(byTime);
  return result;
}
