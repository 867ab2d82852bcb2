// Checking a proof against a root and a key that the caller has from elsewhere (formats.md, section 3).
// The proof is the attacker's: it is read from scratch, whoever made the object, and the bits of the key's path decide every turn.
import type { ProofCode } from "../codes.js";
import { hash65 } from "../hash/compress.js";
import { bitAt, sameWords, wordsFromBytes } from "../tree/words.js";
import { isHexOf, reading, readProof } from "./parse.js";
import type { Proof } from "./proof.js";

/** What `verifyProof` found. @public */
export type ProofVerdict = { ok: true; type: "inclusion" | "exclusion" } | { ok: false; code: ProofCode };

/** With `value`, only an inclusion of exactly that value passes; without, only an exclusion. @public */
export interface ProofQuestion {
  root: Uint8Array;
  key: Uint8Array;
  value?: Uint8Array;
}

const folded = new Int32Array(8);
const zero = new Int32Array(8);
const askedRoot = new Int32Array(8);

/** At most 256 inner hashes and 6 others. Throws only where the question itself is malformed. @public */
export function verifyProof(proof: Proof, ask: ProofQuestion): ProofVerdict {
  checkQuestion(ask);
  const code = readProof(proof) ?? judge(ask);
  return code === undefined ? { ok: true, type: reading.type } : { ok: false, code };
}

function judge(ask: ProofQuestion): ProofCode | undefined {
  wordsFromBytes(ask.root, 0, askedRoot, 0);
  if (!sameWords(reading.root, 0, askedRoot, 0)) return "root-differs";
  if (!isHexOf(reading.key, ask.key)) return "key-differs";
  const { path } = reading;
  if (reading.type === "inclusion") {
    if (ask.value === undefined) return "value-required";
    if (!isHexOf(reading.value, ask.value)) return "value-differs";
    hash65(0, path, 0, reading.valueHash, 0, folded, 0);
  } else {
    if (ask.value !== undefined) return "wrong-type";
    if (reading.atLeaf) hash65(0, reading.terminal, 0, reading.terminal, 8, folded, 0);
    else folded.fill(0);
  }
  let next = reading.count;
  for (let depth = reading.depth - 1; depth >= 0; depth--) {
    const present = (reading.bitmap[depth >> 3]! >> (7 - (depth & 7))) & 1;
    const sibling = present === 1 ? reading.siblings : zero;
    const at = present === 1 ? --next * 8 : 0;
    if (bitAt(path, 0, depth) === 1) hash65(1, sibling, at, folded, 0, folded, 0);
    else hash65(1, folded, 0, sibling, at, folded, 0);
  }
  return sameWords(folded, 0, askedRoot, 0) ? undefined : "root-mismatch";
}

function checkQuestion(ask: ProofQuestion): void {
  if (!(ask.root instanceof Uint8Array)) throw new TypeError("root: expected a Uint8Array");
  if (ask.root.length !== 32) throw new RangeError("root: expected 32 bytes");
  if (!(ask.key instanceof Uint8Array)) throw new TypeError("key: expected a Uint8Array");
  if (ask.value !== undefined && !(ask.value instanceof Uint8Array)) {
    throw new TypeError("value: expected a Uint8Array, or nothing for an exclusion");
  }
}
