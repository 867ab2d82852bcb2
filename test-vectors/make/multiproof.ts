// Proofs of many keys: good ones over trees of every shape, hand-made ones at the hashing layer, and mutations.
import { hexToBytes, type Multiproof } from "@sealtrail/smt";
import { proveKeys } from "@sealtrail/smt/prover";
import {
  bit,
  type Case,
  changed,
  clone,
  fixed,
  fixedHex,
  flip,
  hex,
  innerHash,
  type Json,
  keyOf,
  leafHash,
  no,
  ok,
  sha,
  shapeCases,
  treeOf,
  valueFor,
  zeros,
} from "./common.ts";

const order = (a: Uint8Array, b: Uint8Array) => (hex(sha(a)) < hex(sha(b)) ? -1 : 1);

function over(count: number, keys: readonly number[]): { proof: Multiproof; ask: { root: string }; expect: Json } {
  const tree = treeOf(count);
  const values = new Map(Array.from({ length: count }, (_, n) => [hex(keyOf(n)), valueFor(n)]));
  const proof = clone(proveKeys(tree.reader(), keys.map(keyOf), (key) => values.get(hex(key))));
  const sorted = keys.map(keyOf).sort(order);
  const present = sorted
    .filter((key) => values.has(hex(key)))
    .map((key) => ({ key: hex(key), value: hex(values.get(hex(key))!) }));
  const absent = sorted.filter((key) => !values.has(hex(key))).map(hex);
  return { proof, ask: { root: proof.root }, expect: ok({ present, absent }) };
}

/** The root of a node list as it stands, without any rule: to make lists whose only fault is the one meant. */
export function rootOfNodes(nodes: Json[], keys: Json[]): string {
  let next = 0;
  const read = (): Uint8Array => {
    const node = nodes[next++];
    if (node[0] === "inner") return innerHash(read(), read());
    if (node[0] === "hash") return hexToBytes(node[1]);
    if (node[0] === "empty") return new Uint8Array(32);
    if (node[0] === "other") return leafHash(hexToBytes(node[1]), hexToBytes(node[2]));
    return leafHash(sha(hexToBytes(keys[node[1]].key)), sha(hexToBytes(keys[node[1]].value)));
  };
  return hex(read());
}

/** A multiproof of hand-made nodes under the root that they make. */
function made(name: string, keys: Json[], nodes: Json[], expect: Json): Case {
  const root = rootOfNodes(nodes, keys);
  return { name, input: { format: "smt-multiproof/1", root, keys, nodes }, ask: { root }, expect };
}

/** The first entry number from `from` on whose path begins with these bits. */
export function numberAt(bits: string, from = 0): number {
  for (let n = from; ; n++) {
    const path = sha(keyOf(n));
    if ([...bits].every((b, i) => bit(path, i) === Number(b))) return n;
  }
}

function pathAt(bits: string, name: string): string {
  const path = fixed(name);
  [...bits].forEach((b, i) => {
    if (bit(path, i) !== Number(b)) path[i >> 3]! ^= 128 >> (i & 7);
  });
  return hex(path);
}

const h = (name: string) => ["hash", fixedHex(name)];

