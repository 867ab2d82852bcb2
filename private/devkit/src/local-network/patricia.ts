// A Merkle Patricia trie over fingerprint hashes, as the network builds one per batch (digital-evidence.md). Made for
// the local server and the tests; the verifying side has its own code and shares only the digest of a node.

import { nodeDigest } from "@sealtrail/verify/signing";
import type { NetworkProof, NetworkProofNode } from "@sealtrail/verify/statement";

interface Built {
  node: NetworkProofNode;
  /** Children by the nibbles that lead to them. */
  below: Map<string, Built>;
}

export class PatriciaTrie {
  readonly #top: Built;

  /** Keys of 64 hex digits, none twice. */
  constructor(keys: readonly string[]) {
    if (keys.length === 0) throw new RangeError("keys: a batch is never empty");
    this.#top = build([...keys].sort(), 0);
  }

  get root(): string {
    return nodeDigest(this.#top.node);
  }

  prove(key: string): NetworkProof {
    const witness: NetworkProofNode[] = [];
    let at = 0;
    for (let built: Built | undefined = this.#top; built; ) {
      witness.unshift(built.node);
      if (built.node.type === "Leaf") break;
      const step: string = built.node.type === "Branch" ? key.charAt(at) : built.node.contents.shared;
      at += step.length;
      built = built.below.get(step);
    }
    return { path: key, witness };
  }
}

function build(keys: readonly string[], at: number): Built {
  const first = keys[0]!;
  if (keys.length === 1) {
    return { node: { type: "Leaf", contents: { dataDigest: first, remaining: first.slice(at) } }, below: new Map() };
  }
  let shared = 0;
  const last = keys.at(-1)!; // sorted: what the first and the last share, all share
  while (first[at + shared] === last[at + shared]) shared++;
  if (shared > 0) {
    const child = build(keys, at + shared);
    const step = first.slice(at, at + shared);
    const node = { type: "Extension" as const, contents: { childDigest: nodeDigest(child.node), shared: step } };
    return { node, below: new Map([[step, child]]) };
  }
  const below = new Map<string, Built>();
  const pathsDigest: { [nibble: string]: string } = {};
  for (const nibble of new Set(keys.map((key) => key.charAt(at)))) {
    const child = build(
      keys.filter((key) => key.charAt(at) === nibble),
      at + 1,
    );
    below.set(nibble, child);
    pathsDigest[nibble] = nodeDigest(child.node);
  }
  return { node: { type: "Branch", contents: { pathsDigest } }, below };
}
