// Our proofs as ICS23 CommitmentProofs. ICS23 shows absence by the two leaves on either side, so an exclusion needs their
// inclusion proofs as well.
import { hexToBytes } from "../formats/hex.js";
import { treeHash } from "../hash/treehash.js";
import { bitAt } from "../proof/bits.js";
import type { Proof } from "../proof/proof.js";
import { type ExistenceProof, encodeCommitmentProof, type InnerOp } from "./protobuf.js";
import { innerOp, leafOp } from "./verify.js";

function existence(proof: Proof, name: string): ExistenceProof {
  if (proof.type !== "inclusion" || proof.value === undefined)
    throw new TypeError(`${name}: expected an inclusion proof`);
  const key = hexToBytes(proof.key);
  const path = treeHash.path(key);
  const bitmap = hexToBytes(proof.bitmap);
  let next = 0;
  const ops: InnerOp[] = [];
  for (let depth = 0; depth < proof.depth; depth++) {
    const sibling = bitAt(bitmap, depth) ? hexToBytes(proof.siblings[next++]!) : undefined;
    ops.push(innerOp(bitAt(path, depth), sibling));
  }
  return { key, value: hexToBytes(proof.value), leaf: leafOp, path: ops.reverse() };
}

/**
 * The protobuf bytes of an ICS23 `CommitmentProof`. An inclusion stands alone. An exclusion needs `neighbours`: inclusion proofs
 * under the same root of the nearest leaves in path order on either side of the key, at least one. TypeError where they are missing.
 *
 * @public
 */
export function toIcs23(proof: Proof, neighbours: { left?: Proof; right?: Proof } = {}): Uint8Array {
  if (proof.type === "inclusion") return encodeCommitmentProof({ kind: "exist", exist: existence(proof, "proof") });
  const { left, right } = neighbours;
  if (left === undefined && right === undefined) {
    throw new TypeError("neighbours: an exclusion needs the inclusion proof of the leaf left or right of its key");
  }
  for (const one of [left, right]) {
    if (one !== undefined && one.root !== proof.root) throw new TypeError("neighbours: proofs of another root");
  }
  return encodeCommitmentProof({
    kind: "nonexist",
    nonexist: {
      key: treeHash.path(hexToBytes(proof.key)),
      left: left && existence(left, "neighbours.left"),
      right: right && existence(right, "neighbours.right"),
    },
  });
}
