// Extension proofs: good ones between trees of every shape, hand-made ones at the hashing layer, and mutations.
import { type ExtensionProof, hexToBytes } from "@sealtrail/smt";
import { proveExtension } from "@sealtrail/smt/prover";
import {
  type Case,
  changed,
  clone,
  fixed,
  fixedHex,
  flip,
  hex,
  innerHash,
  type Json,
  leafHash,
  no,
  ok,
  shapeCases,
  treeOf,
  zeros,
} from "./common.ts";

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

function between(
  older: number[],
  newer: number[],
): { proof: ExtensionProof; ask: { oldRoot: string; newRoot: string } } {
  const proof = clone(proveExtension(treeOf(older).reader(), treeOf(newer).reader()));
  return { proof, ask: { oldRoot: proof.oldRoot, newRoot: proof.newRoot } };
}

type Side = { hash: Uint8Array; single: boolean } | undefined;

/** Both roots of a node list, with the collapse of lone leaves and no other rule. */
function rootsOf(nodes: Json[]): [string, string] {
  let next = 0;
  const join = (left: Side, right: Side): Side => {
    if (!left && !right) return undefined;
    if (!left && right!.single) return right;
    if (!right && left!.single) return left;
    const none = new Uint8Array(32);
    return { hash: innerHash(left?.hash ?? none, right?.hash ?? none), single: false };
  };
  const read = (): [Side, Side] => {
    const node = nodes[next++];
    if (node[0] === "empty") return [undefined, undefined];
    if (node[0] === "inner") {
      const [oldLeft, newLeft] = read();
      const [oldRight, newRight] = read();
      return [join(oldLeft, oldRight), join(newLeft, newRight)];
    }
    if (node[0] === "leaf") {
      const side = { hash: leafHash(hexToBytes(node[1]), hexToBytes(node[2])), single: true };
      return [side, side];
    }
    const side = { hash: hexToBytes(node[1]), single: false };
    return node[0] === "added" ? [undefined, side] : [side, side];
  };
  const [before, after] = read();
  return [before ? hex(before.hash) : zeros, after ? hex(after.hash) : zeros];
}

function made(name: string, nodes: Json[], expect: Json): Case {
  const [oldRoot, newRoot] = rootsOf(nodes);
  return { name, input: { format: "smt-extension/1", oldRoot, newRoot, nodes }, ask: { oldRoot, newRoot }, expect };
}

const same = (name: string) => ["same", fixedHex(name)];
const added = (name: string) => ["added", fixedHex(name)];

/** A leaf whose path begins with these bits. */
function leaf(bits: string): Json {
  const path = fixed(`path ${bits}`);
  [...bits].forEach((b, i) => {
    const mask = 128 >> (i & 7);
    path[i >> 3] = b === "1" ? path[i >> 3]! | mask : path[i >> 3]! & ~mask;
  });
  return ["leaf", hex(path), fixedHex(`value ${bits}`)];
}

function handMade(): Case[] {
  const zerosTo = (n: number) => "0".repeat(n);
  const chain = (levels: number, end: Json[], sibling: (level: number) => Json): Json[] => [
    ...Array.from({ length: levels }, () => ["inner"]),
    ...end,
    ...Array.from({ length: levels }, (_, i) => sibling(levels - 1 - i)),
  ];
  return [
    made(
      "a leaf that parts from a new one at the last of 256 levels",
      chain(256, [leaf(zerosTo(256))], (l) => (l === 255 ? added("deep") : ["empty"])),
      ok(),
    ),
    made(
      "257 levels",
      chain(257, [leaf(zerosTo(256))], (l) => (l === 256 ? added("deep") : ["empty"])),
      no("too-deep"),
    ),
    made(
      "something added at each of 256 levels",
      chain(256, [leaf(zerosTo(256))], (l) => added(`at ${l}`)),
      ok(),
    ),
    made(
      "a leaf sinks three levels, and beside it an empty one",
      [["inner"], ["inner"], ["inner"], leaf("000"), added("a"), ["empty"], ["empty"]],
      ok(),
    ),
    made(
      "two leaves that were together",
      [["inner"], ["inner"], leaf("00"), leaf("01"), added("a")],
      no("nothing-added"),
    ),
    made("nothing added under the root", [["inner"], same("a"), same("b")], no("nothing-added")),
    made("nothing added, one side empty", [["inner"], same("a"), ["empty"]], no("nothing-added")),
    made("nothing added, both sides empty", [["inner"], ["empty"], ["empty"]], no("nothing-added")),
    made("nothing added, a lone leaf", [["inner"], leaf("0"), ["empty"]], no("nothing-added")),
    made("all added, in two parts", [["inner"], added("a"), added("b")], no("old-side-empty")),
    made("all added, beside an empty side", [["inner"], added("a"), ["empty"]], no("old-side-empty")),
    made("old side empty below", [["inner"], same("a"), ["inner"], added("a"), added("b")], no("old-side-empty")),
    made("leaf in the wrong half", [["inner"], leaf("1"), added("a")], no("wrong-position")),
    made("leaf in the wrong quarter", [["inner"], ["inner"], leaf("01"), added("a"), same("b")], no("wrong-position")),
    made("added of zeros", [["inner"], leaf("0"), ["added", zeros]], no("zero-hash")),
    made("same of zeros", [["inner"], ["same", zeros], added("a")], no("zero-hash")),
    made("nothing became something", [added("all")], ok()),
    made("an old leaf given as same, unchanged", [["same", hex(leafHash(fixed("p"), fixed("v")))]], ok()),
  ];
}

