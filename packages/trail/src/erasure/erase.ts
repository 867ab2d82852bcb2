// `audit erase`: the payload of one event, or of a session, destroyed on somebody's demand.
import type { DatabaseSync } from "node:sqlite";
import { rewriteDedupe } from "./dedupe-table.js";
import { type DestroyContext, destroy, emptyWal } from "./destroy.js";
import { activeHolds, heldBy } from "./holds.js";
import { notHeld } from "./retention.js";

/** What to erase: by sequence, or everything of a session. */
export type EraseTarget = { sequences: readonly number[] } | { session: string };

export interface EraseReport {
  /** Events whose payload went now. */
  erased: number;
  /** Asked for, but gone already. */
  alreadyGone: number;
  /** Asked for, but the trail's own: never erased. */
  refused: number[];
  /** Asked for, but under a legal hold. */
  held: number[];
  /** Sequences of the `system.erasure` events that answer for it. */
  answeredBy: number[];
  /** False where another process kept the write-ahead log busy: old pages stand there until it is emptied. */
  walEmptied: boolean;
}

interface Asked {
  sequence: number;
  category: string;
  gone: number;
}

/** The sequences that would be erased, and those that cannot. Throws RangeError naming a sequence that is none. */
export function erasable(
  db: DatabaseSync,
  target: EraseTarget,
): { sequences: number[]; alreadyGone: number; refused: number[]; held: number[] } {
  const columns = "SELECT sequence, category, metadata IS NULL AS gone FROM events";
  let asked: Asked[];
  if ("session" in target) {
    asked = db.prepare(`${columns} WHERE sessionId = ? ORDER BY sequence`).all(target.session) as unknown as Asked[];
  } else {
    const one = db.prepare(`${columns} WHERE sequence = ?`);
    asked = [...new Set(target.sequences)]
      .sort((a, b) => a - b)
      .map((sequence) => {
        const row = one.get(sequence) as Asked | undefined;
        if (row === undefined) throw new RangeError(`sequences: there is no event ${sequence}`);
        return row;
      });
  }
  const own = (row: Asked) => row.category === "system";
  const there = asked.filter((row) => !own(row) && row.gone === 0).map((row) => row.sequence);
  const isHeld = heldBy(db, activeHolds(db), there.at(-1) ?? 0);
  return {
    sequences: there.filter((sequence) => !isHeld(sequence)),
    held: there.filter(isHeld),
    alreadyGone: asked.filter((row) => row.gone === 1).length,
    refused: asked.filter(own).map((row) => row.sequence),
  };
}

/** `cover` makes a checkpoint of all that is in the log. */
export function erase(
  context: DestroyContext,
  target: EraseTarget,
  options: { reason: string | undefined; cover: () => void },
): EraseReport {
  const { reason, cover } = options;
  const { sequences, ...kept } = erasable(context.db, target);
  // Before the payload goes, so that the tree vouches for what stays; after the choice, so that it covers all of it.
  cover();
  const { destroyed, answeredBy } = destroy(
    context,
    sequences,
    {
      type: "system.erasure",
      description: "payloads erased",
      metadata: { rule: "erasure", ...(reason === undefined ? {} : { reason }) },
    },
    notHeld(context.db),
  );
  if (destroyed > 0) rewriteDedupe(context.db);
  return { erased: destroyed, ...kept, answeredBy, walEmptied: emptyWal(context.db) };
}
