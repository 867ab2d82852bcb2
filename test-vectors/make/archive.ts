// Archives of the epochs of the small trail, and mutations line by line.

import { bytesToHex } from "@sealtrail/smt";
import { archiveLines } from "@sealtrail/smt/archive";
import type { LeafRecord } from "@sealtrail/smt/record";
import { type Case, flip, hex, type Json, leafHash, no, ok, sha, zeros } from "./common.ts";
import { EVENTS, epochOf, genesis, leavesOf, treeAfter } from "./trail.ts";

interface Epoch {
  epoch: number;
  first: number;
  last: number;
}

function epochs(): Epoch[] {
  const list: Epoch[] = [];
  for (let n = 1; n <= EVENTS; n++) {
    const last = list.at(-1);
    if (last?.epoch === epochOf(n)) last.last = n;
    else list.push({ epoch: epochOf(n), first: n, last: n });
  }
  return list;
}

interface Archive {
  lines: Json[];
  ask: { previousRoot: string; root: string };
}

function archiveOf({ epoch, first, last }: Epoch): Archive {
  const leaves = [];
  for (let n = first; n <= last; n++) leaves.push(...leavesOf(n));
  const [older, newer] = [treeAfter(first - 1), treeAfter(last)];
  const texts = archiveLines({ tree: genesis.tree, epoch, older: older.reader(), newer: newer.reader(), leaves });
  return {
    lines: [...texts].map((line) => JSON.parse(line)),
    ask: { previousRoot: bytesToHex(older.root), root: bytesToHex(newer.root) },
  };
}

const texts = (lines: Json[]): Json[] => lines.map((line) => JSON.stringify(line));