/** An old leaf replaced by another: no list of nodes makes both roots. */
function removals(): Case[] {
  const { proof, ask } = between(range(0, 20), range(0, 24));
  const reversed = { oldRoot: ask.newRoot, newRoot: ask.oldRoot };
  const cases: Case[] = [
    { name: "roots asked for in reverse", input: proof, ask: reversed, expect: no("old-root-differs") },
    {
      name: "everything turned round",
      input: changed(proof, (p) => Object.assign(p, reversed)),
      ask: reversed,
      expect: no("old-root-mismatch"),
    },
  ];
  // The leaf that the older tree had alone is dropped: shown as empty, or covered by something added.
  const at = proof.nodes.findIndex((node) => node[0] === "leaf");
  if (at < 0) throw new Error("no leaf in the proof");
  cases.push(
    {
      name: "an old leaf shown as added",
      input: changed(proof, (p) => {
        p.nodes[at] = ["added", hex(leafHash(hexToBytes(p.nodes[at][1]), hexToBytes(p.nodes[at][2])))];
      }),
      ask,
      expect: undefined,
    },
    {
      name: "an old leaf with another value",
      input: changed(proof, (p) => {
        p.nodes[at][2] = flip(p.nodes[at][2]);
      }),
      ask,
      expect: no("old-root-mismatch"),
    },
  );
  return cases.filter((one) => one.expect !== undefined);
}

