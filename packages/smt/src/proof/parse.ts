// Reading a proof that a stranger gave (formats.md, section 3): the one place that decides whether a value is an
// smt-proof/1 at all. Nothing here hashes, but for a record.
import type { ProofCode } from "../codes.js";
import { isLeafRecord, recordValue } from "../event/record.js";
import { bytesToHex } from "../formats/hex.js";
import { hexFault, isCount, isObject, type Members, membersFault, shapeFault } from "../formats/shape.js";
import type { Proof } from "./proof.js";

/** What `readProof` read last, in the form in which it is hashed. Each member of the proof is read once, into here. */
export const reading = {
  type: "exclusion" as "inclusion" | "exclusion",
  key: "",
  value: "",
  root: new Int32Array(8),
  /** The other leaf's path and valueHash, where `atLeaf`. */
  terminal: new Int32Array(16),
  atLeaf: false,
  depth: 0,
  bitmap: new Uint8Array(32),
  siblings: new Int32Array(256 * 8),
  count: 0,
};

const must = ["type", "root", "key", "depth", "bitmap", "siblings"];
const may = ["value", "terminal", "record", "context"];

/** A value as JSON.parse returns it, as a proof. Never throws on content; what it says is still unproven. */
export function parseProof(json: unknown): { ok: true; proof: Proof } | { ok: false; code: ProofCode } {
  const code = readProof(json);
  return code === undefined ? { ok: true, proof: json as Proof } : { ok: false, code };
}

/** The first fault in the order of the format's table, or `undefined` and `reading` filled. */
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
    readContext(proof)
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
  reading.key = key as string;
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
  const bytes = (depth + 7) >> 3;
  const fault = hexFault(bitmap, bytes);
  if (fault !== undefined) return fault;
  let count = 0;
  for (let i = 0; i < bytes; i++) {
    const byte = (digit((bitmap as string).charCodeAt(2 * i)) << 4) | digit((bitmap as string).charCodeAt(2 * i + 1));
    reading.bitmap[i] = byte;
    for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  }
  if ((depth & 7) !== 0 && (reading.bitmap[bytes - 1]! & (0xff >> (depth & 7))) !== 0) return "padding-bits";
  if (!Array.isArray(siblings)) return "bad-field";
  if (siblings.length !== count) return "sibling-count";
  for (let i = 0; i < count; i++) {
    const sibling: unknown = siblings[i];
    if (!readHash(sibling, reading.siblings, i * 8)) return hexFault(sibling, 32);
    if (isZero(reading.siblings, i * 8)) return "zero-sibling";
  }
  reading.count = count;
  if (depth > 0 && ((reading.bitmap[(depth - 1) >> 3]! >> (7 - ((depth - 1) & 7))) & 1) === 0) return "not-collapsed";
  return undefined;
}

function readRecord(proof: Members): ProofCode | undefined {
  if (!Object.hasOwn(proof, "record")) return undefined;
  const { record } = proof;
  if (!isLeafRecord(record)) return "bad-field";
  return bytesToHex(recordValue(record)) === reading.value ? undefined : "record-mismatch";
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

function isZero(words: Int32Array, at: number): boolean {
  for (let i = 0; i < 8; i++) if (words[at + i] !== 0) return false;
  return true;
}

/** Whether lower-case hex stands for these bytes. */
export function isHexOf(text: string, bytes: Uint8Array): boolean {
  if (text.length !== 2 * bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) {
    if (((digit(text.charCodeAt(2 * i)) << 4) | digit(text.charCodeAt(2 * i + 1))) !== bytes[i]) return false;
  }
  return true;
}
