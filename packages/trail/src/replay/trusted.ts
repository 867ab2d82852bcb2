// What the caller knows from outside against what the log gives. This is what catches a log that was rebuilt whole.

import type { Sha256 } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash, compareCheckpoints } from "@sealtrail/smt/checkpoint";
import type { Finding } from "./findings.js";
import type { LogTree } from "./roots.js";

export interface KnownRoot {
  sequence: number;
  /** Hex. */
  root: string;
}

export interface Known {
  roots: readonly KnownRoot[];
  checkpoints: readonly Checkpoint[];
}

/** The sequences at which the replay must take the tree's root. */
export function sequencesOf(known: Known): number[] {
  return [...known.roots.map((r) => r.sequence), ...known.checkpoints.map((c) => c.lastSequence)];
}

export function compareKnown(
  known: Known,
  trail: { tree: string; lastSequence: number; line: readonly Checkpoint[]; roots: LogTree; hash: Sha256 },
  report: (finding: Finding) => void,
): void {
  for (const { sequence, root } of known.roots) {
    const at = trail.roots.at(sequence);
    if (at === undefined) {
      if (sequence > trail.lastSequence) report(behind(sequence, trail.lastSequence));
    } else if (at.complete && at.root !== root) {
      report({ kind: "known-root-mismatch", sequence, detail: `up to event ${sequence} the log has another root` });
    }
  }
  for (const checkpoint of known.checkpoints) {
    const finding = compare(checkpoint, trail);
    if (finding !== undefined) report(finding);
  }
}

function compare(
  known: Checkpoint,
  trail: { tree: string; lastSequence: number; line: readonly Checkpoint[]; roots: LogTree; hash: Sha256 },
): Finding | undefined {
  const { version, lastSequence: sequence } = known;
  if (known.tree !== trail.tree) {
    return {
      kind: "tree-id-mismatch",
      version,
      detail: `the known checkpoint is of tree ${known.tree}, this is ${trail.tree}`,
    };
  }
  const equivocation: Finding = {
    kind: "equivocation",
    version,
    sequence,
    detail: `the trail's line of checkpoints cannot hold the known checkpoint ${version}`,
  };
  const own = trail.line.find((c) => c.version === version);
  if (own !== undefined) {
    return checkpointHash(own, trail.hash) === checkpointHash(known, trail.hash) ? undefined : equivocation;
  }
  const newest = trail.line.at(-1);
  if (newest !== undefined && compareCheckpoints(newest, known, trail.hash) === "equivocation") return equivocation;
  const at = trail.roots.at(sequence);
  if (at?.complete === true && at.root !== known.root) return equivocation;
  return {
    kind: "rollback-detected",
    version,
    sequence,
    detail: `checkpoint ${version} (up to event ${sequence}) is known, and this file does not have it: an older copy`,
  };
}

function behind(sequence: number, last: number): Finding {
  return {
    kind: "rollback-detected",
    sequence,
    detail: `a root up to event ${sequence} is known, and this file ends at ${last}: an older copy`,
  };
}
