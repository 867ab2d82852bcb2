// A trail as anchoring sees it: a database with an outbox and a line of checkpoints. The roots are made up; everything
// that is signed and sent is real.
import { DatabaseSync } from "node:sqlite";
import { bytesToHex } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash, noCheckpoint } from "@sealtrail/smt/checkpoint";
import { sha256 } from "@sealtrail/smt/formats";
import { type AnchorSigner, Outbox } from "../../src/index.js";
import type { StatementRow } from "../../src/outbox/index.js";

export const KEY = "11".repeat(32);
export const ACCOUNT = {
  orgId: "0a0a0a0a-0000-4000-8000-000000000001",
  tenantId: "0a0a0a0a-0000-4000-8000-000000000002",
};
export const SIGNER: AnchorSigner = { privateKey: KEY, target: "test", ...ACCOUNT };
export const LEDGER_SIGNER: AnchorSigner = { privateKey: KEY, target: "ledger" };

export class Clock {
  now = 1_700_000_000_000;
  readonly read = () => this.now;
  readonly sleep = async (ms: number) => {
    this.now += ms;
  };
}

export class Line {
  readonly checkpoints: Checkpoint[] = [];
  readonly database: DatabaseSync;
  readonly outbox: Outbox;
  readonly tree: string;
  readonly clock: Clock;

  constructor(clock: Clock, options: { file?: string; tree?: string } = {}) {
    this.clock = clock;
    this.tree = options.tree ?? "ab".repeat(16);
    this.database = new DatabaseSync(options.file ?? ":memory:");
    this.database.exec("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL");
    this.outbox = new Outbox(this, { clock: clock.read });
  }

  get newest(): Checkpoint | undefined {
    return this.checkpoints.at(-1);
  }

  /** The next checkpoint, of `events` events; signed unless told otherwise. */
  add(signer: AnchorSigner | undefined = SIGNER, events = 10, salt = ""): Checkpoint {
    const before = this.newest;
    const lastSequence = (before?.lastSequence ?? 0) + events;
    const checkpoint: Checkpoint = {
      format: "sealtrail-checkpoint/1",
      tree: this.tree,
      version: (before?.version ?? 0) + 1,
      root: bytesToHex(sha256(`${this.tree}:${lastSequence}:${salt}`)),
      leafCount: 2 * lastSequence,
      firstSequence: (before?.lastSequence ?? 0) + 1,
      lastSequence,
      epoch: 0,
      createdAt: new Date(this.clock.now).toISOString(),
      lastSigned: this.outbox.lastSigned(),
      previous: before ? checkpointHash(before) : noCheckpoint,
    };
    this.checkpoints.push(checkpoint);
    if (signer) {
      this.database.exec("BEGIN IMMEDIATE");
      this.outbox.sign(checkpoint, signer);
      this.database.exec("COMMIT");
    }
    return checkpoint;
  }

  addUnsigned(events = 10): Checkpoint {
    return this.add(null as never, events);
  }

  states(): string[] {
    return this.outbox.rows().map((row) => row.state);
  }

  row(version: number): StatementRow {
    return this.outbox.rows().findLast((row) => row.version === version)!;
  }
}
