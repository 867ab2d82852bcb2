// A checkpoint made and signed in one transaction, when one is due. The trail comes in by its shape: this package knows
// no event and imports no log.
import type { DatabaseSync } from "node:sqlite";
import type { Checkpoint } from "@sealtrail/smt";
import { TreeStore } from "@sealtrail/smt/sqlite";
import { type AnchorPolicy, anchorDue, DEFAULT_POLICY } from "../policy.js";
import { type AnchorSigner, type Outbox, StaleCheckpointError } from "./outbox.js";
import type { StatementRow } from "./statement-row.js";
import { eventsAfter } from "./unsigned.js";

export interface CheckpointingTrail {
  readonly database: DatabaseSync;
  checkpoint(options: {
    lastSigned: () => number;
    also: (checkpoints: readonly Checkpoint[]) => void;
  }): { checkpoint: Checkpoint } | undefined;
}

export interface SignedCheckpoint {
  row: StatementRow;
  why: "count" | "timer" | "asked";
}

/**
 * `asked`: whatever waits is signed (on demand, at shutdown). Otherwise only what is due. Undefined where nothing is: an
 * idle trail, or one whose newest events are its own alone, signs nothing.
 */
export function signCheckpoint(
  trail: CheckpointingTrail,
  outbox: Outbox,
  signer: AnchorSigner,
  options: { asked?: boolean; policy?: AnchorPolicy } = {},
): SignedCheckpoint | undefined {
  const reason = () => {
    const unsigned = eventsAfter(trail.database, outbox.signedUpTo());
    if (options.asked && unsigned.hostEvents > 0) return "asked";
    return anchorDue(unsigned, outbox.clock(), options.policy ?? DEFAULT_POLICY);
  };
  const why = reason();
  if (why === undefined || outbox.off() !== undefined) return undefined;
  for (let attempt = 1; ; attempt++) {
    let row: StatementRow | undefined;
    try {
      trail.checkpoint({
        lastSigned: () => outbox.lastSigned(),
        also: (checkpoints) => {
          // Asked again under the lock: of two hooks that found the same events due, one signs them.
          if (reason() !== undefined) row = outbox.sign(checkpoints.at(-1)!, signer);
        },
      });
    } catch (error) {
      // Another process signed between the two: the checkpoint is made again, and names what that one signed.
      if (error instanceof StaleCheckpointError && attempt < 5) continue;
      throw error;
    }
    // Nothing new to checkpoint: it was made already, for somebody who only wanted to see a root.
    if (row === undefined && reason() === undefined) return undefined;
    row ??= outbox.signNewest(() => new TreeStore(trail.database).newest(), signer);
    return row && { row, why };
  }
}