export function archives(): { [file: string]: Case[] } {
  const all = epochs();
  const good = all.map((one) => {
    const { lines, ask } = archiveOf(one);
    const { epoch, first, last } = one;
    const expect = ok({
      leaves: 2 * (last - first + 1),
      firstSequence: first,
      lastSequence: last,
      epoch,
      tree: genesis.tree,
    });
    return { name: `epoch ${epoch}`, lines: texts(lines), ask, expect };
  });
  const { lines, ask } = archiveOf(all[2]!);
  const leafCount = lines[0].leafCount as number;
  const nodeAt = 1 + leafCount;
  const firstNode = (kind: string) => lines.findIndex((line, i) => i >= nodeAt && line[0] === kind);
  const hostile: Case[] = [];
  const add = (name: string, code: string, change: (copy: Json[]) => unknown, otherAsk: Json = ask) => {
    const copy = JSON.parse(JSON.stringify(lines)) as Json[];
    hostile.push({ name, lines: texts((change(copy) as Json[] | undefined) ?? copy), ask: otherAsk, expect: no(code) });
  };
  const header = (name: string, code: string, change: (header: Json) => void) =>
    add(`header: ${name}`, code, (l) => change(l[0]));
  /** As `add`, with lines that need not be JSON. */
  const raw = (name: string, code: string, change: (texts: Json[]) => Json[]) =>
    hostile.push({ name, lines: change(texts(lines)), ask, expect: no(code) });

  raw("no lines", "line-count", () => []);
  raw("an empty line before the header", "not-json", (t) => ["", ...t]);
  raw("an empty line in the middle", "not-json", (t) => [...t.slice(0, nodeAt), "", ...t.slice(nodeAt)]);
  raw("a byte order mark", "byte-order-mark", (t) => [`\ufeff${t[0]}`, ...t.slice(1)]);
  raw("a header of 65,537 bytes", "line-too-long", (t) => [
    {
      parts: [
        [t[0], 1],
        [" ", 65_537 - t[0].length],
      ],
    },
    ...t.slice(1),
  ]);
  raw("a node line of a million bytes", "line-too-long", (t) => [...t.slice(0, -1), { parts: [[" ", 1_000_000]] }]);
  raw("a line with two values", "trailing-bytes", (t) => [...t.slice(0, 1), `${t[1]} ${t[2]}`, ...t.slice(3)]);
  raw("a line with a member twice", "duplicate-key", (t) => [t[0], `{"key":"",${t[1].slice(1)}`, ...t.slice(2)]);
  raw("a record's number beyond 2^53", "unsafe-integer", (t) =>
    t.with(1, t[1].replace(/"seqNo":\d+/, '"seqNo":9007199254740993')),
  );
  raw("a record's number that overflows", "not-finite", (t) => t.with(1, t[1].replace(/"seqNo":\d+/, '"seqNo":1e999')));
  raw("half a surrogate pair in a record", "lone-surrogate", (t) => t.with(1, t[1].replace('"raw"', '"\\ud800"')));
  raw("a line of 65 arrays inside each other", "too-deep", (t) => t.with(-1, "[".repeat(65) + "]".repeat(65)));
  raw("last line left out", "line-count", (t) => t.slice(0, -1));
  raw("only the header", "line-count", (t) => t.slice(0, 1));
  raw("last line twice", "line-count", (t) => [...t, t.at(-1)]);
  raw("carriage returns are white space", "ok", (t) => t.map((line: string) => `${line}\r`));
  raw("a header of 65,536 bytes", "ok", (t) => [
    {
      parts: [
        [t[0], 1],
        [" ", 65_536 - t[0].length],
      ],
    },
    ...t.slice(1),
  ]);
  raw("an end of line after the last", "ok", (t) => [...t, ""]);

  header("an unknown member", "unknown-field", (h) => {
    h.note = "";
  });
  header("no tree", "missing-field", (h) => {
    delete h.tree;
  });
  header("another format", "wrong-format", (h) => {
    h.format = "sealtrail-archive/2";
  });
  header("tree in upper case", "bad-hex", (h) => {
    h.tree = h.tree.toUpperCase().replace(/^./, "A");
  });
  header("tree too long", "wrong-length", (h) => {
    h.tree += "00";
  });
  header("epoch -1", "bad-field", (h) => {
    h.epoch = -1;
  });
  header("leaf count a text", "bad-field", (h) => {
    h.leafCount = `${h.leafCount}`;
  });
  header("node count a fraction", "bad-field", (h) => {
    h.nodeCount += 0.5;
  });
  header("another epoch", "wrong-epoch", (h) => {
    h.epoch++;
  });
  header("previous root changed", "old-root-differs", (h) => {
    h.previousRoot = flip(h.previousRoot);
  });
  header("root changed", "new-root-differs", (h) => {
    h.root = flip(h.root);
  });
  header("a leaf fewer", "not-an-object", (h) => {
    h.leafCount++;
  });
  header("a node fewer", "line-count", (h) => {
    h.nodeCount--;
  });
  header("a node more", "line-count", (h) => {
    h.nodeCount++;
  });
  add("another previous root asked for", "old-root-differs", () => {}, { ...ask, previousRoot: zeros });
  add("another root asked for", "new-root-differs", () => {}, { ...ask, root: flip(ask.root) });
  add(
    "previous root changed on both sides",
    "old-root-mismatch",
    (l) => {
      l[0].previousRoot = zeros;
    },
    { ...ask, previousRoot: zeros },
  );
  add(
    "root changed on both sides",
    "new-root-mismatch",
    (l) => {
      l[0].root = flip(l[0].root);
    },
    { ...ask, root: flip(ask.root) },
  );

  add("leaf with one more member", "unknown-field", (l) => {
    l[1].value = zeros;
  });
  add("leaf without a record", "missing-field", (l) => {
    delete l[1].record;
  });
  add("leaf a list", "not-an-object", (l) => {
    l[1] = [];
  });
  add("key of 31 bytes", "wrong-length", (l) => {
    l[1].key = l[1].key.slice(2);
  });
  add("record with one more member", "bad-field", (l) => {
    l[1].record.note = 1;
  });
  add("leaf of the next epoch", "wrong-epoch", (l) => {
    l[1].record.epoch++;
  });
  add("two events swapped", "leaves-not-ascending", (l) => [l[0], l[3], l[4], l[1], l[2], ...l.slice(5)]);
  add("raw and censored leaf swapped", "pair-mismatch", (l) => [l[0], l[2], l[1], ...l.slice(3)]);
  add("an event twice", "leaves-not-ascending", (l) => [
    { ...l[0], leafCount: leafCount + 2 },
    l[1],
    l[2],
    l[1],
    l[2],
    ...l.slice(3),
  ]);
  add("a leaf left out", "pair-mismatch", (l) => [{ ...l[0], leafCount: leafCount - 1 }, l[1], ...l.slice(3)]);
  add("the last leaf left out", "pair-mismatch", (l) => [
    { ...l[0], leafCount: leafCount - 1 },
    ...l.slice(1, leafCount),
    ...l.slice(nodeAt),
  ]);
  const pairs: [string, (r: LeafRecord) => void][] = [
    [
      "names another pair",
      (r) => {
        r.pair = flip(r.pair);
      },
    ],
    [
      "of another event",
      (r) => {
        r.eventId = flip(r.eventId, 0);
      },
    ],
    [
      "of another time",
      (r) => {
        r.timestamp++;
      },
    ],
    [
      "of another session",
      (r) => {
        r.chainPrev = fixedOther;
      },
    ],
  ];
  for (const [name, change] of pairs) {
    add(`censored leaf ${name}`, "pair-mismatch", (l) => change(l[2].record));
    if (name.includes("pair")) add(`raw leaf ${name}`, "pair-mismatch", (l) => change(l[1].record));
  }
  add("an event left out, its leaves with it", "bad-leaf-index", (l) => {
    const rest = l.slice(nodeAt);
    return [{ ...l[0], leafCount: leafCount - 2 }, ...l.slice(1, leafCount - 1), ...rest];
  });
  add("an event left out, its leaves shown as same", "nothing-added", (l) => hidden(l, leafCount, "same"));
  add("an event left out, its leaves shown as added", "bad-node", (l) => hidden(l, leafCount, "added"));
  add("an event that is not in the tree", "leaf-unused", (l) => {
    const extra = leavesOf(all[2]!.last + 1).map(({ key, record }) => ({
      key,
      record: { ...record, epoch: all[2]!.epoch },
    }));
    return [{ ...l[0], leafCount: leafCount + 2 }, ...l.slice(1, nodeAt), ...extra, ...l.slice(nodeAt)];
  });
  add("a leaf's timestamp changed in both records", "new-root-mismatch", (l) => {
    for (const i of [1, 2]) l[i].record.timestamp++;
  });

  const [inner, same, leaf, fresh] = ["inner", "same", "leaf", "new"].map(firstNode) as [
    number,
    number,
    number,
    number,
  ];
  add("node of an unknown kind", "bad-node", (l) => {
    l[inner] = ["hash", zeros];
  });
  add("node an object", "bad-node", (l) => {
    l[inner] = {};
  });
  add("node with one more member", "bad-node", (l) => {
    l[inner].push(0);
  });
  add("same of zeros", "zero-hash", (l) => {
    l[same][1] = zeros;
  });
  add("same changed", "old-root-mismatch", (l) => {
    l[same][1] = flip(l[same][1]);
  });
  add("same in upper case", "bad-hex", (l) => {
    l[same][1] = `A${l[same][1].slice(1)}`;
  });
  add("leaf in the other half", "wrong-position", (l) => {
    l[leaf][1] = (Number.parseInt(l[leaf][1][0], 16) ^ 8).toString(16) + l[leaf][1].slice(1);
  });
  add("old leaf's value changed", "old-root-mismatch", (l) => {
    l[leaf][2] = flip(l[leaf][2]);
  });
  for (const [what, index] of [
    ["past the end", leafCount],
    ["-1", -1],
    ["a text", "0"],
    ["0.5", 0.5],
  ] as const)
    add(`leaf index ${what}`, "bad-leaf-index", (l) => {
      l[fresh][1] = index;
    });
  const second = lines.findIndex((line, i) => i > fresh && line[0] === "new");
  add("a leaf twice", "duplicate-leaf", (l) => {
    l[second][1] = l[fresh][1];
  });
  add("two leaves in each other's places", "wrong-position", (l) => {
    [l[fresh][1], l[second][1]] = [l[second][1], l[fresh][1]];
  });
  add("a node after the tree is complete", "nodes-left-over", (l) => [
    { ...l[0], nodeCount: l[0].nodeCount + 1 },
    ...l.slice(1),
    ["empty"],
  ]);
  add("the tree not complete", "nodes-missing", (l) => [{ ...l[0], nodeCount: l[0].nodeCount - 1 }, ...l.slice(1, -1)]);
  add("an old leaf shown as an empty subtree", "not-collapsed", (l) => {
    l[leaf] = ["empty"];
  });
  add("257 inner nodes", "too-deep", (l) => [
    { ...l[0], nodeCount: 600 },
    ...l.slice(1, nodeAt),
    ...Array.from({ length: 600 }, () => ["inner"]),
  ]);
  hostile.push(...handMade());
  const fine = hostile.filter((one) => one.expect.code === "ok");
  for (const one of fine) one.expect = good[2]!.expect;
  return { good: [...good, ...fine], hostile: hostile.filter((one) => !fine.includes(one)) };
}

