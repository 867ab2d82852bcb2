// ICS23 messages: our proofs exported, the malformed tree that ICS23's own rule accepts both answers about, and mutations.
import { toIcs23 } from "@sealtrail/smt/ics23";
import {
  type Case,
  fixed,
  fixedHex,
  hex,
  innerHash,
  type Json,
  keyOf,
  leafHash,
  no,
  ok,
  sha,
  treeOf,
  valueFor,
} from "./common.ts";

const order = (n: number) => hex(sha(keyOf(n)));

/** Protobuf by hand: [field, number | bytes | nested fields]. */
type Field = [number, number | Uint8Array | Field[]];

function varint(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...varint(n >> 7)];
}

export function protobuf(fields: Field[]): Uint8Array {
  const bytes: number[] = [];
  for (const [field, value] of fields) {
    if (typeof value === "number") bytes.push(...varint(field * 8), ...varint(value));
    else {
      const inside = value instanceof Uint8Array ? value : protobuf(value);
      bytes.push(...varint(field * 8 + 2), ...varint(inside.length), ...inside);
    }
  }
  return Uint8Array.from(bytes);
}

const leafOp: Field = [
  3,
  [
    [1, 1],
    [2, 1],
    [3, 1],
    [5, Uint8Array.of(0)],
  ],
];
type Op = [bit: 0 | 1, sibling: Uint8Array];
const op = ([side, sibling]: Op): Field => [
  4,
  side
    ? [
        [1, 1],
        [2, Uint8Array.of(1, ...sibling)],
      ]
    : [
        [1, 1],
        [2, Uint8Array.of(1)],
        [3, sibling],
      ],
];
const exist = (n: number, ops: Op[], leaf = leafOp): Field[] => [[1, keyOf(n)], [2, valueFor(n)], leaf, ...ops.map(op)];

