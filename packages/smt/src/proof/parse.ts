// Reading a proof that a stranger gave (formats.md, section 3): the one place that decides whether a value is an
// smt-proof/1 at all.
import type { ProofCode } from "../codes.js";
import { isLeafRecord, type LeafRecord, recordValue } from "../event/record.js";
import { bytesToHex } from "../formats/hex.js";
import { hexFault, isCount, isObject, type Members, membersFault, shapeFault } from "../formats/shape.js";
import { hash32 } from "../hash/compress.js";
import { sha256 } from "../hash/sha256.js";
import { isZero, sharedBits, wordsFromBytes } from "../tree/words.js";
import type { Proof } from "./proof.js";

/** What `readProof` read last, in the form in which it is hashed. Each member of the proof is read once, into here. */
export const reading = {
  type: "exclusion" as "inclusion" | "exclusion",
  /** The first `keyLength` bytes. */
  key: new Uint8Array(1024),
  keyLength: 0,
  /** H(key). */
  path: new Int32Array(8),
  value: "",
  root: new Int32Array(8),
  /** The other leaf's path and valueHash, where `atLeaf`. */
  terminal: new Int32Array(16),
  atLeaf: false,
  depth: 0,
  bitmap: new Uint8Array(32),
  siblings: new Int32Array(256 * 8),
  count: 0,
  record: undefined as LeafRecord | undefined,
};

const must = ["type", "root", "key", "depth", "bitmap", "siblings"];
const may = ["value", "terminal", "record", "context"];

/** A value as JSON.parse returns it, as a proof. Never throws on content; what it says is still unproven. */
export function parseProof(json: unknown): { ok: true; proof: Proof } | { ok: false; code: ProofCode } {
  const code = readProof(json);
  return code === undefined ? { ok: true, proof: json as Proof } : { ok: false, code };
}

/** The first fault in the order of docs/formats.md, or `undefined` and `reading` filled. */
export function readProof(json: unknown): ProofCode | undefined {
  const shape = shapeFault(json, "smt-proof/1", must, may);
  if (shape !== undefined) return shape;
  const proof = json as Members;
  return (
    readType(proof) ??
    readEntry(proof) ??
    readTerminal(proof) ??
    readSiblings(proof) ??
    readRecord(proof) ??
    readContext(proof) ??
    siblingFault() ??
    terminalFault() ??
    recordFault()
  );
}

function readType(proof: Members): ProofCode | undefined {
  const { type } = proof;
  if (type !== "inclusion" && type !== "exclusion") return "bad-type";
  reading.type = type;
  const inclusion = type === "inclusion";
  if (Object.hasOwn(proof, inclusion ? "terminal" : "value")) return "misplaced-field";
  if (!inclusion && Object.hasOwn(proof, "record")) return "misplaced-field";
  return Object.hasOwn(proof, inclusion ? "value" : "terminal") ? undefined : "missing-field";
}

function readEntry(proof: Members): ProofCode | undefined {
  const { root, key } = proof;
  if (!readHash(root, reading.root, 0)) return hexFault(root, 32);
  const keyFault = hexFault(key, 1, 1024);
  if (keyFault !== undefined) return keyFault;
  reading.keyLength = readBytes(key as string, reading.key);
  if (reading.type === "exclusion") return undefined;
  const { value } = proof;
  reading.value = value as string;
  return hexFault(value, 1, 65_536);
}

function readTerminal(proof: Members): ProofCode | undefined {
  if (reading.type === "inclusion") return undefined;
  const { terminal } = proof;
  reading.atLeaf = terminal !== null;
  if (terminal === null) return undefined;
  if (!isObject(terminal)) return "bad-field";
  const shape = membersFault(terminal, ["path", "valueHash"]);
  if (shape !== undefined) return shape;
  const { path, valueHash } = terminal;
  if (!readHash(path, reading.terminal, 0)) return hexFault(path, 32);
  if (!readHash(valueHash, reading.terminal, 8)) return hexFault(valueHash, 32);
  return undefined;
}

