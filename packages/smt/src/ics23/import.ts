// ICS23 messages as our own proofs. What ICS23 does not look at, the bits of the path, the native check does: a message that
// only passes because the tree is malformed is refused here.
import type { Ics23Code, ProofCode } from "../codes.js";
import { bytesToHex } from "../formats/hex.js";
import { treeHash } from "../hash/treehash.js";
import { bitAt, isEmpty } from "../proof/bits.js";
import type { Proof } from "../proof/proof.js";
import { verifyProof } from "../proof/verify.js";
import { decodeCommitmentProof, type ExistenceProof } from "./protobuf.js";
import { sides, verifyIcs23 } from "./verify.js";

/**
 * The proof that an ICS23 `CommitmentProof` from a stranger amounts to, checked by both rules. Refused with a code of ICS23's,
 * or with one of the native check's where only that one fails. Never throws on `bytes`.
 *
 * @public
 */
export function fromIcs23(
  bytes: Uint8Array,
  ask: { root: Uint8Array; key: Uint8Array; value?: Uint8Array },
): { ok: true; proof: Proof } | { ok: false; code: Ics23Code | ProofCode } {
  const foreign = verifyIcs23(bytes, ask);
  if (!foreign.ok) return foreign;
  const message = decodeCommitmentProof(bytes)!;
  const asked = { format: "smt-proof/1" as const, root: bytesToHex(ask.root), key: bytesToHex(ask.key) };
  const path = treeHash.path(ask.key);
  let proof: Proof;
  if (message.kind === "exist") {
    const value = bytesToHex(ask.value!);
    proof = { ...asked, type: "inclusion", value, ...listed(siblingsOf(message.exist)) };
  } else if (message.kind === "nonexist") {
    const { left, right } = message.nonexist;
    const shared = (one: ExistenceProof | undefined) => (one ? sharedBits(path, treeHash.path(one.key)) : -1);
    // The key's walk leaves the path of the nearer neighbour last: it ends at that leaf, or in an empty sibling on its way.
    const near = shared(left) >= shared(right) ? left! : right!;
    proof = { ...asked, type: "exclusion", ...endOfWalk(path, near) };
  } else return { ok: false, code: "unsupported" };
  const native = verifyProof(proof, ask);
  return native.ok ? { ok: true, proof } : native;
}

/** From the root down. */
function siblingsOf(proof: ExistenceProof): Uint8Array[] {
  return proof.path.map((op) => sides(op).sibling).reverse();
}

/** Where the walk of an absent key ends that goes along with a neighbour's as long as their paths agree. */
function endOfWalk(path: Uint8Array, near: ExistenceProof) {
  const nearPath = treeHash.path(near.key);
  const valueHash = treeHash.value(near.value);
  const siblings = siblingsOf(near);
  const shared = sharedBits(path, nearPath);
  if (shared >= siblings.length) {
    return { terminal: { path: bytesToHex(nearPath), valueHash: bytesToHex(valueHash) }, ...listed(siblings) };
  }
  let hash = treeHash.leaf(nearPath, valueHash);
  for (let level = siblings.length - 1; level > shared; level--) {
    const sibling = siblings[level]!;
    hash = bitAt(nearPath, level) ? treeHash.inner(sibling, hash) : treeHash.inner(hash, sibling);
  }
  return { terminal: null, ...listed([...siblings.slice(0, shared), hash]) };
}

function listed(siblings: readonly Uint8Array[]): Pick<Proof, "depth" | "bitmap" | "siblings"> {
  const bitmap = new Uint8Array((siblings.length + 7) >> 3);
  siblings.forEach((sibling, level) => {
    if (!isEmpty(sibling)) bitmap[level >> 3]! |= 128 >> (level & 7);
  });
  return {
    depth: siblings.length,
    bitmap: bytesToHex(bitmap),
    siblings: siblings.filter((sibling) => !isEmpty(sibling)).map(bytesToHex),
  };
}

function sharedBits(a: Uint8Array, b: Uint8Array): number {
  let depth = 0;
  while (depth < 256 && bitAt(a, depth) === bitAt(b, depth)) depth++;
  return depth;
}
