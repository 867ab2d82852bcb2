// One proof for many keys (formats.md, section 3): the part of the tree that their paths touch, in preorder, each shared node
// once. The keys are the proof's claim; only what the verifier returns is proven.
import type { MultiproofCode } from "../codes.js";
import { bytesToHex, tryHexToBytes } from "../formats/hex.js";
import { checkHex, checkMembers, checkShape, isObject } from "../formats/shape.js";
import type { Limits } from "../formats/strict.js";
import { EMPTY, type TreeHash, treeHash } from "../hash/treehash.js";
import { bitAt, comparePaths, equalBytes, isEmpty, Position } from "./bits.js";
import { asVerdict, hash32, kindOf, MAX_DEPTH, MAX_NODES, type ReadNodes, refuse, rootArgument } from "./nodes.js";

export type MultiproofNode =
  | ["inner"]
  | ["leaf", number]
  | ["other", path: string, valueHash: string]
  | ["empty"]
  | ["hash", string];

/** One proof for many keys of one tree: `smt-multiproof/1`, as JSON. @public */
export interface Multiproof {
  format: "smt-multiproof/1";
  /** Hex. */
  root: string;
  /** Ascending by path. With `value`: in the tree; without: not in it. Hex. */
  keys: { key: string; value?: string }[];
  /** In preorder. */
  nodes: MultiproofNode[];
}

/** What `verifyMultiproof` found: the keys that are proven to be in the tree, and those proven not to be. @public */
export type MultiproofVerdict =
  /** Both in the order of their paths. */
  | { ok: true; present: { key: Uint8Array; value: Uint8Array }[]; absent: Uint8Array[] }
  | { ok: false; code: MultiproofCode };

const MAX_KEYS = 20_000;
const arities = { inner: 1, leaf: 2, other: 3, empty: 1, hash: 2 } as const;

interface Claim {
  key: Uint8Array;
  value: Uint8Array | undefined;
  path: Uint8Array;
}

