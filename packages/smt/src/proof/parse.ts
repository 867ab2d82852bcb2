// Reading a proof that a stranger gave (formats.md, section 3): the one place that decides whether a value is an
// smt-proof/1 at all.
import type { ProofCode } from "../codes.js";
import { bytesToHex, hexToBytes } from "../formats/hex.js";
import { checkHex, checkMembers, isCount, isObject, type Members } from "../formats/shape.js";
import { hash32Words } from "../hash/compress.js";
import { sha256 } from "../hash/sha256.js";
import { isLeafRecord, type LeafRecord, recordValue } from "../tree/record.js";
import { isZero, sharedBits, wordsFromBytes } from "../tree/words.js";
import type { Proof } from "./proof.js";

/** What `readProof` read last, in the form in which it is hashed. Each member of the proof is read once, into here. */
export const reading = {
  type: "exclusion" as "inclusion" | "exclusion",
  key: "",
  /** H(key). */
  path: new Int32Array(8),
  value: "",
  /** H(value), of an inclusion. */
  valueHash: new Int32Array(8),
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

const must = ["format", "type", "root", "key", "depth", "bitmap", "siblings"];
const may = ["value", "terminal", "record", "context"];

/** A value as JSON.parse returns it, as a proof. Never throws on content; what it says is still unproven. @public */
export function parseProof(json: unknown): { ok: true; proof: Proof } | { ok: false; code: ProofCode } {
  const code = readProof(json);
  return code === undefined ? { ok: true, proof: json as Proof } : { ok: false, code };
}

/** The first fault in the order of docs/formats.md, or `undefined` and `reading` filled. */
export function readProof(json: unknown): ProofCode | undefined {
  try {
    return readMembers(json);
  } catch {
    // A getter or a proxy: nothing that JSON makes.
    return "not-an-object";
  }
}

function readMembers(json: unknown): ProofCode | undefined {
  if (!isObject(json)) return "not-an-object";
  const proof = json;
  return (
    checkMembers(proof, must, may) ??
    (proof.format === "smt-proof/1" ? undefined : "wrong-format") ??
    readType(proof) ??
    readEntry(proof) ??
    readTerminal(proof) ??
    readSiblings(proof) ??
    readRecord(proof) ??
    readContext(proof) ??
    checkSiblings() ??
    checkTerminal() ??
    checkRecord()
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
  if (!readHash(root, reading.root, 0)) return checkHex(root, 32);
  const checkKey = readHashed(key, 1024, reading.path);
  if (checkKey !== undefined) return checkKey;
  reading.key = key as string;
  if (reading.type === "exclusion") return undefined;
  const { value } = proof;
  reading.value = value as string;
  return readHashed(value, 65_536, reading.valueHash);
}

/** out = H(the bytes that are given in hex), 1 to `most` of them. */
function readHashed(text: unknown, most: number, out: Int32Array): ProofCode | undefined {
  if (readHash(text, out, 0)) {
    hash32Words(out, 0, out, 0);
    return undefined;
  }
  const fault = checkHex(text, 1, most);
  if (fault !== undefined) return fault;
  wordsFromBytes(sha256(hexToBytes(text as string)), 0, out, 0);
  return undefined;
}

function readTerminal(proof: Members): ProofCode | undefined {
  if (reading.type === "inclusion") return undefined;
  const { terminal } = proof;
  reading.atLeaf = terminal !== null;
  if (terminal === null) return undefined;
  if (!isObject(terminal)) return "bad-field";
  const shape = checkMembers(terminal, ["path", "valueHash"]);
  if (shape !== undefined) return shape;
  const { path, valueHash } = terminal;
  if (!readHash(path, reading.terminal, 0)) return checkHex(path, 32);
  if (!readHash(valueHash, reading.terminal, 8)) return checkHex(valueHash, 32);
  return undefined;
}

function readSiblings(proof: Members): ProofCode | undefined {
  const { depth, bitmap, siblings } = proof;
  if (!isCount(depth) || depth > 256) return "bad-depth";
  reading.depth = depth;
  const checkBitmap = checkHex(bitmap, (depth + 7) >> 3);
  if (checkBitmap !== undefined) return checkBitmap;
  for (let i = 0; 2 * i < (bitmap as string).length; i++) reading.bitmap[i] = byteAt(bitmap as string, i);
  if (!Array.isArray(siblings)) return "bad-field";
  if (siblings.length > 256) return "sibling-count";
  reading.count = siblings.length;
  for (let i = 0; i < reading.count; i++) {
    const sibling: unknown = siblings[i];
    if (!readHash(sibling, reading.siblings, i * 8)) return checkHex(sibling, 32);
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
  const shape = checkMembers(context, [], ["tree", "version", "leafCount"]);
  if (shape !== undefined) return shape;
  if (Object.hasOwn(context, "tree") && !(typeof context.tree === "string" && /^[0-9a-f]{32}$/.test(context.tree))) {
    return "bad-field";
  }
  for (const name of ["version", "leafCount"]) {
    if (Object.hasOwn(context, name) && !isCount(context[name])) return "bad-field";
  }
  return undefined;
}

function checkSiblings(): ProofCode | undefined {
  const { depth, bitmap, siblings } = reading;
  if ((depth & 7) !== 0 && (bitmap[depth >> 3]! & (0xff >> (depth & 7))) !== 0) return "padding-bits";
  let present = 0;
  for (let i = (depth + 7) >> 3; i > 0; i--) for (let rest = bitmap[i - 1]!; rest !== 0; rest &= rest - 1) present++;
  if (reading.count !== present) return "sibling-count";
  for (let i = 0; i < present; i++) if (isZero(siblings, i * 8)) return "zero-sibling";
  if (depth > 0 && ((bitmap[(depth - 1) >> 3]! >> (7 - ((depth - 1) & 7))) & 1) === 0) return "not-collapsed";
  return undefined;
}

function checkTerminal(): ProofCode | undefined {
  if (reading.type === "inclusion" || !reading.atLeaf) return undefined;
  const shared = sharedBits(reading.path, 0, reading.terminal, 0);
  return shared === 256 ? "terminal-is-key" : shared < reading.depth ? "terminal-prefix" : undefined;
}

function checkRecord(): ProofCode | undefined {
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

function byteAt(text: string, i: number): number {
  return (digit(text.charCodeAt(2 * i)) << 4) | digit(text.charCodeAt(2 * i + 1));
}

/** out[at..at+8) = a 32-byte hash in lower-case hex; `false` where it is anything else. Eight digits a turn: half the time
 * of a loop over digits, and a quarter of what the engines' own fromHex takes. */
function readHash(text: unknown, out: Int32Array, at: number): boolean {
  if (typeof text !== "string" || text.length !== 64) return false;
  let bad = 0;
  for (let i = 0, to = at; i < 64; i += 8, to++) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    const e = text.charCodeAt(i + 4);
    const f = text.charCodeAt(i + 5);
    const g = text.charCodeAt(i + 6);
    const h = text.charCodeAt(i + 7);
    if ((a | b | c | d | e | f | g | h) > 127) return false;
    const high = (digits[a]! << 12) | (digits[b]! << 8) | (digits[c]! << 4) | digits[d]!;
    const low = (digits[e]! << 12) | (digits[f]! << 8) | (digits[g]! << 4) | digits[h]!;
    bad |= high | low;
    out[to] = (high << 16) | low;
  }
  return bad >= 0;
}

/** Whether lower-case hex, found good, stands for these bytes. */
export function isHexOf(text: string, bytes: Uint8Array): boolean {
  if (text.length !== 2 * bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) if (byteAt(text, i) !== bytes[i]) return false;
  return true;
}