function handMade(): Case[] {
  const [zero, one] = [numberAt("00"), numberAt("10")];
  const zeroOne = numberAt("01");
  const has = (n: number) => ({ key: hex(keyOf(n)), value: hex(valueFor(n)) });
  const lacks = (n: number) => ({ key: hex(keyOf(n)) });
  const other = (bits: string) => ["other", pathAt(bits, `other ${bits}`), fixedHex("other value")];
  const proven = (present: number[], absent: number[]) =>
    ok({ present: present.map(has), absent: absent.map((n) => hex(keyOf(n))) });
  // One absent key, down 256 levels to an empty place, one full sibling at the bottom.
  const path = sha(keyOf(zero));
  const down = (end: Json, levels: number): Json[] => {
    const before: Json[] = [];
    const after: Json[] = [];
    for (let level = 0; level < levels; level++) {
      before.push(["inner"]);
      const sibling = level === levels - 1 ? h("bottom") : ["empty"];
      if (bit(path, level)) before.push(sibling);
      else after.unshift(sibling);
    }
    return [...before, end, ...after];
  };
  const nearKey = () => {
    const near = sha(keyOf(zero));
    near[31]! ^= 1;
    return hex(near);
  };
  return [
    made("absent at an empty place under 256 levels", [lacks(zero)], down(["empty"], 256), proven([], [zero])),
    made(
      "absent at another leaf under 255 levels",
      [lacks(zero)],
      down(["other", nearKey(), zeros], 255),
      proven([], [zero]),
    ),
    made("present under 256 levels", [has(zero)], down(["leaf", 0], 256), proven([zero], [])),
    made("257 levels", [lacks(zero)], down(["inner"], 256).concat([["empty"], ["empty"], h("more")]), no("too-deep")),
    made("other leaf at depth 256", [lacks(zero)], down(["other", nearKey(), zeros], 256), no("wrong-position")),
    made(
      "inner node without a key below",
      [has(zero)],
      [["inner"], ["leaf", 0], ["inner"], h("a"), h("b")],
      no("no-key-below"),
    ),
    made("a hash over a key", [has(zero), lacks(one)], [["inner"], ["leaf", 0], h("right")], no("key-below-hash")),
    made("a hash over the only key", [lacks(zero)], [h("all")], no("key-below-hash")),
    made("hash of zeros", [has(zero)], [["inner"], ["leaf", 0], ["hash", zeros]], no("zero-hash")),
    made("leaf beside an empty subtree", [has(zero)], [["inner"], ["leaf", 0], ["empty"]], no("not-collapsed")),
    made(
      "leaf beside an empty subtree where a key is absent",
      [has(zero), lacks(one)],
      [["inner"], ["leaf", 0], ["empty"]],
      no("not-collapsed"),
    ),
    made("two empty subtrees", [lacks(zero), lacks(one)], [["inner"], ["empty"], ["empty"]], no("not-collapsed")),
    made(
      "other leaf beside an empty subtree",
      [lacks(zero), lacks(one)],
      [["inner"], other("01"), ["empty"]],
      no("not-collapsed"),
    ),
    made("key with a value at an empty place", [has(zero)], [["inner"], ["empty"], h("right")], no("key-not-shown")),
    made("key with a value at another leaf", [has(zero)], [["inner"], other("01"), h("right")], no("key-not-shown")),
    made(
      "key with a value at another key's leaf",
      [has(zero), has(zeroOne)],
      [["inner"], ["leaf", 0], h("right")],
      no("key-not-shown"),
    ),
    made("other leaf in the wrong half", [lacks(zero)], [["inner"], other("1"), h("right")], no("wrong-position")),
    made("other leaf that no key reaches", [has(zero)], [["inner"], ["leaf", 0], other("1")], no("other-unreached")),
    made(
      "other leaf with the path of the key",
      [lacks(zero)],
      [["inner"], ["other", hex(sha(keyOf(zero))), zeros], h("right")],
      no("terminal-is-key"),
    ),
    made("leaf in the wrong half", [has(one)], [["inner"], ["leaf", 0], h("right")], no("wrong-position")),
    made("leaf twice", [has(zero), has(one)], [["inner"], ["leaf", 0], ["leaf", 0]], no("duplicate-leaf")),
    made(
      "absent at a key's leaf, beside the key itself",
      [has(zero), lacks(zeroOne)],
      [["inner"], ["leaf", 0], h("right")],
      proven([zero], [zeroOne]),
    ),
    made(
      "an empty subtree stands as a sibling",
      [has(zero), has(zeroOne)],
      [["inner"], ["inner"], ["leaf", 0], ["leaf", 1], ["empty"]],
      proven([zero, zeroOne], []),
    ),
  ];
}

