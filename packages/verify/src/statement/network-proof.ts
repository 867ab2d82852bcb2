// The network's own inclusion proof: a Merkle Patricia trie over fingerprint hashes (digital-evidence.md).
// The proof is a stranger's. Work is bounded by 65 nodes of at most 16 entries; recursion: none.

import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { bytesToHex } from "@sealtrail/smt";
import { canonicalJson } from "@sealtrail/smt/formats";
import type { NetworkProofCode } from "../codes.js";
import { closedObject, isHex } from "./shape.js";

/** A network's proof that it holds a fingerprint: the nodes from the leaf to the root. @public */
export interface NetworkProof {
  /** The fingerprint's hash: 64 nibbles. */
  path: string;
  /** From the leaf to the root. */
  witness: NetworkProofNode[];
}

/** A node of a network's Merkle Patricia proof. @public */
export type NetworkProofNode =
  | { type: "Leaf"; contents: { dataDigest: string; remaining: string } }
  | { type: "Branch"; contents: { pathsDigest: { [nibble: string]: string } } }
  | { type: "Extension"; contents: { childDigest: string; shared: string } };

/** What `verifyNetworkProof` found: the root that the proof leads to. @public */
export type NetworkProofVerdict = { ok: true; root: string } | { ok: false; code: NetworkProofCode };

const PREFIX = { Leaf: 0x00, Branch: 0x01, Extension: 0x02 } as const;
const MAX_NODES = 65;

/**
 * Does the proof lead from the fingerprint's hash to a root? That root is the proof's own claim: it means something only
 * if the caller knows it from elsewhere, as `root` here or by comparing the one returned.
 *
 * @public
 */
export function verifyNetworkProof(json: unknown, ask: { hash: string; root?: string }): NetworkProofVerdict {
  const parsed = parseNetworkProof(json);
  if (!parsed.ok) return parsed;
  const { path, witness } = parsed.proof;
  if (path !== ask.hash) return refuse("path-differs");
  const last = witness.length - 1;
  const root = nodeDigest(witness[last]!);
  let expected = root;
  let at = 0;
  for (let i = last; i >= 0; i--) {
    const node = witness[i]!;
    if ((node.type === "Leaf") !== (i === 0)) return refuse("wrong-node-type");
    if (nodeDigest(node) !== expected) return refuse("digest-mismatch");
    if (node.type === "Leaf") {
      if (path.slice(at) !== node.contents.remaining) return refuse("path-mismatch");
      if (node.contents.dataDigest !== ask.hash) return refuse("data-digest-unknown");
    } else if (node.type === "Branch") {
      if (at >= path.length) return refuse("path-length");
      const nibble = path.charAt(at++);
      if (!Object.hasOwn(node.contents.pathsDigest, nibble)) return refuse("nibble-missing");
      expected = node.contents.pathsDigest[nibble]!;
    } else {
      const { shared, childDigest } = node.contents;
      if (!path.startsWith(shared, at)) return refuse("path-mismatch");
      at += shared.length;
      expected = childDigest;
    }
  }
  if (ask.root !== undefined && ask.root !== root) return refuse("root-mismatch");
  return { ok: true, root };
}

/** The shape alone, closed at every level. */
export function parseNetworkProof(
  json: unknown,
): { ok: true; proof: NetworkProof } | { ok: false; code: NetworkProofCode } {
  const closed = closedObject(json, ["path", "witness"]);
  if (!closed.ok) return closed;
  const { path, witness } = closed.object;
  if (!isHex(path, 64)) return refuse("bad-hex");
  if (!Array.isArray(witness)) return refuse("bad-field");
  if (witness.length < 1 || witness.length > MAX_NODES) return refuse("node-count");
  for (const json of witness) {
    const node = closedObject(json, ["type", "contents"]);
    if (!node.ok) return node;
    const { type, contents } = node.object;
    if (type === "Leaf") {
      const leaf = closedObject(contents, ["dataDigest", "remaining"]);
      if (!leaf.ok) return leaf;
      if (!isHex(leaf.object.dataDigest, 64) || !isHex(leaf.object.remaining, 0, 64)) return refuse("bad-hex");
    } else if (type === "Extension") {
      const extension = closedObject(contents, ["childDigest", "shared"]);
      if (!extension.ok) return extension;
      if (!isHex(extension.object.childDigest, 64) || !isHex(extension.object.shared, 1, 64)) return refuse("bad-hex");
    } else if (type === "Branch") {
      const branch = closedObject(contents, ["pathsDigest"]);
      if (!branch.ok) return branch;
      const entries = closedObject(branch.object.pathsDigest, [], [..."0123456789abcdef"]);
      if (!entries.ok) return entries;
      for (const digest of Object.values(entries.object)) if (!isHex(digest, 64)) return refuse("bad-hex");
    } else return refuse("wrong-node-type");
  }
  return { ok: true, proof: json as NetworkProof };
}

/** SHA-256 of one prefix byte and the JCS of the contents, hex. */
export function nodeDigest(node: NetworkProofNode): string {
  const text = utf8ToBytes(canonicalJson(node.contents)!);
  const bytes = new Uint8Array(1 + text.length);
  bytes[0] = PREFIX[node.type];
  bytes.set(text, 1);
  return bytesToHex(sha256(bytes));
}

function refuse(code: NetworkProofCode): { ok: false; code: NetworkProofCode } {
  return { ok: false, code };
}
