// What a run has to show: each expectation a line, a count table of event types, and a non-zero end when one failed.
import { DatabaseSync } from "node:sqlite";

export class Report {
  readonly #failed: string[] = [];
  #passed = 0;

  check(what: string, ok: boolean, seen?: unknown): void {
    if (ok) {
      this.#passed++;
      console.log(`ok    ${what}`);
    } else {
      this.#failed.push(what);
      console.log(`FAIL  ${what}${seen === undefined ? "" : `: ${JSON.stringify(seen)}`}`);
    }
  }

  equal(what: string, seen: unknown, expected: unknown): void {
    this.check(`${what}: ${JSON.stringify(expected)}`, JSON.stringify(seen) === JSON.stringify(expected), seen);
  }

  /** Prints the closing line; the exit code of the run. */
  end(): number {
    console.log(`${this.#passed} passed, ${this.#failed.length} failed`);
    for (const what of this.#failed) console.log(`  failed: ${what}`);
    return this.#failed.length === 0 ? 0 : 1;
  }
}

export interface Row {
  sequence: number;
  type: string;
  source: string;
  sessionId: string | null;
  userId: string | null;
  description: string;
  metadata: Record<string, unknown>;
}

/** The trail as any SQLite reader sees it: the runs must not rely on the code that they test. */
export function rowsOf(db: string): Row[] {
  const database = new DatabaseSync(db, { readOnly: true });
  try {
    const found = database
      .prepare("SELECT sequence, type, source, sessionId, userId, description, metadata FROM events ORDER BY sequence")
      .all() as unknown as (Omit<Row, "metadata"> & { metadata: string })[];
    return found.map((row) => ({ ...row, metadata: JSON.parse(row.metadata) as Record<string, unknown> }));
  } finally {
    database.close();
  }
}

export function countTable(rows: readonly Row[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of rows) counts.set(type, (counts.get(type) ?? 0) + 1);
  const sorted = new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  const width = Math.max(0, ...[...sorted.keys()].map((type) => type.length));
  for (const [type, count] of sorted) console.log(`  ${type.padEnd(width)}  ${count}`);
  return sorted;
}

/** Types of event with how many a run must bring: a number, or at least so many. The table is for a closing note. */
export type Expected = Readonly<Record<string, number | `>= ${number}`>>;

export function compareCounts(report: Report, rows: readonly Row[], expected: Expected): void {
  const counts = new Map<string, number>();
  for (const { type } of rows) counts.set(type, (counts.get(type) ?? 0) + 1);
  const lines = [];
  for (const type of [...new Set([...Object.keys(expected), ...counts.keys()])].sort()) {
    const wanted = expected[type];
    const seen = counts.get(type) ?? 0;
    if (wanted === undefined) report.check(`${type} is among the expected types`, false, seen);
    else if (typeof wanted === "number") report.equal(type, seen, wanted);
    else report.check(`${type} ${wanted}`, seen >= Number(wanted.slice(3)), seen);
    lines.push(`| \`${type}\` | ${wanted ?? "none"} | ${seen} |`);
  }
  console.log(["| event type | expected | seen |", "| --- | --: | --: |", ...lines].join("\n"));
}

export function p95(milliseconds: readonly number[]): number {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)] ?? Number.NaN;
}

/** What became of a call: the command or patch that was asked for, and the event that tells how it ended. */
export interface CallRow {
  readonly asked: string;
  readonly session: string | null;
  readonly outcome: string | undefined;
  readonly exitCode: unknown;
  readonly deniedReason: unknown;
  readonly by: unknown;
}

const OUTCOMES = new Set(["tool.result", "tool.denied", "tool.cancelled", "tool.unknown"]);

/** One row a call that was asked for, in order; printed beside what the host did, which `did` says by the call's beginning. */
export function callTable(rows: readonly Row[], did: Readonly<Record<string, string>>): CallRow[] {
  const calls = rows
    .filter(({ type }) => type === "tool.invoked")
    .map(({ sessionId, metadata }): CallRow => {
      const same = (row: Row) => row.sessionId === sessionId && row.metadata.toolCallId === metadata.toolCallId;
      const ends = rows.filter((row) => OUTCOMES.has(row.type) && same(row));
      const details = rows.filter((row) => row.type === "tool.detail" && same(row));
      const said = Object.assign({}, ...details.map((row) => row.metadata), ends[0]?.metadata) as Record<
        string,
        unknown
      >;
      const args = (metadata.args ?? {}) as Record<string, unknown>;
      return {
        asked: String(args.command ?? JSON.stringify(args)),
        session: sessionId,
        outcome: ends.length > 1 ? `${ends.length} outcomes` : ends[0]?.type,
        exitCode: said.exitCode,
        deniedReason: said.deniedReason,
        by: said.by,
      };
    });
  const lines = calls.map(({ asked, outcome, exitCode, deniedReason, by }) => {
    const host = Object.entries(did).find(([head]) => asked.startsWith(head))?.[1] ?? "";
    const says = [
      outcome ?? "no outcome",
      exitCode === undefined ? "" : `exit ${exitCode}`,
      deniedReason,
      by && `by ${by}`,
    ];
    return `| \`${asked.split("\n")[0]}\` | ${host} | ${says.filter(Boolean).join(", ")} |`;
  });
  console.log(["| call | what the host did | what the trail says |", "| --- | --- | --- |", ...lines].join("\n"));
  return calls;
}