function readSiblings(proof: Members): ProofCode | undefined {
  const { depth, bitmap, siblings } = proof;
  if (!isCount(depth) || depth > 256) return "bad-depth";
  reading.depth = depth;
  const bitmapFault = hexFault(bitmap, (depth + 7) >> 3);
  if (bitmapFault !== undefined) return bitmapFault;
  readBytes(bitmap as string, reading.bitmap);
  if (!Array.isArray(siblings)) return "bad-field";
  if (siblings.length > 256) return "sibling-count";
  reading.count = siblings.length;
  for (let i = 0; i < reading.count; i++) {
    const sibling: unknown = siblings[i];
    if (!readHash(sibling, reading.siblings, i * 8)) return hexFault(sibling, 32);
  }
  return undefined;
}

function readRecord(proof: Members): ProofCode | undefined {
  reading.record = undefined;
  if (!Object.hasOwn(proof, "record")) return undefined;
  const { record } = proof;
  if (!isLeafRecord(record)) return "bad-field";
  reading.record = record;
  return undefined;
}

function readContext(proof: Members): ProofCode | undefined {
  if (!Object.hasOwn(proof, "context")) return undefined;
  const { context } = proof;
  if (!isObject(context)) return "bad-field";
  const shape = membersFault(context, [], ["tree", "version", "leafCount"]);
  if (shape !== undefined) return shape;
  if (Object.hasOwn(context, "tree") && !(typeof context.tree === "string" && /^[0-9a-f]{32}$/.test(context.tree))) {
    return "bad-field";
  }
  for (const name of ["version", "leafCount"]) {
    if (Object.hasOwn(context, name) && !isCount(context[name])) return "bad-field";
  }
  return undefined;
}

function siblingFault(): ProofCode | undefined {
  const { depth, bitmap, siblings } = reading;
  if ((depth & 7) !== 0 && (bitmap[depth >> 3]! & (0xff >> (depth & 7))) !== 0) return "padding-bits";
  let present = 0;
  for (let i = (depth + 7) >> 3; i > 0; i--) for (let rest = bitmap[i - 1]!; rest !== 0; rest &= rest - 1) present++;
  if (reading.count !== present) return "sibling-count";
  for (let i = 0; i < present; i++) if (isZero(siblings, i * 8)) return "zero-sibling";
  if (depth > 0 && ((bitmap[(depth - 1) >> 3]! >> (7 - ((depth - 1) & 7))) & 1) === 0) return "not-collapsed";
  return undefined;
}

function terminalFault(): ProofCode | undefined {
  const { key, keyLength, path } = reading;
  if (keyLength === 32) hash32(key, 0, path, 0);
  else wordsFromBytes(sha256(key.subarray(0, keyLength)), 0, path, 0);
  if (reading.type === "inclusion" || !reading.atLeaf) return undefined;
  const shared = sharedBits(path, 0, reading.terminal, 0);
  return shared === 256 ? "terminal-is-key" : shared < reading.depth ? "terminal-prefix" : undefined;
}

function recordFault(): ProofCode | undefined {
  if (reading.record === undefined) return undefined;
  return bytesToHex(recordValue(reading.record)) === reading.value ? undefined : "record-mismatch";
}

// Hex straight into words: the strings of a proof are most of what its check reads. -16 makes any word with a bad digit
// stand out in the sign of the collected digits.
const digits = new Int8Array(128).fill(-16);
for (let i = 0; i < 16; i++) digits[i.toString(16).charCodeAt(0)] = i;

function digit(charCode: number): number {
  return charCode < 128 ? digits[charCode]! : -16;
}

/** out[at..at+8) = a 32-byte hash in lower-case hex; `false` where it is anything else. */
function readHash(text: unknown, out: Int32Array, at: number): boolean {
  if (typeof text !== "string" || text.length !== 64) return false;
  let bad = 0;
  for (let word = 0; word < 8; word++) {
    let w = 0;
    for (let i = word * 8, end = i + 8; i < end; i++) {
      const d = digit(text.charCodeAt(i));
      bad |= d;
      w = (w << 4) | d;
    }
    out[at + word] = w;
  }
  return bad >= 0;
}

/** out = the bytes of lower-case hex that was found good. Returns how many. */
function readBytes(text: string, out: Uint8Array): number {
  const length = text.length >> 1;
  for (let i = 0; i < length; i++) {
    out[i] = (digit(text.charCodeAt(2 * i)) << 4) | digit(text.charCodeAt(2 * i + 1));
  }
  return length;
}