/** The first of `claims[low..high)` whose path has bit 1 at `depth`; they ascend and agree above. */
function split(claims: readonly { path: Uint8Array }[], low: number, high: number, depth: number): number {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bitAt(claims[middle]!.path, depth)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The prover with its hashes as a parameter, for the soundness tests. */
export function proveKeysWith(
  hash: Pick<TreeHash, "path" | "value">,
  reader: ReadNodes,
  keys: readonly Uint8Array[],
  valueFor: (key: Uint8Array) => Uint8Array | undefined,
): Multiproof {
  for (const key of keys) {
    if (!(key instanceof Uint8Array) || key.length < 1 || key.length > 1024)
      throw new TypeError("keys: expected 1 to 1,024 bytes each");
  }
  const claims = keys
    .map((key) => ({ key, path: hash.path(key), value: undefined as Uint8Array | undefined }))
    .sort((a, b) => comparePaths(a.path, b.path))
    .filter((claim, i, all) => i === 0 || comparePaths(claim.path, all[i - 1]!.path) !== 0);
  if (claims.length === 0 || claims.length > MAX_KEYS) throw new RangeError(`keys: expected 1 to ${MAX_KEYS}`);
  const nodes: MultiproofNode[] = [];

  function write(ref: number, low: number, high: number, depth: number): void {
    if (ref === 0) nodes.push(["empty"]);
    else if (low === high) nodes.push(["hash", bytesToHex(reader.hash(ref))]);
    else if (reader.isLeaf(ref)) {
      const path = reader.path(ref);
      let found = low;
      while (found < high && !equalBytes(claims[found]!.path, path)) found++;
      if (found === high) nodes.push(["other", bytesToHex(path), bytesToHex(reader.valueHash(ref))]);
      else {
        const value = valueFor(claims[found]!.key);
        if (value === undefined || !equalBytes(hash.value(value), reader.valueHash(ref)))
          throw new RangeError("keys: the value of a key that is in the tree is missing or another");
        claims[found]!.value = value;
        nodes.push(["leaf", found]);
      }
    } else {
      nodes.push(["inner"]);
      const middle = split(claims, low, high, depth);
      write(reader.left(ref), low, middle, depth + 1);
      write(reader.right(ref), middle, high, depth + 1);
    }
  }
  write(reader.root, 0, claims.length, 0);
  return {
    format: "smt-multiproof/1",
    root: bytesToHex(reader.hash(reader.root)),
    keys: claims.map(({ key, value }) =>
      value === undefined ? { key: bytesToHex(key) } : { key: bytesToHex(key), value: bytesToHex(value) },
    ),
    nodes,
  };
}

/**
 * Proves every one of `keys` in the tree, present or absent. `valueFor` gives the value of a key that is in it; without it,
 * or where it says `undefined`, only absence can be proven. Equal keys count once. Throws RangeError on no key or over 20,000.
 */
export function proveKeys(
  reader: ReadNodes,
  keys: readonly Uint8Array[],
  valueFor: (key: Uint8Array) => Uint8Array | undefined,
): Multiproof {
  return proveKeysWith(treeHash, reader, keys, valueFor);
}

function readClaims(keys: unknown, hash: TreeHash): Claim[] {
  if (!Array.isArray(keys)) refuse("bad-field");
  if (keys.length < 1 || keys.length > MAX_KEYS) refuse("key-count");
  const claims: Claim[] = [];
  for (const entry of keys as unknown[]) {
    if (!isObject(entry)) refuse("bad-field");
    const { key, value } = entry;
    const fault =
      checkMembers(entry, ["key"], ["value"]) ??
      checkHex(key, 1, 1024) ??
      (Object.hasOwn(entry, "value") ? checkHex(value, 1, 65536) : undefined);
    if (fault !== undefined) refuse(fault);
    const bytes = tryHexToBytes(key)!;
    const path = hash.path(bytes);
    if (claims.length > 0 && comparePaths(claims[claims.length - 1]!.path, path) >= 0) refuse("keys-not-ascending");
    claims.push({ key: bytes, value: tryHexToBytes(value), path });
  }
  return claims;
}

/** Folds the preorder list to a root, with every rule on the way. */
function fold(claims: readonly Claim[], nodes: readonly unknown[], hash: TreeHash): Uint8Array {
  const position = new Position();
  const used = new Set<number>();
  let next = 0;

  /** `single`: one open leaf, that may not stand beside an empty subtree. */
  function read(low: number, high: number): { hash: Uint8Array; single: boolean } {
    if (next === nodes.length) refuse("nodes-missing");
    const node = nodes[next++] as unknown[];
    switch (kindOf(node, arities)) {
      case "inner": {
        if (position.depth === MAX_DEPTH) refuse("too-deep");
        if (low === high) refuse("no-key-below");
        const middle = split(claims, low, high, position.depth);
        position.down(0);
        const left = read(low, middle);
        position.up();
        position.down(1);
        const right = read(middle, high);
        position.up();
        const lone = left.hash === EMPTY ? right : right.hash === EMPTY ? left : undefined;
        if (lone !== undefined && (lone.single || lone.hash === EMPTY)) refuse("not-collapsed");
        return { hash: hash.inner(left.hash, right.hash), single: false };
      }
      case "hash": {
        const h = hash32(node[1]);
        if (isEmpty(h)) refuse("zero-hash");
        if (low < high) refuse("key-below-hash");
        return { hash: h, single: false };
      }
      case "empty":
        for (let i = low; i < high; i++) if (claims[i]!.value !== undefined) refuse("key-not-shown");
        return { hash: EMPTY, single: false };
      case "other": {
        const path = hash32(node[1]);
        const valueHash = hash32(node[2]);
        if (!position.holds(path)) refuse("wrong-position");
        if (low === high) refuse("other-unreached");
        for (let i = low; i < high; i++) {
          if (claims[i]!.value !== undefined) refuse("key-not-shown");
          if (equalBytes(claims[i]!.path, path)) refuse("terminal-is-key");
        }
        return { hash: hash.leaf(path, valueHash), single: true };
      }
      case "leaf": {
        const index = node[1];
        const claim = Number.isInteger(index) ? claims[index as number] : undefined;
        if (claim?.value === undefined) refuse("bad-leaf-index");
        if (used.has(index as number)) refuse("duplicate-leaf");
        used.add(index as number);
        if ((index as number) < low || (index as number) >= high) refuse("wrong-position");
        for (let i = low; i < high; i++) if (i !== index && claims[i]!.value !== undefined) refuse("key-not-shown");
        return { hash: hash.leaf(claim.path, hash.value(claim.value)), single: true };
      }
    }
  }

  const root = read(0, claims.length).hash;
  if (next < nodes.length) refuse("nodes-left-over");
  return root;
}

/** The verifier with its hashes as a parameter, for the soundness tests. */
export function verifyMultiproofWith(
  hash: TreeHash,
  proof: unknown,
  ask: { root: Uint8Array; limits?: Limits },
): MultiproofVerdict {
  const askedRoot = rootArgument(ask.root, "root");
  return asVerdict<MultiproofVerdict, MultiproofCode>(() => {
    const fault = checkShape(proof, "smt-multiproof/1", ["root", "keys", "nodes"]);
    if (fault !== undefined) refuse(fault);
    const { root, keys, nodes } = proof as { root: unknown; keys: unknown; nodes: unknown };
    const checkRoot = checkHex(root, 32);
    if (checkRoot !== undefined) refuse(checkRoot);
    if (root !== bytesToHex(askedRoot)) refuse("root-differs");
    const claims = readClaims(keys, hash);
    if (!Array.isArray(nodes)) refuse("bad-field");
    if (nodes.length > (ask.limits?.nodes ?? MAX_NODES)) refuse("too-many-nodes");
    if (!equalBytes(fold(claims, nodes, hash), askedRoot)) refuse("root-mismatch");
    const present: { key: Uint8Array; value: Uint8Array }[] = [];
    const absent: Uint8Array[] = [];
    for (const { key, value } of claims) {
      if (value === undefined) absent.push(key);
      else present.push({ key, value });
    }
    return { ok: true, present, absent };
  }, "not-an-object");
}

/**
 * What the tree with the caller's root holds and does not hold, by a multiproof from a stranger. Reads at most 20,000 keys and
 * 1,000,000 nodes (`limits.nodes`). Never throws on evidence.
 *
 * @public
 */
export function verifyMultiproof(proof: unknown, ask: { root: Uint8Array; limits?: Limits }): MultiproofVerdict {
  return verifyMultiproofWith(treeHash, proof, ask);
}
