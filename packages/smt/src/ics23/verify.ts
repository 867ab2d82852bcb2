// ICS23 by its own rules (`SmtSpec`). Those do not look at the path's bits: a dishonest tree builder can make membership and
// non-membership of one key both pass. Good for trees whose builder is trusted; the native proofs are for all others
// (formats.md, section 1).
import type { Ics23Code } from "../codes.js";
import { EMPTY, treeHash } from "../hash/treehash.js";
import { comparePaths, equalBytes, isEmpty } from "../proof/bits.js";
import { asVerdict, MAX_DEPTH, refuse, rootArgument } from "../proof/nodes.js";
import { decodeCommitmentProof, type ExistenceProof, type InnerOp, type LeafOp } from "./protobuf.js";

/** What `verifyIcs23` found. @public */
export type Ics23Verdict = { ok: true; type: "inclusion" | "exclusion" } | { ok: false; code: Ics23Code };

/** SHA-256 throughout, key and value hashed first, no lengths, prefix 00. */
export const leafOp: LeafOp = { hash: 1, prehashKey: 1, prehashValue: 1, length: 0, prefix: Uint8Array.of(0) };

/** The side on which an operation's own child stands, and the other child. */
export function sides(op: InnerOp): { bit: 0 | 1; sibling: Uint8Array } {
  if (op.hash === 1 && op.prefix[0] === 1) {
    if (op.prefix.length === 1 && op.suffix.length === 32) return { bit: 0, sibling: op.suffix };
    if (op.prefix.length === 33 && op.suffix.length === 0) return { bit: 1, sibling: op.prefix.subarray(1) };
  }
  return refuse("wrong-spec");
}

function checkExistence(proof: ExistenceProof, root: Uint8Array): void {
  const { leaf, key, value, path } = proof;
  const fits = (bytes: Uint8Array, max: number) => bytes.length >= 1 && bytes.length <= max;
  if (
    leaf?.hash !== 1 ||
    leaf.prehashKey !== 1 ||
    leaf.prehashValue !== 1 ||
    leaf.length !== 0 ||
    !equalBytes(leaf.prefix, leafOp.prefix) ||
    !fits(key, 1024) ||
    !fits(value, 65536) ||
    path.length > MAX_DEPTH
  )
    refuse("wrong-spec");
  const turns = path.map(sides);
  let hash = treeHash.leaf(treeHash.path(key), treeHash.value(value));
  for (const { bit, sibling } of turns) hash = bit ? treeHash.inner(sibling, hash) : treeHash.inner(hash, sibling);
  if (!equalBytes(hash, root)) refuse("root-mismatch");
}

/** Whether nothing stands further out on `side` than what these operations lead to. */
function outermost(path: readonly InnerOp[], side: 0 | 1): boolean {
  return path.every((op) => {
    const { bit, sibling } = sides(op);
    return bit === side || isEmpty(sibling);
  });
}

function neighbours(left: readonly InnerOp[], right: readonly InnerOp[]): boolean {
  let l = left.length - 1;
  let r = right.length - 1;
  const equal = (a: InnerOp, b: InnerOp) => equalBytes(a.prefix, b.prefix) && equalBytes(a.suffix, b.suffix);
  while (l >= 0 && r >= 0 && equal(left[l]!, right[r]!)) {
    l--;
    r--;
  }
  if (l < 0 || r < 0 || sides(left[l]!).bit !== 0 || sides(right[r]!).bit !== 1) return false;
  return outermost(left.slice(0, l), 1) && outermost(right.slice(0, r), 0);
}

/**
 * Checks an ICS23 `CommitmentProof`: with a `value` a membership of exactly it, without one a non-membership. Never throws on
 * `bytes`. Good for well-formed trees only.
 *
 * @public
 */
export function verifyIcs23(
  bytes: Uint8Array,
  ask: { root: Uint8Array; key: Uint8Array; value?: Uint8Array },
): Ics23Verdict {
  const { key, value } = ask;
  const root = rootArgument(ask.root, "root");
  if (!(key instanceof Uint8Array)) throw new TypeError("key: expected bytes");
  return asVerdict<Ics23Verdict, Ics23Code>(() => {
    const proof = decodeCommitmentProof(bytes);
    if (proof === undefined) refuse("bad-encoding");
    if (proof.kind === "other") refuse("unsupported");
    if (proof.kind === "exist") {
      if (value === undefined) refuse("value-required");
      if (!equalBytes(proof.exist.key, key)) refuse("key-differs");
      if (!equalBytes(proof.exist.value, value)) refuse("value-differs");
      checkExistence(proof.exist, root);
      return { ok: true, type: "inclusion" };
    }
    if (value !== undefined) refuse("wrong-type");
    const path = treeHash.path(key);
    const { key: named, left, right } = proof.nonexist;
    if (!equalBytes(named, path)) refuse("key-differs");
    if (left === undefined && right === undefined) refuse("not-neighbours");
    if (left) checkExistence(left, root);
    if (right) checkExistence(right, root);
    const between =
      (!left || comparePaths(treeHash.path(left.key), path) < 0) &&
      (!right || comparePaths(path, treeHash.path(right.key)) < 0);
    const adjacent =
      left && right ? neighbours(left.path, right.path) : left ? outermost(left.path, 1) : outermost(right!.path, 0);
    if (!between || !adjacent) refuse("not-neighbours");
    return { ok: true, type: "exclusion" };
  });
}

/** An inner operation: `bit` is the side of the child that is folded, its sibling may be empty. */
export function innerOp(bit: 0 | 1, sibling: Uint8Array = EMPTY): InnerOp {
  const prefix = new Uint8Array(bit ? 33 : 1);
  prefix[0] = 1;
  if (bit) prefix.set(sibling, 1);
  return { hash: 1, prefix, suffix: bit ? new Uint8Array(0) : sibling };
}