function mutations(name: string, proof: Multiproof, ask: Json): Case[] {
  const cases: Case[] = [];
  const add = (what: string, code: string, change: (copy: Json) => void, otherAsk: Json = ask) =>
    cases.push({ name: `${name}: ${what}`, input: changed(proof, change), ask: otherAsk, expect: no(code) });
  const inclusion = proof.keys.findIndex((entry) => entry.value !== undefined);
  const exclusion = proof.keys.findIndex((entry) => entry.value === undefined);
  const at = (kind: string) => proof.nodes.findIndex((node) => node[0] === kind);
  add("root changed", "root-differs", (p) => {
    p.root = flip(p.root);
  });
  add(
    "root changed on both sides",
    "root-mismatch",
    (p) => {
      p.root = flip(p.root);
    },
    { root: flip(ask.root) },
  );
  add("root in upper case", "bad-hex", (p) => {
    p.root = `A${p.root.slice(1)}`;
  });
  add("no keys", "key-count", (p) => {
    p.keys = [];
  });
  add("keys no list", "bad-field", (p) => {
    p.keys = {};
  });
  add("nodes no list", "bad-field", (p) => {
    p.nodes = "";
  });
  add("no nodes", "nodes-missing", (p) => {
    p.nodes = [];
  });
  add("last node left out", "nodes-missing", (p) => p.nodes.pop());
  add("last node twice", "nodes-left-over", (p) => p.nodes.push(p.nodes.at(-1)));
  add("first key twice", "keys-not-ascending", (p) => p.keys.splice(1, 0, p.keys[0]));
  add("key with one more member", "unknown-field", (p) => {
    p.keys[0].path = zeros;
  });
  add("key entry null", "bad-field", (p) => {
    p.keys[0] = null;
  });
  add("entry without a key", "missing-field", (p) => {
    delete p.keys[0].key;
  });
  add("empty key", "wrong-length", (p) => {
    p.keys[0].key = "";
  });
  add("key of 1,025 bytes", "wrong-length", (p) => {
    p.keys[0].key = "00".repeat(1025);
  });
  add("value null", "bad-field", (p) => {
    p.keys[0].value = null;
  });
  add("empty value", "wrong-length", (p) => {
    p.keys[0].value = "";
  });
  add("node of an unknown kind", "bad-node", (p) => {
    p.nodes[0] = ["same", zeros];
  });
  add("node a text", "bad-node", (p) => {
    p.nodes[0] = "inner";
  });
  add("node an empty list", "bad-node", (p) => {
    p.nodes[0] = [];
  });
  add("node with one more member", "bad-node", (p) => p.nodes[0].push(0));
  add("more nodes than the caller allows", "too-many-nodes", () => {}, {
    ...ask,
    limits: { nodes: proof.nodes.length - 1 },
  });
  if (proof.keys.length > 1) {
    add("keys in reverse", "keys-not-ascending", (p) => p.keys.reverse());
  }
  if (inclusion >= 0) {
    add("value changed", "root-mismatch", (p) => {
      p.keys[inclusion].value = flip(p.keys[inclusion].value);
    });
    add("value left out", "bad-leaf-index", (p) => {
      // Its leaf now names a key without a value; the first such leaf in preorder is met first.
      delete p.keys[inclusion].value;
    });
    const leaf = at("leaf");
    for (const [what, index] of [
      ["past the end", proof.keys.length],
      ["-1", -1],
      ["0.5", 0.5],
      ["a text", "0"],
      ["null", null],
    ] as const)
      add(`leaf index ${what}`, "bad-leaf-index", (p) => {
        p.nodes[leaf][1] = index;
      });
  }
  if (exclusion >= 0 && proof.nodes.length > 1)
    add("a value for an absent key", "key-not-shown", (p) => {
      p.keys[exclusion].value = "00";
    });
  const hash = at("hash");
  if (hash >= 0) {
    add("hash changed", "root-mismatch", (p) => {
      p.nodes[hash][1] = flip(p.nodes[hash][1]);
    });
    add("hash of zeros", "zero-hash", (p) => {
      p.nodes[hash][1] = zeros;
    });
    add("hash in upper case", "bad-hex", (p) => {
      p.nodes[hash][1] = `A${p.nodes[hash][1].slice(1)}`;
    });
    add("hash a byte short", "wrong-length", (p) => {
      p.nodes[hash][1] = p.nodes[hash][1].slice(2);
    });
    add("hash a number", "bad-node", (p) => {
      p.nodes[hash][1] = 5;
    });
  }
  const other = at("other");
  if (other >= 0) {
    add("other leaf's value changed", "root-mismatch", (p) => {
      p.nodes[other][2] = flip(p.nodes[other][2]);
    });
    add("other leaf's path changed at its end", "root-mismatch", (p) => {
      p.nodes[other][1] = flip(p.nodes[other][1], -1);
    });
    add("other leaf without a value", "bad-node", (p) => p.nodes[other].pop());
  }
  return cases;
}

export function multiproofs(): { [file: string]: Case[] } {
  const goods: [string, number, number[]][] = [
    ["empty tree, three keys", 0, [1, 2, 3]],
    ["one leaf, present", 1, [0]],
    ["one leaf, present and absent", 1, [0, 1, 2]],
    ["one leaf, absent", 1, [7]],
    ["33 leaves, one present", 33, [5]],
    ["33 leaves, one absent", 33, [100]],
    [
      "33 leaves, ten of each",
      33,
      [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109],
    ],
    ["33 leaves, all", 33, Array.from({ length: 33 }, (_, i) => i)],
    ["1000 leaves, forty", 1000, Array.from({ length: 40 }, (_, i) => i * 27)],
  ];
  const hand = handMade();
  const wide = over(33, [0, 3, 100, 101]);
  const good = goods.map(([name, count, keys]) => ({ name, ...over(count, keys) }));
  return {
    good: [
      ...good.map(({ name, proof, ask, expect }) => ({ name, input: proof, ask, expect })),
      ...hand.filter((one) => one.expect.ok),
    ],
    hostile: [
      ...good
        .filter(({ proof }) => proof.nodes.length > 1 && proof.keys.length < 30)
        .flatMap(({ name, proof, ask }) => mutations(name, proof, ask)),
      ...hand.filter((one) => !one.expect.ok),
      ...shapeCases(wide.proof, wide.ask).map((one) => ({ ...one, expect: one.expect ?? wide.expect })),
      {
        name: "20,001 keys",
        parts: [
          [`{"format":"smt-multiproof/1","root":"${zeros}","nodes":[],"keys":[`, 1],
          ['{"key":"00"},', 20_000],
          ['{"key":"00"}]}', 1],
        ],
        ask: { root: zeros },
        expect: no("key-count"),
      },
      {
        name: "1,000,001 nodes: more than a million JSON values",
        parts: [
          [`{"format":"smt-multiproof/1","root":"${zeros}","keys":[{"key":"00"}],"nodes":[`, 1],
          ['["inner"],', 1_000_000],
          ['["empty"]]}', 1],
        ],
        ask: { root: zeros },
        expect: no("too-large"),
      },
    ],
  };
}
