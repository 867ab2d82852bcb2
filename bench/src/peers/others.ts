// The other peers, each behind the few calls that the benchmarks make.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { SparseMerkleTree as FuelTree } from "@fuel-ts/merkle";
import { SMT } from "@openpassport/zk-kit-smt";

const require = createRequire(import.meta.url);
const { MerkleTree } = require("merkletreejs") as {
  MerkleTree: new (
    leaves: Buffer[],
    hash: (b: Buffer) => Buffer,
  ) => {
    getRoot(): Buffer;
    getProof(leaf: Buffer, index: number): { position: string; data: Buffer }[];
    verify(proof: object[], leaf: Buffer, root: Buffer): boolean;
  };
};

const sha = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest();
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");

/** zk-kit's sparse tree in its hex form, with SHA-256 of the children's text. */
export function newZkKit() {
  const tree = new SMT((children: (string | bigint)[]) => sha(children.join(",")).toString("hex"));
  return {
    insert: (key: Uint8Array, value: Uint8Array) => tree.add(hexOf(key), hexOf(value)),
    prove: (key: Uint8Array) => tree.createProof(hexOf(key)),
    verify: (proof: ReturnType<typeof tree.createProof>) => tree.verifyProof(proof),
  };
}

export function newFuel() {
  const tree = new FuelTree();
  return {
    insert: (key: Uint8Array, value: Uint8Array) => tree.update(`0x${sha(key).toString("hex")}`, `0x${hexOf(value)}`),
    prove: (key: Uint8Array) => tree.prove(`0x${sha(key).toString("hex")}`),
  };
}

/** A plain Merkle tree, made at once and never added to: no sparse tree, here for the scale. */
export function newMerkleTreeJs(values: readonly Uint8Array[]) {
  return new MerkleTree(
    values.map((value) => Buffer.from(value)),
    sha,
  );
}