const fixedOther = "ab".repeat(32);

/** The last event's leaves taken off the list; where they stand, their hashes under another name. */
function hidden(lines: Json[], leafCount: number, kind: "same" | "added"): Json[] {
  const nodes = lines.slice(1 + leafCount).map((node) => {
    if (node[0] !== "new" || node[1] < leafCount - 2) return node;
    const { key, record } = lines[1 + node[1]];
    const path = sha(Uint8Array.from(Buffer.from(key, "hex")));
    return [kind, hex(leafHash(path, sha(sha(canonical(record)))))];
  });
  return [{ ...lines[0], leafCount: leafCount - 2 }, ...lines.slice(1, leafCount - 1), ...nodes];
}

const canonical = (record: Json) =>
  JSON.stringify(Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))));

/** Lists of nodes that break a rule of the archive's own under roots that nobody asked to match. */
function handMade(): Case[] {
  const leaves = leavesOf(1);
  const path = (i: number) => sha(Uint8Array.from(Buffer.from(leaves[i]!.key, "hex")));
  const half = (i: number) => path(i)[0]! >> 7;
  const [left, right] = half(0) === 0 ? [0, 1] : [1, 0];
  if (half(0) === half(1)) throw new Error("the leaves of event 1 should part at the first level");
  const one = (name: string, nodes: Json[], code: string, list: Json[] = leaves): Case => {
    const ask = { previousRoot: zeros, root: "11".repeat(32) };
    const header = {
      format: "sealtrail-archive/1",
      tree: genesis.tree,
      epoch: 0,
      ...ask,
      leafCount: list.length,
      nodeCount: nodes.length,
    };
    return { name, lines: texts([header, ...list, ...nodes]), ask, expect: no(code) };
  };
  return [
    one("two new leaves, another root", [["inner"], ["new", left], ["new", right]], "new-root-mismatch"),
    one(
      "a new leaf beside an empty subtree",
      [["inner"], ["inner"], ["new", left], ["empty"], ["new", right]].map((n) =>
        n[0] === "new" && n[1] === left ? ["new", left] : n,
      ),
      half3(path(left)),
      leaves,
    ),
    one(
      "an old leaf beside an empty subtree",
      [["inner"], ["leaf", `00${"1".repeat(62)}`, zeros], ["empty"]],
      "nothing-added",
    ),
    one("two empty subtrees", [["inner"], ["empty"], ["empty"]], "nothing-added"),
    one(
      "nothing new below",
      [["inner"], ["inner"], ["same", "22".repeat(32)], ["same", "33".repeat(32)], ["new", right]],
      "nothing-added",
    ),
    one("leaves and no tree", [["empty"]], "leaf-unused"),
    one("no leaves, nothing new, another root", [["empty"]], "new-root-mismatch", []),
  ];
}

/** A leaf two levels down on the left: in its place, or not. */
function half3(path: Uint8Array): string {
  return (path[0]! >> 6) % 2 === 0 ? "not-collapsed" : "wrong-position";
}
