// What a trail is made with, once: its tree's name, its clock's start, its machine (formats.md, section 2, genesis).
import type { DatabaseSync } from "node:sqlite";
import { bytesToHex, type Sha256 } from "@sealtrail/smt";
import { type Genesis, genesisHash } from "@sealtrail/verify/event";
import { TrailError } from "./errors.js";
import type { Random } from "./random.js";

export const hourMs = 3_600_000;
/** The formats whose bytes every root of a new trail rests on, ascending. */
const formats = ["sealtrail-checkpoint/1", "sealtrail-event/1"];

export interface TrailRow {
  genesis: Genesis;
  /** Random; made with the trail, so that it says nothing of the machine. */
  machineId: string;
  /** Key of the HMAC that names lines without an identity of their own. In no export. */
  dedupeSecret: Uint8Array;
}

export function writeGenesis(
  db: DatabaseSync,
  options: { now: number; random: Random; epochDurationMs: number; hash: Sha256 },
): void {
  const genesis: Genesis = {
    createdAt: new Date(options.now).toISOString(),
    epochDurationMs: options.epochDurationMs,
    formats,
    tree: bytesToHex(options.random(16)),
  };
  db.prepare(
    "INSERT INTO trail (id, tree, createdAt, epochDurationMs, formats, machineId, dedupeSecret) VALUES (1, ?, ?, ?, ?, ?, ?)",
  ).run(
    genesis.tree,
    genesis.createdAt,
    genesis.epochDurationMs,
    JSON.stringify(genesis.formats),
    uuidV4(options.random(16)),
    options.random(32),
  );
  db.prepare("INSERT INTO head (id, sequence, rawKey) VALUES (1, 0, ?)").run(genesisHash(genesis, options.hash));
}

/** The trail's own row, read leniently: whether it was changed is for `verify` to say. */
export function readGenesis(db: DatabaseSync): TrailRow {
  const row = ownRow(db);
  const { dedupeSecret } = row ?? {};
  // Without these nothing can be read or written at all. That another cell was changed is for `verify` to say.
  const isWhole =
    Number.isSafeInteger(row?.epochDurationMs) && dedupeSecret instanceof Uint8Array && dedupeSecret.length === 32;
  if (row === undefined || !isWhole) {
    throw new TrailError(
      "trail-damaged",
      "the trail's own row is gone, or was changed: restore the file from a backup",
    );
  }
  return {
    genesis: {
      createdAt: String(row.createdAt),
      epochDurationMs: Number(row.epochDurationMs),
      formats: names(row.formats),
      tree: String(row.tree),
    },
    // A UUID. A longer one, which `verify` names, would be hashed with every event.
    machineId: String(row.machineId).slice(0, 64),
    dedupeSecret,
  };
}

function ownRow(db: DatabaseSync): Record<string, unknown> | undefined {
  try {
    return db.prepare("SELECT * FROM trail WHERE id = 1").get() as Record<string, unknown> | undefined;
  } catch (error) {
    // An integer that no number holds.
    if ((error as { code?: unknown }).code === "ERR_OUT_OF_RANGE") return undefined;
    throw error;
  }
}

function names(text: unknown): string[] {
  try {
    // A longer list is not parsed, because its values could fill the memory.
    const value: unknown = String(text).length <= 65_536 && JSON.parse(String(text));
    if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  } catch {
    // Not JSON: falls through to what no genesis hash will match.
  }
  return [];
}

function uuidV4(random: Uint8Array): string {
  const b = Uint8Array.from(random);
  b[6] = 0x40 | (b[6]! & 0x0f);
  b[8] = 0x80 | (b[8]! & 0x3f);
  const h = bytesToHex(b);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}
