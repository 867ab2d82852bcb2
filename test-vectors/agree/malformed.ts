// Evidence of a dishonest tree builder: random shapes, well formed or not, with just the roots that they fold to. What such a
// proof comes to is decided by the rules alone, never by a root that happens to be another.
import { createHash } from "node:crypto";
import { bytesToHex, hexToBytes } from "@sealtrail/smt";
import { jcs } from "@sealtrail/smt/formats";
import type { LeafRecord } from "@sealtrail/smt/record";
import { dishonestBundle } from "./bundles.ts";
import type { Case } from "./judge.ts";
import type { Json } from "./mutate.ts";
import type { Random } from "./random.ts";

const EMPTY = new Uint8Array(32);

function sha(...parts: (Uint8Array | string)[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

const leafHash = (path: Uint8Array, valueHash: Uint8Array): Uint8Array => sha(Uint8Array.of(0), path, valueHash);
const innerHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha(Uint8Array.of(1), left, right);
const bitOf = (path: Uint8Array, depth: number): number => (path[depth >> 3]! >> (7 - (depth & 7))) & 1;
const isEmpty = (hash: Uint8Array): boolean => hash.every((byte) => byte === 0);
const hex = bytesToHex;

/** A path that leads to a place, or now and then one that does not. */
function pathTo(turns: readonly number[], random: Random): Uint8Array {
  const path = random.bytes(32);
  if (!random.chance(8)) {
    turns.forEach((turn, depth) => {
      if (bitOf(path, depth) !== turn) path[depth >> 3]! ^= 128 >> (depth & 7);
    });
  }
  return path;
}

function someHash(random: Random): Uint8Array {
  return random.chance(15) ? EMPTY : random.bytes(32);
}

export function malformedProof(random: Random): [kind: string, of: Case] {
  const key = random.bytes(8);
  const value = random.bytes(8);
  const path = sha(key);
  const depth = random.pick([0, 1, 2, 7, 8, 9, 20, 255, 256]);
  const bitmap = new Uint8Array((depth + 7) >> 3);
  const siblings: string[] = [];
  const all: Uint8Array[] = [];
  for (let level = 0; level < depth; level++) {
    const shown = random.chance(2) || (level === depth - 1 && !random.chance(4));
    const sibling = shown ? (random.chance(60) ? EMPTY : random.bytes(32)) : EMPTY;
    if (shown) {
      bitmap[level >> 3]! |= 128 >> (level & 7);
      siblings.push(hex(sibling));
    }
    all.push(sibling);
  }
  const inclusion = random.chance(3);
  const turns = Array.from({ length: depth }, (_, level) => bitOf(path, level));
  const end = random.chance(3)
    ? undefined
    : { path: random.chance(6) ? path : pathTo(turns, random), valueHash: random.bytes(32) };
  let root = inclusion ? leafHash(path, sha(value)) : end === undefined ? EMPTY : leafHash(end.path, end.valueHash);
  for (let level = depth - 1; level >= 0; level--)
    root = turns[level] ? innerHash(all[level]!, root) : innerHash(root, all[level]!);
  const terminal = end === undefined ? null : { path: hex(end.path), valueHash: hex(end.valueHash) };
  const ask = { root: hex(root), key: hex(key), ...(inclusion ? { value: hex(value) } : {}) };
  if (random.chance(3)) {
    const kind = inclusion ? "01" : terminal === null ? "02" : "03";
    const leaf = !inclusion && terminal !== null ? terminal.path + terminal.valueHash : "";
    return [
      "proof-binary",
      { name: "", hex: kind + depth.toString(16).padStart(4, "0") + leaf + hex(bitmap) + siblings.join(""), ask },
    ];
  }
  const type = inclusion ? "inclusion" : "exclusion";
  const ending = inclusion ? { value: hex(value) } : { terminal };
  return [
    "proof",
    {
      name: "",
      input: {
        format: "smt-proof/1",
        type,
        root: hex(root),
        key: hex(key),
        ...ending,
        depth,
        bitmap: hex(bitmap),
        siblings,
      },
      ask,
    },
  ];
}

interface Side {
  hash: Uint8Array;
  single: boolean;
}

const nothing: Side = { hash: EMPTY, single: false };

/** Joins two sides by section 4, whatever the rules say about such an inner node. */
function join(left: Side, right: Side): Side {
  if (isEmpty(left.hash) && isEmpty(right.hash)) return nothing;
  if (left.single && isEmpty(right.hash)) return left;
  if (right.single && isEmpty(left.hash)) return right;
  return { hash: innerHash(left.hash, right.hash), single: false };
}

interface Grown {
  old: Side;
  new: Side;
}

/** A random pruned tree; `ends` makes the nodes that are no inner ones. */
function grow(
  nodes: Json[],
  turns: number[],
  random: Random,
  end: (turns: number[]) => [node: Json, sides: Grown],
): Grown {
  if (turns.length < 5 && random.below(turns.length + 3) < 2) {
    nodes.push(["inner"]);
    const left = grow(nodes, [...turns, 0], random, end);
    const right = grow(nodes, [...turns, 1], random, end);
    return { old: join(left.old, right.old), new: join(left.new, right.new) };
  }
  const [node, sides] = end(turns);
  nodes.push(node);
  return sides;
}

function oldLeaf(turns: number[], random: Random): [Json, Grown] {
  const path = pathTo(turns, random);
  const valueHash = random.bytes(32);
  const side = { hash: leafHash(path, valueHash), single: true };
  return [["leaf", hex(path), hex(valueHash)], { old: side, new: side }];
}

function same(random: Random): [Json, Grown] {
  const hash = someHash(random);
  const side = { hash, single: false };
  return [["same", hex(hash)], { old: side, new: side }];
}

export function malformedExtension(random: Random): [kind: string, of: Case] {
  const nodes: Json[] = [];
  const sides = grow(nodes, [], random, (turns) => {
    switch (random.below(5)) {
      case 0:
        return same(random);
      case 1:
        return oldLeaf(turns, random);
      case 2:
        return [["empty"], { old: nothing, new: nothing }];
      default: {
        const hash = someHash(random);
        return [["added", hex(hash)], { old: nothing, new: { hash, single: false } }];
      }
    }
  });
  const [oldRoot, newRoot] = [hex(sides.old.hash), hex(sides.new.hash)];
  return [
    "extension",
    { name: "", input: { format: "smt-extension/1", oldRoot, newRoot, nodes }, ask: { oldRoot, newRoot } },
  ];
}

function recordPair(random: Random, sequence: number, epoch: number): { key: string; record: LeafRecord }[] {
  const [raw, censored] = [hex(random.bytes(32)), hex(random.bytes(32))];
  const id = hex(random.bytes(15));
  const common = {
    chainPrev: random.chance(2) ? null : hex(random.bytes(32)),
    epoch,
    eventId: `${id.slice(0, 8)}-${id.slice(8, 12)}-7${id.slice(12, 15)}-8${id.slice(15, 18)}-${id.slice(18, 30)}`,
    timestamp: 1_767_600_000_000 + sequence,
  };
  return [
    { key: raw, record: { ...common, hashType: "raw", pair: censored, seqNo: 2 * sequence - 1 } },
    { key: censored, record: { ...common, hashType: "censored", pair: raw, seqNo: 2 * sequence } },
  ];
}

export function malformedArchive(random: Random): [kind: string, of: Case] {
  const epoch = random.below(3);
  const first = 1 + random.below(5);
  const leaves = Array.from({ length: random.below(4) }, (_, n) => recordPair(random, first + n, epoch)).flat();
  const paths = leaves.map((leaf) => sha(hexToBytes(leaf.key)));
  const unused = new Set(leaves.keys());
  const newLeaf = (i: number): [Json, Grown] => {
    unused.delete(i);
    const valueHash = sha(sha(jcs(leaves[i]!.record as never)));
    return [["new", i], { old: nothing, new: { hash: leafHash(paths[i]!, valueHash), single: true } }];
  };
  const nodes: Json[] = [];
  // Down to where at most one of the new leaves is left, most of the time; then one of those that may stand there.
  const build = (turns: number[], here: number[]): Grown => {
    if ((here.length > 1 && !random.chance(20)) || (here.length > 0 && turns.length < 4 && random.chance(3))) {
      nodes.push(["inner"]);
      const halves = [0, 1].map((turn) => here.filter((i) => bitOf(paths[i]!, turns.length) === turn));
      const left = build([...turns, 0], halves[0]!);
      const right = build([...turns, 1], halves[1]!);
      return { old: join(left.old, right.old), new: join(left.new, right.new) };
    }
    let made: [Json, Grown];
    if (here.length > 0 && !random.chance(20)) made = newLeaf(here[0]!);
    else if (random.chance(3)) made = same(random);
    else if (random.chance(2)) made = oldLeaf(turns, random);
    else if (unused.size > 0 && random.chance(8)) made = newLeaf([...unused][0]!);
    else made = [["empty"], { old: nothing, new: nothing }];
    nodes.push(made[0]);
    return made[1];
  };
  const sides = build([], [...leaves.keys()]);
  const [previousRoot, root] = [hex(sides.old.hash), hex(sides.new.hash)];
  const header = {
    format: "sealtrail-archive/1",
    tree: "ab".repeat(16),
    epoch,
    previousRoot,
    root,
    leafCount: leaves.length,
    nodeCount: nodes.length,
  };
  return [
    "archive",
    { name: "", lines: [header, ...leaves, ...nodes].map((line) => JSON.stringify(line)), ask: { previousRoot, root } },
  ];
}

interface Claim {
  key: Uint8Array;
  path: Uint8Array;
  value?: Uint8Array;
}

export function malformedMultiproof(random: Random): [kind: string, of: Case] {
  const keys: Claim[] = Array.from({ length: 1 + random.below(5) }, () => {
    const key = random.bytes(4);
    return { key, path: sha(key), ...(random.chance(2) ? {} : { value: random.bytes(4) }) };
  });
  keys.sort((a, b) => Buffer.compare(a.path, b.path));
  const nodes: Json[] = [];
  const build = (turns: number[], here: Claim[]): Uint8Array => {
    if (here.length > 0 && turns.length < 12 && (here.length > 1 ? !random.chance(5) : random.chance(3))) {
      nodes.push(["inner"]);
      const [left, right] = [0, 1].map((turn) =>
        build(
          [...turns, turn],
          here.filter((claim) => bitOf(claim.path, turns.length) === turn),
        ),
      );
      return innerHash(left!, right!);
    }
    const shown =
      here.find((claim) => claim.value !== undefined) ??
      (random.chance(20) ? keys.find((claim) => claim.value !== undefined) : undefined);
    if (shown !== undefined && !random.chance(12)) {
      nodes.push(["leaf", keys.indexOf(shown)]);
      return leafHash(shown.path, sha(shown.value!));
    }
    if (here.length === 0 ? !random.chance(3) : random.chance(15)) {
      const hash = someHash(random);
      nodes.push(["hash", hex(hash)]);
      return hash;
    }
    if (random.chance(2)) {
      nodes.push(["empty"]);
      return EMPTY;
    }
    const path = here.length > 0 && random.chance(10) ? here[0]!.path : pathTo(turns, random);
    const valueHash = random.bytes(32);
    nodes.push(["other", hex(path), hex(valueHash)]);
    return leafHash(path, valueHash);
  };
  const root = hex(build([], keys));
  const listed = keys.map(({ key, value }) => ({
    key: hex(key),
    ...(value === undefined ? {} : { value: hex(value) }),
  }));
  return ["multiproof", { name: "", input: { format: "smt-multiproof/1", root, keys: listed, nodes }, ask: { root } }];
}

const field = (number: number, bytes: Uint8Array): Uint8Array => {
  const size = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Uint8Array.from([number * 8 + 2, ...size, ...bytes]);
};
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const ourLeaf = Uint8Array.of(8, 1, 16, 1, 24, 1, 42, 1, 0);

/** Two or three leaves placed at random in a tree of a few levels, whatever their paths say, and proofs by ICS23's rule. */
export function malformedIcs23(random: Random): [kind: string, of: Case] {
  const depth = 1 + random.below(3);
  const places = 1 << depth;
  const keys = Array.from({ length: places }, () => (random.chance(3) ? undefined : random.bytes(4)));
  if (!random.chance(3)) {
    const sorted = keys.filter((key) => key !== undefined).sort((a, b) => Buffer.compare(sha(a), sha(b)));
    keys.forEach((key, at) => {
      if (key !== undefined) keys[at] = sorted.shift();
    });
  }
  const value = Uint8Array.of(1);
  const levels: Uint8Array[][] = [keys.map((key) => (key === undefined ? EMPTY : leafHash(sha(key), sha(value))))];
  while (levels.at(-1)!.length > 1) {
    const below = levels.at(-1)!;
    levels.push(Array.from({ length: below.length / 2 }, (_, i) => innerHash(below[2 * i]!, below[2 * i + 1]!)));
  }
  const root = hex(levels.at(-1)![0]!);
  const existence = (at: number): Uint8Array => {
    const path = levels.slice(0, -1).map((level, height) => {
      const here = at >> height;
      const sibling = level[here ^ 1]!;
      const op =
        here & 1 ? [field(2, joined(Uint8Array.of(1), sibling))] : [field(2, Uint8Array.of(1)), field(3, sibling)];
      return field(4, joined(Uint8Array.of(8, 1), ...op));
    });
    return joined(field(1, keys[at]!), field(2, value), field(3, ourLeaf), ...path);
  };
  const filled = [...keys.keys()].filter((at) => keys[at] !== undefined);
  if (filled.length > 0 && random.chance(4)) {
    const at = random.pick(filled);
    return [
      "ics23",
      { name: "", hex: hex(field(1, existence(at))), ask: { root, key: hex(keys[at]!), value: hex(value) } },
    ];
  }
  const key = random.bytes(4);
  const before = filled.filter((at) => Buffer.compare(sha(keys[at]!), sha(key)) < 0);
  const after = filled.filter((at) => Buffer.compare(sha(keys[at]!), sha(key)) > 0);
  const left =
    before.length > 0 && !random.chance(8) ? (random.chance(4) ? random.pick(before) : before.at(-1)) : undefined;
  const right = after.length > 0 && !random.chance(8) ? (random.chance(4) ? random.pick(after) : after[0]) : undefined;
  const sides = [
    ...(left === undefined ? [] : [field(2, existence(left))]),
    ...(right === undefined ? [] : [field(3, existence(right))]),
  ];
  return [
    "ics23",
    { name: "", hex: hex(field(2, joined(field(1, sha(key)), ...sides))), ask: { root, key: hex(key) } },
  ];
}

const makers = [
  malformedProof,
  malformedExtension,
  malformedArchive,
  malformedMultiproof,
  malformedIcs23,
  dishonestBundle,
];

export function malformedCase(random: Random): [kind: string, of: Case] {
  return random.pick(makers)(random);
}
