// The hashes of section 1 and 2, one by one, and roots of whole trees.
import { bytesToHex } from "@sealtrail/smt";
import { recordValue } from "@sealtrail/smt/record";
import { canonicalEvent, censoredKey, contentHash, genesisHash, rawKey, saltOf, sealed } from "@sealtrail/verify/event";
import {
  bit,
  type Case,
  fixed,
  hex,
  innerHash,
  keyOf,
  leafHash,
  ok,
  sha,
  treeOf,
  utf8,
  valueFor,
  zeros,
} from "./common.ts";
import { eventOf, genesis, leavesOf } from "./trail.ts";

const hashed = (name: string, rule: string, of: unknown, hash: Uint8Array | string): Case => ({
  name,
  rule,
  of,
  expect: ok({ hash: typeof hash === "string" ? hash : bytesToHex(hash) }),
});

export function hashing(): { [file: string]: Case[] } {
  const [a, b] = [fixed("a"), fixed("b")];
  const contentSalt = fixed("content salt");
  const salt = saltOf(contentSalt);
  const event = eventOf(3);
  const unicode = {
    ...event,
    description: 'caf\u00e9 \u{1f600} \u2028 " \\ \u0007',
    metadata: { "\u20ac": 1e-7, "\r": [1, 0.1, null], "1": {} },
  };
  const { category, createdAt, id, type } = event;
  const records = leavesOf(3).map((leaf) => leaf.record);
  const without = { ...records[0]!, chainPrev: null };
  return {
    hashing: [
      hashed("path of one byte", "path", { key: "00" }, sha(Uint8Array.of(0))),
      hashed("path of 32 bytes", "path", { key: hex(a) }, sha(a)),
      hashed("path of 1,024 bytes", "path", { key: "ab".repeat(1024) }, sha(new Uint8Array(1024).fill(0xab))),
      hashed("value of 32 bytes", "value", { value: hex(b) }, sha(b)),
      hashed("leaf", "leaf", { path: hex(a), valueHash: hex(b) }, leafHash(a, b)),
      hashed("inner node", "inner", { left: hex(a), right: hex(b) }, innerHash(a, b)),
      hashed(
        "inner node with an empty side",
        "inner",
        { left: zeros, right: hex(b) },
        innerHash(new Uint8Array(32), b),
      ),
      hashed("salt", "salt", { contentSalt: hex(contentSalt) }, salt),
      hashed("raw key", "raw", { salt: hex(salt), event }, rawKey(salt, canonicalEvent(event))),
      hashed(
        "raw key of an event with odd characters",
        "raw",
        { salt: hex(salt), event: unicode },
        rawKey(salt, canonicalEvent(unicode)),
      ),
      hashed("censored key", "censored", { event: { category, createdAt, id, type } }, censoredKey(event)),
      hashed(
        "content",
        "content",
        { contentSalt: hex(contentSalt), content: hex(utf8("what was said")) },
        contentHash(contentSalt, utf8("what was said")),
      ),
      hashed(
        "no content",
        "content",
        { contentSalt: hex(contentSalt), content: "" },
        contentHash(contentSalt, new Uint8Array(0)),
      ),
      hashed(
        "sealed",
        "sealed",
        { contentSalt: hex(contentSalt), bytes: hex(utf8("prompt")) },
        sealed(contentSalt, utf8("prompt")),
      ),
      hashed("genesis", "genesis", { genesis }, genesisHash(genesis)),
      hashed("record of a raw leaf", "record", { record: records[0] }, recordValue(records[0]!)),
      hashed("record of a censored leaf", "record", { record: records[1] }, recordValue(records[1]!)),
      hashed("record without a predecessor in its session", "record", { record: without }, recordValue(without)),
    ],
  };
}

type Leaf = [path: Uint8Array, valueHash: Uint8Array];

function rootOf(leaves: Leaf[], depth = 0): Uint8Array {
  if (leaves.length === 0) return new Uint8Array(32);
  if (leaves.length === 1) return leafHash(...leaves[0]!);
  const side = (b: 0 | 1) =>
    rootOf(
      leaves.filter(([path]) => bit(path, depth) === b),
      depth + 1,
    );
  return innerHash(side(0), side(1));
}

export function trees(): { [file: string]: Case[] } {
  const entries = (list: number[]) => list.map((n) => [hex(keyOf(n)), hex(valueFor(n))]);
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  const at = (name: string, bits: number[]): Leaf => {
    const path = fixed(name);
    for (const b of bits) path[b >> 3]! ^= 128 >> (b & 7);
    return [path, fixed(`value of ${name} ${bits}`)];
  };
  const chosen = (name: string, leaves: Leaf[]): Case => ({
    name,
    leaves: leaves.map(([path, valueHash]) => [hex(path), hex(valueHash)]),
    expect: ok({ root: hex(rootOf(leaves)) }),
  });
  return {
    tree: [
      ...[0, 1, 2, 3, 8, 33, 200].map((n) => ({
        name: `${n} entries`,
        entries: entries(range(n)),
        expect: ok({ root: hex(treeOf(n).root) }),
      })),
      {
        name: "33 entries in another order",
        entries: entries(range(33).reverse()),
        expect: ok({ root: hex(treeOf(33).root) }),
      },
      { name: "keys of 1 and 1,024 bytes, a value of 65,536", ...longEntries() },
      chosen("two paths that part at the last level", [at("deep", []), at("deep", [255])]),
      chosen("two paths that part at the first level", [at("deep", []), at("deep", [0])]),
      chosen("a path that parts from another at every level", [
        at("comb", []),
        ...range(256).map((b) => at("comb", [b])),
      ]),
      chosen("shared prefixes of 17 and 250 bits", [
        at("p", []),
        at("p", [17]),
        at("p", [17, 250]),
        at("p", [250]),
        at("p", [250, 255]),
      ]),
    ],
  };
}

function longEntries() {
  const short: [Uint8Array, Uint8Array] = [Uint8Array.of(7), Uint8Array.of(9)];
  const long: [Uint8Array, Uint8Array] = [new Uint8Array(1024).fill(1), new Uint8Array(65536).fill(2)];
  const root = rootOf([short, long].map(([key, value]) => [sha(key), sha(value)]));
  return { entries: [short, long].map(([key, value]) => [hex(key), hex(value)]), expect: ok({ root: hex(root) }) };
}