export function ics23(): { [file: string]: Case[] } {
  const good: Case[] = [];
  const members = Array.from({ length: 33 }, (_, i) => i);
  const tree = treeOf(members);
  const root = hex(tree.root);
  const sorted = [...members].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const around = (n: number) => {
    const left = sorted.filter((k) => order(k) < order(n)).at(-1);
    const right = sorted.find((k) => order(k) > order(n));
    return {
      ...(left === undefined ? {} : { left: tree.prove(keyOf(left)) }),
      ...(right === undefined ? {} : { right: tree.prove(keyOf(right)) }),
    };
  };
  const has = (name: string, n: number) =>
    good.push({
      name,
      hex: hex(toIcs23(tree.prove(keyOf(n)))),
      ask: { root, key: hex(keyOf(n)), value: hex(valueFor(n)) },
      expect: ok({ type: "inclusion" }),
    });
  const lacks = (name: string, n: number) =>
    good.push({
      name,
      hex: hex(toIcs23(tree.prove(keyOf(n)), around(n))),
      ask: { root, key: hex(keyOf(n)) },
      expect: ok({ type: "exclusion" }),
    });
  const first = (wanted: (n: number) => boolean) => {
    for (let n = 1000; ; n++) if (wanted(n)) return n;
  };
  has("first leaf", sorted[0]!);
  has("middle leaf", sorted[16]!);
  has("last leaf", sorted[32]!);
  lacks(
    "absent left of all",
    first((n) => order(n) < order(sorted[0]!)),
  );
  lacks(
    "absent between two",
    first((n) => order(n) > order(sorted[10]!) && order(n) < order(sorted[22]!)),
  );
  lacks(
    "absent right of all",
    first((n) => order(n) > order(sorted[32]!)),
  );
  const single = treeOf(1);
  const lone = first((n) => order(n) > order(0));
  good.push({
    name: "one leaf, present",
    hex: hex(toIcs23(single.prove(keyOf(0)))),
    ask: { root: hex(single.root), key: hex(keyOf(0)), value: hex(valueFor(0)) },
    expect: ok({ type: "inclusion" }),
  });
  good.push({
    name: "one leaf, absent",
    hex: hex(toIcs23(single.prove(keyOf(lone)), { left: single.prove(keyOf(0)) })),
    ask: { root: hex(single.root), key: hex(keyOf(lone)) },
    expect: ok({ type: "exclusion" }),
  });

  // A malformed tree: three leaves in path order, all in the left half; the middle one under the right child.
  const lefts = members.filter((n) => sha(keyOf(n))[0]! < 128).sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const [a, b, c] = lefts as [number, number, number];
  const leafOf = (n: number) => leafHash(sha(keyOf(n)), sha(valueFor(n)));
  const pair = innerHash(leafOf(a), leafOf(c));
  const forged = hex(innerHash(pair, leafOf(b)));
  const both = [
    {
      name: "malformed tree: membership of the middle leaf",
      hex: hex(protobuf([[1, exist(b, [[1, pair]])]])),
      ask: { root: forged, key: hex(keyOf(b)), value: hex(valueFor(b)) },
      expect: ok({ type: "inclusion" }),
    },
    {
      name: "malformed tree: non-membership of the same leaf",
      hex: hex(
        protobuf([
          [
            2,
            [
              [1, sha(keyOf(b))],
              [
                2,
                exist(a, [
                  [0, leafOf(c)],
                  [0, leafOf(b)],
                ]),
              ],
              [
                3,
                exist(c, [
                  [1, leafOf(a)],
                  [0, leafOf(b)],
                ]),
              ],
            ],
          ],
        ]),
      ),
      ask: { root: forged, key: hex(keyOf(b)) },
      expect: ok({ type: "exclusion" }),
    },
  ];

  const hostile: Case[] = [];
  const one = good[1]!;
  const absent = good[4]!;
  const add = (name: string, code: string, bytes: string, ask: Json) =>
    hostile.push({ name, hex: bytes, ask, expect: no(code) });
  const { value, ...noValue } = one.ask;
  add("nothing", "unsupported", "", one.ask);
  add("cut short", "bad-encoding", one.hex.slice(0, -2), one.ask);
  add("a byte too many", "bad-encoding", `${one.hex}00`, one.ask);
  add("an unknown field", "bad-encoding", `${one.hex}2a00`, one.ask);
  add("two proofs", "bad-encoding", one.hex + absent.hex, one.ask);
  add("the same proof twice", "bad-encoding", one.hex + one.hex, one.ask);
  add("a batch", "unsupported", "1a00", one.ask);
  add("a compressed batch", "unsupported", "2200", one.ask);
  add("no value asked for", "value-required", one.hex, noValue);
  add("a value asked for", "wrong-type", absent.hex, { ...absent.ask, value: "00" });
  add("another value", "value-differs", one.hex, { ...one.ask, value: "00" });
  add("another key", "key-differs", one.hex, { ...one.ask, key: hex(keyOf(99)) });
  add("another absent key", "key-differs", absent.hex, { ...absent.ask, key: hex(keyOf(99_999)) });
  add("another root", "root-mismatch", one.hex, { ...one.ask, root: fixedHex("root") });
  add("another root, absent", "root-mismatch", absent.hex, { ...absent.ask, root: fixedHex("root") });
  const s = fixed("sibling");
  const own = innerHash(leafOf(0), s);
  const askOwn = { root: hex(own), key: hex(keyOf(0)), value: hex(valueFor(0)) };
  const made = (name: string, code: string, proof: Field[], ask: Json = askOwn) =>
    add(name, code, hex(protobuf([[1, proof]])), ask);
  const fold = (ops: Field[], leaf: Field = leafOp): Field[] => [[1, keyOf(0)], [2, valueFor(0)], leaf, ...ops];
  good.push({
    name: "made by hand",
    hex: hex(protobuf([[1, fold([op([0, s])])]])),
    ask: askOwn,
    expect: ok({ type: "inclusion" }),
  });
  made("no leaf operation", "wrong-spec", [[1, keyOf(0)], [2, valueFor(0)], op([0, s])]);
  made(
    "leaf: another hash",
    "wrong-spec",
    fold(
      [op([0, s])],
      [
        3,
        [
          [1, 2],
          [2, 1],
          [3, 1],
          [5, Uint8Array.of(0)],
        ],
      ],
    ),
  );
  made(
    "leaf: key not hashed",
    "wrong-spec",
    fold(
      [op([0, s])],
      [
        3,
        [
          [1, 1],
          [3, 1],
          [5, Uint8Array.of(0)],
        ],
      ],
    ),
  );
  made(
    "leaf: value not hashed",
    "wrong-spec",
    fold(
      [op([0, s])],
      [
        3,
        [
          [1, 1],
          [2, 1],
          [5, Uint8Array.of(0)],
        ],
      ],
    ),
  );
  made(
    "leaf: with lengths",
    "wrong-spec",
    fold(
      [op([0, s])],
      [
        3,
        [
          [1, 1],
          [2, 1],
          [3, 1],
          [4, 1],
          [5, Uint8Array.of(0)],
        ],
      ],
    ),
  );
  made(
    "leaf: prefix of an inner node",
    "wrong-spec",
    fold(
      [op([0, s])],
      [
        3,
        [
          [1, 1],
          [2, 1],
          [3, 1],
          [5, Uint8Array.of(1)],
        ],
      ],
    ),
  );
  made(
    "inner: another hash",
    "wrong-spec",
    fold([
      [
        4,
        [
          [1, 2],
          [2, Uint8Array.of(1)],
          [3, s],
        ],
      ],
    ]),
  );
  made(
    "inner: prefix of a leaf",
    "wrong-spec",
    fold([
      [
        4,
        [
          [1, 1],
          [2, Uint8Array.of(0)],
          [3, s],
        ],
      ],
    ]),
  );
  made(
    "inner: two siblings",
    "wrong-spec",
    fold([
      [
        4,
        [
          [1, 1],
          [2, Uint8Array.of(1, ...s)],
          [3, s],
        ],
      ],
    ]),
  );
  made(
    "inner: sibling a byte short",
    "wrong-spec",
    fold([
      [
        4,
        [
          [1, 1],
          [2, Uint8Array.of(1)],
          [3, s.slice(1)],
        ],
      ],
    ]),
  );
  made(
    "inner: no sibling",
    "wrong-spec",
    fold([
      [
        4,
        [
          [1, 1],
          [2, Uint8Array.of(1)],
        ],
      ],
    ]),
  );
  made("257 operations", "wrong-spec", fold(Array.from({ length: 257 }, () => op([0, s]))));
  made(
    "a default written out",
    "bad-encoding",
    fold(
      [op([0, s])],
      [
        3,
        [
          [1, 1],
          [2, 1],
          [3, 1],
          [4, 0],
          [5, Uint8Array.of(0)],
        ],
      ],
    ),
  );
  made("fields in another order", "bad-encoding", [[2, valueFor(0)], [1, keyOf(0)], leafOp, op([0, s])]);
  made("a key twice", "bad-encoding", [[1, keyOf(0)], [1, keyOf(0)], [2, valueFor(0)], leafOp, op([0, s])]);
  const inside = protobuf(fold([op([0, s])]));
  const long = [(inside.length & 127) | 128, (inside.length >> 7) | 128, 0];
  add("a long varint", "bad-encoding", hex(Uint8Array.of(0x0a, ...long, ...inside)), askOwn);

  const nonexist = (
    name: string,
    code: string,
    key: Uint8Array,
    left: Field[] | undefined,
    right: Field[] | undefined,
    ask: Json,
  ) =>
    add(
      name,
      code,
      hex(protobuf([[2, [[1, key], ...(left ? [[2, left] as Field] : []), ...(right ? [[3, right] as Field] : [])]]])),
      ask,
    );
  const middle = sorted[16]!;
  const opsOf = (n: number): Op[] => {
    const proof = tree.prove(keyOf(n));
    const path = sha(keyOf(n));
    const bitmap = Uint8Array.from(Buffer.from(proof.bitmap, "hex"));
    let next = 0;
    const ops: Op[] = [];
    for (let level = 0; level < proof.depth; level++) {
      const full = bitmap[level >> 3]! & (128 >> (level & 7));
      const sibling = full ? Uint8Array.from(Buffer.from(proof.siblings[next++]!, "hex")) : new Uint8Array(32);
      ops.unshift([((path[level >> 3]! >> (7 - (level & 7))) & 1) as 0 | 1, sibling]);
    }
    return ops;
  };
  const existOf = (n: number) => exist(n, opsOf(n));
  const askMiddle = { root, key: hex(keyOf(middle)) };
  nonexist("no neighbours", "not-neighbours", sha(keyOf(middle)), undefined, undefined, askMiddle);
  nonexist(
    "a leaf between the neighbours",
    "not-neighbours",
    sha(keyOf(middle)),
    existOf(sorted[15]!),
    existOf(sorted[17]!),
    askMiddle,
  );
  nonexist("only the left neighbour", "not-neighbours", sha(keyOf(middle)), existOf(sorted[15]!), undefined, askMiddle);
  nonexist(
    "only the right neighbour",
    "not-neighbours",
    sha(keyOf(middle)),
    undefined,
    existOf(sorted[17]!),
    askMiddle,
  );
  nonexist(
    "the key itself as its neighbour",
    "not-neighbours",
    sha(keyOf(middle)),
    existOf(sorted[15]!),
    existOf(middle),
    askMiddle,
  );
  nonexist(
    "neighbours exchanged",
    "not-neighbours",
    sha(keyOf(middle)),
    existOf(sorted[17]!),
    existOf(sorted[15]!),
    askMiddle,
  );
  nonexist("key not hashed", "key-differs", keyOf(middle), existOf(sorted[15]!), existOf(sorted[17]!), askMiddle);
  nonexist(
    "neighbours on the wrong side of the key",
    "not-neighbours",
    sha(keyOf(first((n) => order(n) < order(sorted[0]!)))),
    existOf(sorted[3]!),
    existOf(sorted[4]!),
    { root, key: hex(keyOf(first((n) => order(n) < order(sorted[0]!)))) },
  );
  return { good: [...good, ...both], hostile };
}
