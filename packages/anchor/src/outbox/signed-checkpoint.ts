// A checkpoint made and signed in one transaction, when one is due. The trail comes in by its shape: this package knows
// no event and imports no log.
import type { DatabaseSync } from "node:sqlite";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import { parseStrict } from "@sealtrail/smt/formats";
import { TreeStore } from "@sealtrail/smt/sqlite";
import { verifyKeyChange } from "../keys/key-change.js";
import { type AnchorPolicy, anchorDue, DEFAULT_POLICY } from "../policy.js";
import { type PrivateKey, signerIdOf } from "../sign/sign.js";
import { type AnchorSigner, type Outbox, StaleCheckpointError, type TrailFile } from "./outbox.js";
import type { StatementRow } from "./statement-row.js";
import { eventsAfter } from "./unsigned.js";

/** The key was replaced or revoked by an event that waits for a signature: what it signed now would show nothing. */
export class KeyReplacedError extends Error {
  override name = "KeyReplacedError";
}

export interface CheckpointingTrail extends TrailFile {
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
 * Throws KeyReplacedError where the events after the newest signed one say that this key is in use no more. A process that
 * runs for long has its key in memory; whoever signs after the change must have read the new one.
 */
function holdKey(db: DatabaseSync, outbox: Outbox, key: PrivateKey): void {
  const changes = db
    .prepare("SELECT metadata FROM events WHERE sequence > ? AND type = 'system.key_changed' ORDER BY sequence DESC")
    .all(outbox.signedUpTo()) as { metadata: string | null }[];
  const id = signerIdOf(key);
  for (const { metadata } of changes) {
    const read = parseStrict(Buffer.from(metadata ?? ""));
    if (!read.ok) continue;
    const verdict = verifyKeyChange(read.value);
    if (!verdict.ok) continue;
    if (verdict.change.newKey === id) return;
    if (verdict.change.oldKey === id) throw new KeyReplacedError("the signing key was replaced or revoked");
  }
}

/**
 * `asked`: whatever waits is signed (on demand, at shutdown). Otherwise only what is due. Undefined where nothing is: an
 * idle trail, or one whose newest events are its own alone, signs nothing. Throws KeyReplacedError.
 *
 * @public
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
          if (reason() === undefined) return;
          holdKey(trail.database, outbox, signer.privateKey);
          row = outbox.sign(checkpoints.at(-1)!, signer);
        },
      });
    } catch (error) {
      // Another process signed between the two: the checkpoint is made again, and names what that one signed.
      if (error instanceof StaleCheckpointError && attempt < 5) continue;
      throw error;
    }
    // Nothing new to checkpoint: it was made already, for somebody who only wanted to see a root.
    if (row === undefined && reason() === undefined) return undefined;
    row ??= outbox.signNewest(() => {
      holdKey(trail.database, outbox, signer.privateKey);
      return new TreeStore(trail.database).newest();
    }, signer);
    return row && { row, why };
  }
}
