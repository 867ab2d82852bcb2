/** When the log was last replayed in full, and with what verdict: `audit verify` leaves a note beside the trail. */
import { readNote, timeIn } from "../beside.js";
import type { Context } from "../context.js";
import { clean, count, localTimeZone } from "../text.js";
import type { Problem } from "./_coverage.js";

export interface LastVerified {
  readonly at: string;
  readonly status: string;
  readonly lastSequence: number;
  readonly findings: readonly { readonly kind: string; readonly sequence: number | null }[];
}

const STATUSES = ["verified", "tampered", "restarted", "rolled-back", "empty"];

/** Null where it never was, or the note belongs to another trail that stood at this path. */
export function lastVerified(context: Context, tree: string): LastVerified | null {
  const note = readNote(context.db, "verified");
  const at = timeIn(note?.at);
  if (note === undefined || at === undefined || note.tree !== tree) return null;
  if (typeof note.status !== "string" || !STATUSES.includes(note.status)) return null;
  const findings = (Array.isArray(note.findings) ? note.findings : []).slice(0, 3).map((finding: unknown) => {
    const { kind, sequence } = (finding ?? {}) as { kind?: unknown; sequence?: unknown };
    return { kind: String(kind).slice(0, 80), sequence: typeof sequence === "number" ? sequence : null };
  });
  const lastSequence = Number.isSafeInteger(note.lastSequence) ? (note.lastSequence as number) : 0;
  return { at, status: note.status, lastSequence, findings };
}

const isGood = ({ status }: LastVerified): boolean => status === "verified" || status === "empty";

export function verifiedRow(last: LastVerified | null): string {
  if (last === null) return "never: audit verify replays the whole log";
  const verdict = isGood(last) ? last.status : last.status.toUpperCase();
  return `${localTimeZone(last.at)}, up to event ${count(last.lastSequence)}: ${verdict}`;
}

/** A bad verdict stands until a later replay gives a good one. */
export function verifiedProblem(last: LastVerified | null): Problem | undefined {
  if (last === null || isGood(last)) return undefined;
  const [first] = last.findings;
  const finding =
    first === undefined
      ? ""
      : `, first ${clean(first.kind)}${first.sequence === null ? "" : ` at event ${first.sequence}`}`;
  const what = `the last full verification (${localTimeZone(last.at)}) said ${last.status}${finding}`;
  return { code: "verify-failed", what, hint: "run audit verify: it names what was changed" };
}
