// Stored checkpoints, found by version, root or sequence.
import type { DatabaseSync } from "node:sqlite";
import { type Checkpoint, parseCheckpoint } from "../checkpoint/checkpoint.js";
import { hexToBytes } from "../formats/hex.js";
import { eachRow } from "./each-row.js";

/** A checkpoint row is not a checkpoint, or not the one that its columns say: the file is damaged or was edited. */
export class CheckpointDamageError extends Error {
  override readonly name = "CheckpointDamageError";
  readonly version: number;
  constructor(version: number) {
    super(`checkpoint ${version}: its row is damaged; \`audit verify\` says more`);
    this.version = version;
  }
}

/** A row as it is needed to open the tree of that version. */
export interface CheckpointRow {
  checkpoint: Checkpoint;
  /** `undefined` where superseded nodes of this version are gone. */
  rootNode: number | undefined;
}

export class CheckpointRows {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  newest(): CheckpointRow | undefined {
    return this.#one("ORDER BY version DESC LIMIT 1");
  }

  at(version: number): CheckpointRow | undefined {
    return this.#one("WHERE version = ?", version);
  }

  /** Of several versions with one root, the oldest. */
  withRoot(rootHex: string): CheckpointRow | undefined {
    return this.#one("WHERE root = ? ORDER BY version LIMIT 1", hexToBytes(rootHex));
  }

  /** The oldest that covers an event. */
  covering(sequence: number): CheckpointRow | undefined {
    return this.#one("WHERE lastSequence >= ? ORDER BY lastSequence, version LIMIT 1", sequence);
  }

  *all(): IterableIterator<CheckpointRow> {
    const rows = this.#db.prepare("SELECT version, body, rootNode FROM checkpoints ORDER BY version");
    for (const row of eachRow(rows)) yield rowOf(row);
  }

  #one(where: string, ...values: (number | Uint8Array)[]): CheckpointRow | undefined {
    const row = this.#db.prepare(`SELECT version, body, rootNode FROM checkpoints ${where}`).get(...values);
    return row === undefined ? undefined : rowOf(row);
  }
}

function rowOf(row: Record<string, unknown>): CheckpointRow {
  const checkpoint = checkpointOf(row.body);
  if (checkpoint === undefined || checkpoint.version !== row.version)
    throw new CheckpointDamageError(Number(row.version));
  return { checkpoint, rootNode: row.rootNode === null ? undefined : Number(row.rootNode) };
}

/** A checkpoint of ours is below 1 kB. A longer text is not parsed, because its values could fill the memory. */
const longestBody = 65_536;

export function checkpointOf(body: unknown): Checkpoint | undefined {
  if (typeof body !== "string" || body.length > longestBody) return undefined;
  try {
    const parsed = parseCheckpoint(JSON.parse(body));
    return parsed.ok ? parsed.checkpoint : undefined;
  } catch {
    return undefined;
  }
}
