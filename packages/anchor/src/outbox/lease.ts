// One drainer at a time: a row that names the holder until a time. Every write of a drainer goes through its lease, in a
// transaction that checks it, so that one that slept too long can write nothing any more.

import type { DatabaseSync } from "node:sqlite";
import { writeTransaction } from "@sealtrail/smt/sqlite";

export class LeaseLostError extends Error {
  override name = "LeaseLostError";
}

/** Longer than any single call may take, renewed before each one. */
export const LEASE_MS = 45_000;

export class Lease {
  readonly holder: string;
  readonly #db: DatabaseSync;
  readonly #clock: () => number;

  private constructor(db: DatabaseSync, holder: string, clock: () => number) {
    this.#db = db;
    this.holder = holder;
    this.#clock = clock;
  }

  /** Undefined while somebody else holds it. */
  static take(db: DatabaseSync, holder: string, clock: () => number): Lease | undefined {
    const taken = writeTransaction(db, () => {
      const now = clock();
      // A holder that claims more than a lease can last wrote it under a clock that has been set back since.
      const free = "leaseHolder IS NULL OR leaseHolder = ? OR leaseUntil <= ? OR leaseUntil > ?";
      return db
        .prepare(`UPDATE anchor_state SET leaseHolder = ?, leaseUntil = ? WHERE id = 1 AND (${free})`)
        .run(holder, now + LEASE_MS, holder, now, now + 2 * LEASE_MS);
    });
    return taken.changes === 0 ? undefined : new Lease(db, holder, clock);
  }

  /** Before every call that may take long. Throws LeaseLostError. */
  renew(): void {
    this.write(() => {
      this.#db.prepare("UPDATE anchor_state SET leaseUntil = ? WHERE id = 1").run(this.#clock() + LEASE_MS);
    });
  }

  /** One transaction as the holder. Throws LeaseLostError, and then nothing of `work` counts. */
  write<T>(work: () => T, how: { durable?: boolean } = {}): T {
    return writeTransaction(
      this.#db,
      () => {
        const row = this.#db.prepare("SELECT leaseHolder FROM anchor_state WHERE id = 1").get();
        if (row?.leaseHolder !== this.holder) throw new LeaseLostError("another process drains this outbox now");
        return work();
      },
      how,
    );
  }

  release(): void {
    this.#db
      .prepare("UPDATE anchor_state SET leaseHolder = NULL, leaseUntil = 0 WHERE id = 1 AND leaseHolder = ?")
      .run(this.holder);
  }
}
