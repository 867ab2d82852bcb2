// Exhaustive in a small scope, for archives: every list of nodes of up to two levels over four paths, with ideal hashes. Over a
// well-formed older tree, what is accepted opens every leaf that is new, and loses none that is old.
import { expect, it } from "vitest";
import type { ArchiveNode } from "../src/archive/archive.js";
import { verifyArchiveWith } from "../src/archive/verify.js";
import { bytesToHex } from "../src/formats/hex.js";
import type { TreeHash } from "../src/hash/treehash.js";
import { type LeafRecord, recordOf, recordValue } from "../src/tree/record.js";
import { type ModelNode, wellFormed } from "./model.js";
import { allLists, provableAt, symbols, text } from "./symbols.js";

const long = Number(process.env.SEALTRAIL_RUNS ?? 0) >= 1_000_000;

it("archives leave out nothing that is new", () => {
  const s = symbols(2);
  const hash: TreeHash = { ...s.hash, value: (value) => s.hash.value(Uint8Array.of(value[0]! % 97)) };
  const keyOf = (n: number) => bytesToHex(Uint8Array.of(n, ...new Uint8Array(31)));
  // Event 1 has the paths 0 and 2, event 2 the paths 1 and 3: each parts its leaves at the first level.
  const event = (sequence: number, raw: number, censored: number) => {
    const id = `00000000-0000-7000-8000-00000000000${sequence}`;
    const place = {
      sequence,
      id,
      timestamp: 0,
      epoch: 0,
      chainPrev: null,
      rawHash: keyOf(raw),
      censoredHash: keyOf(censored),
    };
    return [
      { n: raw, key: keyOf(raw), record: recordOf(place, "raw") },
      { n: censored, key: keyOf(censored), record: recordOf(place, "censored") },
    ];
  };
  const [one, two] = [event(1, 0, 2), event(2, 1, 3)];
  const all = [...one, ...two];
  const valueHash = (record: LeafRecord) => hash.value(recordValue(record));
  const model = all.map(({ n, record }) => ({ path: s.path(n), valueHash: valueHash(record) }));
  const [a, b, c, d] = model as [ModelNode, ModelNode, ModelNode, ModelNode];
  // What `same` may hide: single leaves, a good pair, a twisted one.
  const hidden: ModelNode[] = [
    a,
    c,
    { left: a, right: c },
    { left: c, right: a },
    ...(long ? [b, d, { left: a, right: null }] : []),
  ];
  const hexes = new Map<string, Uint8Array>();
  const hex = (bytes: Uint8Array) => {
    const name = bytesToHex(bytes);
    hexes.set(name, bytes);
    return name;
  };
  const wellFormedRoots = new Set<string>();
  for (let members = 0; members < 16; members++)
    wellFormedRoots.add(text(s.of(wellFormed(model.filter((_, i) => (members >> i) & 1) as never))));

  const utf8 = new TextEncoder();
  const linesOf = new Map<string, Uint8Array>();
  const line = (value: unknown) => {
    const json = JSON.stringify(value);
    const known = linesOf.get(json) ?? utf8.encode(json);
    linesOf.set(json, known);
    return known;
  };
  let lists = 0;
  let accepted = 0;
  for (const leaves of [[], one, two, all]) {
    const ends: ArchiveNode[] = [
      ["empty"],
      ...leaves.map((_, i): ArchiveNode => ["new", i]),
      ...model.map((leaf): ArchiveNode => ["leaf", hex(leaf.path), hex(leaf.valueHash)]),
      ...hidden.map((tree): ArchiveNode => ["same", hex(s.of(tree))]),
    ];
    for (const nodes of allLists<ArchiveNode>(ends, ["inner"], 2)) {
      lists++;
      // Both roots by a second hand.
      let next = 0;
      type Side = { hash: Uint8Array; single: boolean } | undefined;
      const join = (left: Side, right: Side): Side => {
        if (!left || !right) {
          const only = left ?? right;
          if (!only || only.single) return only;
        }
        const empty = new Uint8Array(32);
        return { hash: hash.inner(left?.hash ?? empty, right?.hash ?? empty), single: false };
      };
      const read = (): [Side, Side] => {
        const node = nodes[next++]!;
        if (node[0] === "inner") {
          const [oldLeft, newLeft] = read();
          const [oldRight, newRight] = read();
          return [join(oldLeft, oldRight), join(newLeft, newRight)];
        }
        if (node[0] === "empty") return [undefined, undefined];
        if (node[0] === "same") {
          const side = { hash: hexes.get(node[1])!, single: false };
          return [side, side];
        }
        const leaf = node[0] === "new" ? leaves[node[1]]! : undefined;
        const side = {
          hash: leaf
            ? hash.leaf(s.path(leaf.n), valueHash(leaf.record))
            : hash.leaf(hexes.get(node[1] as string)!, hexes.get(node[2] as string)!),
          single: true,
        };
        return [leaf ? undefined : side, side];
      };
      const [older, newer] = read().map((side) => side?.hash ?? new Uint8Array(32)) as [Uint8Array, Uint8Array];
      const roots = { previousRoot: bytesToHex(older), root: bytesToHex(newer) };
      const header = {
        format: "sealtrail-archive/1",
        tree: "0".repeat(32),
        epoch: 0,
        ...roots,
        leafCount: leaves.length,
        nodeCount: nodes.length,
      };
      const file = [line(header), ...leaves.map(({ key, record }) => line({ key, record })), ...nodes.map(line)];
      const verdict = verifyArchiveWith(hash, file, { previousRoot: older, root: newer });
      if (!verdict.ok) {
        if (verdict.code.endsWith("root-mismatch")) throw new Error(`folds otherwise: ${JSON.stringify(nodes)}`);
        continue;
      }
      if (!wellFormedRoots.has(text(older))) continue;
      accepted++;
      const [before, after] = [s.tree(older), s.tree(newer)];
      for (let n = 0; n < 4; n++) {
        const was = provableAt(before, s.path(n));
        const is = provableAt(after, s.path(n));
        const listed = leaves.find((leaf) => leaf.n === n);
        const should = listed ? text(valueHash(listed.record)) : was;
        if (is !== should || (listed && was !== undefined))
          throw new Error(`false: ${JSON.stringify({ nodes, leaves })}`);
      }
    }
  }
  expect(accepted).toBeGreaterThan(15);
  console.info(`archive, 4 paths: ${lists} lists, ${accepted} accepted over well-formed trees, 0 false`);
});