function mutations(name: string, proof: ExtensionProof, ask: Json): Case[] {
  const cases: Case[] = [];
  const add = (what: string, code: string, change: (copy: Json) => void, otherAsk: Json = ask) =>
    cases.push({ name: `${name}: ${what}`, input: changed(proof, change), ask: otherAsk, expect: no(code) });
  const at = (kind: string) => proof.nodes.findIndex((node) => node[0] === kind);
  add("old root changed", "old-root-differs", (p) => {
    p.oldRoot = flip(p.oldRoot);
  });
  add("new root changed", "new-root-differs", (p) => {
    p.newRoot = flip(p.newRoot);
  });
  add(
    "old root changed on both sides",
    "old-root-mismatch",
    (p) => {
      p.oldRoot = flip(p.oldRoot);
    },
    { ...ask, oldRoot: flip(ask.oldRoot) },
  );
  add(
    "new root changed on both sides",
    "new-root-mismatch",
    (p) => {
      p.newRoot = flip(p.newRoot);
    },
    { ...ask, newRoot: flip(ask.newRoot) },
  );
  add("old root in upper case", "bad-hex", (p) => {
    p.oldRoot = `A${p.oldRoot.slice(1)}`;
  });
  add("new root short", "wrong-length", (p) => {
    p.newRoot = p.newRoot.slice(2);
  });
  add("old root null", "bad-field", (p) => {
    p.oldRoot = null;
  });
  add("nodes no list", "bad-field", (p) => {
    p.nodes = null;
  });
  add("no nodes", "nodes-missing", (p) => {
    p.nodes = [];
  });
  add("one node too many", "nodes-left-over", (p) => p.nodes.push(["empty"]));
  add("node of an unknown kind", "bad-node", (p) => {
    p.nodes[0] = ["new", 0];
  });
  add("node with one more member", "bad-node", (p) => p.nodes[0].push("00"));
  add("node null", "bad-node", (p) => {
    p.nodes[0] = null;
  });
  add("more nodes than the caller allows", "too-many-nodes", () => {}, {
    ...ask,
    limits: { nodes: proof.nodes.length - 1 },
  });
  if (proof.nodes.length > 1) add("last node left out", "nodes-missing", (p) => p.nodes.pop());
  for (const kind of ["same", "added"] as const) {
    const i = at(kind);
    if (i < 0) continue;
    const mismatch = kind === "same" ? "old-root-mismatch" : "new-root-mismatch";
    add(`${kind} changed`, mismatch, (p) => {
      p.nodes[i][1] = flip(p.nodes[i][1]);
    });
    add(`${kind} of zeros`, "zero-hash", (p) => {
      p.nodes[i][1] = zeros;
    });
    add(`${kind} in upper case`, "bad-hex", (p) => {
      p.nodes[i][1] = `A${p.nodes[i][1].slice(1)}`;
    });
    add(`${kind} a digit short`, "wrong-length", (p) => {
      p.nodes[i][1] = p.nodes[i][1].slice(1);
    });
    add(`${kind} a number`, "bad-node", (p) => {
      p.nodes[i][1] = 1;
    });
  }
  const leafAt = at("leaf");
  if (leafAt >= 0) {
    add("leaf's value changed", "old-root-mismatch", (p) => {
      p.nodes[leafAt][2] = flip(p.nodes[leafAt][2]);
    });
    add("leaf's path changed at its end", "old-root-mismatch", (p) => {
      p.nodes[leafAt][1] = flip(p.nodes[leafAt][1], -1);
    });
    if (proof.nodes.length > 1)
      add("leaf's path in the other half", "wrong-position", (p) => {
        const path = p.nodes[leafAt][1];
        p.nodes[leafAt][1] = (Number.parseInt(path[0], 16) ^ 8).toString(16) + path.slice(1);
      });
    add("leaf without a value", "bad-node", (p) => p.nodes[leafAt].pop());
  }
  return cases;
}

export function extensions(): { [file: string]: Case[] } {
  const goods: [string, number[], number[]][] = [
    ["empty to empty", [], []],
    ["empty to one", [], [0]],
    ["empty to 33", [], range(0, 33)],
    ["one to one", [0], [0]],
    ["one to two", [0], [0, 1]],
    ["one to 33", [0], range(0, 33)],
    ["33 to 33", range(0, 33), range(0, 33)],
    ["33 to 34", range(0, 33), range(0, 34)],
    ["33 to 200", range(0, 33), range(0, 200)],
    ["20 to 24", range(0, 20), range(0, 24)],
    ["1000 to 1003", range(0, 1000), range(0, 1003)],
    ["two to 1000", [0, 1], range(0, 1000)],
  ];
  const hand = handMade();
  const good = goods.map(([name, older, newer]) => ({ name, ...between(older, newer) }));
  const wide = between(range(0, 33), range(0, 40));
  return {
    good: [
      ...good.map(({ name, proof, ask }) => ({ name, input: proof, ask, expect: ok() })),
      ...hand.filter((one) => one.expect.ok),
    ],
    hostile: [
      ...good
        .filter(({ name }) => !name.includes("1000"))
        .flatMap(({ name, proof, ask }) => mutations(name, proof, ask)),
      ...hand.filter((one) => !one.expect.ok),
      ...removals(),
      ...shapeCases(wide.proof, wide.ask).map((one) => ({ ...one, expect: one.expect ?? ok() })),
      {
        name: "1,000,001 nodes: more than a million JSON values",
        parts: [
          [`{"format":"smt-extension/1","oldRoot":"${zeros}","newRoot":"${zeros}","nodes":[`, 1],
          ['["inner"],', 1_000_000],
          ['["empty"]]}', 1],
        ],
        ask: { oldRoot: zeros, newRoot: zeros },
        expect: no("too-large"),
      },
      {
        name: "490,000 inner nodes",
        parts: [
          [`{"format":"smt-extension/1","oldRoot":"${zeros}","newRoot":"${zeros}","nodes":[`, 1],
          ['["inner"],', 490_000],
          ['["empty"]]}', 1],
        ],
        ask: { oldRoot: zeros, newRoot: zeros },
        expect: no("too-deep"),
      },
    ],
  };
}
