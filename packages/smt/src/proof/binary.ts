// The binary form of a proof (formats.md, section 3): type, depth, the other leaf if any, bitmap, siblings. Root, key and value
// are given beside it. A proof has one encoding; every other byte string is refused.
import type { ProofCode } from "../codes.js";
import { bytesToHex, hexToBytes } from "../formats/hex.js";
import { treeHash } from "../hash/treehash.js";
import { equalBytes, isEmpty, sharePrefix } from "./bits.js";
import { asVerdict, MAX_DEPTH, refuse, rootArgument } from "./nodes.js";
import { parseProof } from "./parse.js";
import type { Proof } from "./proof.js";
import { verifyProof } from "./verify.js";

const INCLUSION = 1;
const EXCLUSION_AT_EMPTY = 2;
const EXCLUSION_AT_LEAF = 3;

/** What a proof of good shape may still say wrongly: it has a binary form, which nobody accepts. */
const sayable: readonly ProofCode[] = [
  "padding-bits",
  "zero-sibling",
  "not-collapsed",
  "terminal-is-key",
  "terminal-prefix",
  "record-mismatch",
];

/**
 * The binary form of a proof; `record` and `context` are not in it. Throws TypeError with the code of what has not a proof's shape.
 *
 * @public
 */
export function encodeProof(proof: Proof): Uint8Array {
  const parsed = parseProof(proof);
  if (!parsed.ok && !sayable.includes(parsed.code)) throw new TypeError(`proof: ${parsed.code}`);
  const terminal = proof.terminal ?? undefined;
  const kind = proof.type === "inclusion" ? INCLUSION : terminal === undefined ? EXCLUSION_AT_EMPTY : EXCLUSION_AT_LEAF;
  const head = bytesToHex(Uint8Array.of(kind, proof.depth >> 8, proof.depth & 255));
  const leaf = kind === EXCLUSION_AT_LEAF ? terminal!.path + terminal!.valueHash : "";
  return hexToBytes(head + leaf + proof.bitmap + proof.siblings.join(""));
}

/**
 * A proof out of bytes from a stranger, for the root, key and value that the caller asks about. It is checked as a whole:
 * what comes back with `ok` proves. Never throws on `bytes`; TypeError on a wrong root, key or value argument.
 *
 * @public
 */
export function decodeProof(
  bytes: Uint8Array,
  ask: { root: Uint8Array; key: Uint8Array; value?: Uint8Array },
): { ok: true; proof: Proof } | { ok: false; code: ProofCode } {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("bytes: expected a Uint8Array");
  rootArgument(ask.root, "root");
  return asVerdict<{ ok: true; proof: Proof }, ProofCode>(() => {
    const proof = read(bytes, ask);
    const verdict = verifyProof(proof, ask);
    if (!verdict.ok) refuse(verdict.code);
    return { ok: true, proof };
  });
}

function read(bytes: Uint8Array, ask: { root: Uint8Array; key: Uint8Array; value?: Uint8Array }): Proof {
  let at = 0;
  function take(length: number): Uint8Array {
    if (at + length > bytes.length) refuse("truncated");
    at += length;
    return bytes.subarray(at - length, at);
  }

  const kind = take(1)[0]!;
  if (kind < INCLUSION || kind > EXCLUSION_AT_LEAF) refuse("bad-type");
  if (kind === INCLUSION && ask.value === undefined) refuse("value-required");
  if (kind !== INCLUSION && ask.value !== undefined) refuse("wrong-type");
  const [high, low] = take(2) as unknown as [number, number];
  const depth = (high << 8) | low;
  if (depth > MAX_DEPTH) refuse("bad-depth");
  const path = kind === EXCLUSION_AT_LEAF ? take(32) : undefined;
  const valueHash = kind === EXCLUSION_AT_LEAF ? take(32) : undefined;
  const bitmap = take((depth + 7) >> 3);
  if (depth % 8 !== 0 && (bitmap[bitmap.length - 1]! & (0xff >> (depth % 8))) !== 0) refuse("padding-bits");
  let count = 0;
  for (let bits of bitmap) for (; bits !== 0; bits &= bits - 1) count++;
  const siblings = take(32 * count);
  if (at < bytes.length) refuse("trailing-bytes");
  for (let i = 0; i < count; i++) if (isEmpty(siblings.subarray(32 * i, 32 * i + 32))) refuse("zero-sibling");
  if (depth > 0 && (bitmap[(depth - 1) >> 3]! & (128 >> ((depth - 1) & 7))) === 0) refuse("not-collapsed");
  if (path !== undefined) {
    const asked = treeHash.path(ask.key);
    if (equalBytes(path, asked)) refuse("terminal-is-key");
    if (!sharePrefix(path, asked, depth)) refuse("terminal-prefix");
  }

  const hex = bytesToHex(siblings);
  const rest = {
    depth,
    bitmap: bytesToHex(bitmap),
    siblings: Array.from({ length: count }, (_, i) => hex.slice(64 * i, 64 * i + 64)),
  };
  const asked = { root: bytesToHex(ask.root), key: bytesToHex(ask.key) };
  if (kind === INCLUSION)
    return { format: "smt-proof/1", type: "inclusion", ...asked, value: bytesToHex(ask.value!), ...rest };
  const terminal = path === undefined ? null : { path: bytesToHex(path), valueHash: bytesToHex(valueHash!) };
  return { format: "smt-proof/1", type: "exclusion", ...asked, terminal, ...rest };
}
