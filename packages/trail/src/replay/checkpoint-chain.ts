// The line of checkpoints against itself, genesis and the log: versions without gaps, ranges that join, each naming the
// one before (formats.md, section 5). Roots are compared elsewhere.

import type { Sha256 } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash, noCheckpoint, parseCheckpoint } from "@sealtrail/smt/checkpoint";
import type { Genesis } from "@sealtrail/verify/event";
import type { Finding } from "./findings.js";

export interface LineOptions {
  stored: Iterable<unknown>;
  genesis: Genesis;
  /** What the head calls the hash of the newest checkpoint, hex; null where it names none. */
  newestHash: string | null;
  hash: Sha256;
  report: (finding: Finding) => void;
}

/** The checkpoints that can be read, by version, and which of them the line does not vouch for. */
export function readLine(o: LineOptions): { line: Checkpoint[]; altered: Set<number> } {
  const line: Checkpoint[] = [];
  const altered = new Set<number>();
  const alter = (version: number, column: string, detail: string) => {
    altered.add(version);
    o.report({ kind: "checkpoint-altered", version, column, detail: `checkpoint ${version}: ${detail}` });
  };
  let previous: Checkpoint | undefined;
  let expected = 1;
  for (const value of o.stored) {
    const parsed = parseCheckpoint(value);
    const claimed = Number((value as { version?: unknown } | null)?.version);
    if (!parsed.ok) {
      alter(Number.isSafeInteger(claimed) ? claimed : expected, "", `not a checkpoint (${parsed.code})`);
      expected++;
      previous = undefined;
      continue;
    }
    const c = parsed.checkpoint;
    if (c.version !== expected) {
      const gone = c.version === expected + 1 ? `is missing` : `and those up to ${c.version - 1} are missing`;
      alter(expected, "version", gone);
      previous = undefined;
    }
    if (c.tree !== o.genesis.tree) alter(c.version, "tree", "names another tree");
    if (previous !== undefined) join(previous, c, o.hash, alter);
    else if (c.version === 1 && c.previous !== noCheckpoint) alter(1, "previous", "names one before the first");
    line.push(c);
    previous = c;
    expected = c.version + 1;
  }
  const newest = line.at(-1);
  if ((newest === undefined ? null : checkpointHash(newest, o.hash)) !== o.newestHash) {
    if (newest === undefined) alter(1, "", "missing: the log head names a checkpoint and there is none");
    else alter(newest.version, "", "the newest is not the one that the log head names");
  }
  return { line, altered };
}

function join(
  a: Checkpoint,
  b: Checkpoint,
  hash: Sha256,
  alter: (version: number, column: string, detail: string) => void,
): void {
  if (b.previous !== checkpointHash(a, hash)) {
    // Either could have been changed; the log's own root, if it differs, tells which.
    alter(a.version, "", `not what checkpoint ${b.version} names as the one before it`);
  }
  if (b.firstSequence !== a.lastSequence + 1)
    alter(b.version, "firstSequence", "does not begin where the last one ended");
  if (b.epoch < a.epoch) alter(b.version, "epoch", "an earlier epoch than the one before");
  if (b.lastSigned < a.lastSigned) alter(b.version, "lastSigned", "an earlier signed version than the one before");
}
