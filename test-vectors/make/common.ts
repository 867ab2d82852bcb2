// What the makers of all kinds share: fixed pseudo-random bytes, entries, and mutations by name.
import { createHash } from "node:crypto";
import { bytesToHex, SparseMerkleTree } from "@sealtrail/smt";

// biome-ignore lint/suspicious/noExplicitAny: vectors are JSON that is broken on purpose
export type Json = any;

export interface Case {
  name: string;
  expect?: Json;
  [member: string]: Json;
}

export const sha = (...parts: (Uint8Array | string)[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const hex = bytesToHex;
export const zeros = "0".repeat(64);

/** 32 bytes that depend on their name alone. */
export const fixed = (name: string): Uint8Array => sha(`sealtrail test vectors: ${name}`);
/** 32 bytes, hex, that depend on their name alone. */
export const fixedHex = (name: string): string => hex(fixed(name));

export const keyOf = (n: number): Uint8Array => utf8(`key ${n}`);
export const valueFor = (n: number): Uint8Array => utf8(`value ${n}`);

/** A tree of the entries 0 to count-1, or of those given. */
export function treeOf(members: number | readonly number[]): SparseMerkleTree {
  const tree = new SparseMerkleTree();
  const list = typeof members === "number" ? Array.from({ length: members }, (_, i) => i) : members;
  tree.insertMany(list.map((n) => [keyOf(n), valueFor(n)] as const));
  return tree;
}

export const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** `text` with one hex digit changed; `at` from the start, or from the end when negative. */
export function flip(text: string, at = 0): string {
  const i = at < 0 ? text.length + at : at;
  return text.slice(0, i) + (Number.parseInt(text[i]!, 16) ^ 1).toString(16) + text.slice(i + 1);
}

/** A copy with `change` made to it. */
export function changed(value: Json, change: (copy: Json) => void): Json {
  const copy = clone(value);
  change(copy);
  return copy;
}

export const ok = (rest: Json = {}): Json => ({ ok: true, ...rest });
export const no = (code: string): Json => ({ ok: false, code });
export const bit = (path: Uint8Array, depth: number): 0 | 1 => ((path[depth >> 3]! >> (7 - (depth & 7))) & 1) as 0 | 1;
export const leafHash = (path: Uint8Array, valueHash: Uint8Array): Uint8Array => sha(Uint8Array.of(0), path, valueHash);
export const innerHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha(Uint8Array.of(1), left, right);

/** Faults of shape that every JSON format refuses alike. */
export function shapeCases(good: Json, ask: Json, optional: readonly string[] = []): Case[] {
  const cases: Case[] = [
    { name: "shape: null", input: null, ask, expect: no("not-an-object") },
    { name: "shape: an array", input: [good], ask, expect: no("not-an-object") },
    { name: "shape: a text", input: JSON.stringify(good), ask, expect: no("not-an-object") },
    { name: "shape: unknown member", input: { ...good, extra: 1 }, ask, expect: no("unknown-field") },
    {
      name: "shape: __proto__ as a member",
      text: `{"__proto__":{},${JSON.stringify(good).slice(1)}`,
      ask,
      expect: no("unknown-field"),
    },
    {
      name: "shape: next version of the format",
      input: { ...good, format: good.format.replace("/1", "/2") },
      ask,
      expect: no("wrong-format"),
    },
    { name: "shape: format is a number", input: { ...good, format: 1 }, ask, expect: no("wrong-format") },
    { name: "text: as it is", text: JSON.stringify(good), ask, expect: undefined },
    {
      name: "text: members in reverse, much white space",
      text: JSON.stringify(Object.fromEntries(Object.entries(good).reverse()), null, "\t"),
      ask,
      expect: undefined,
    },
    { name: "text: byte order mark", text: `\ufeff${JSON.stringify(good)}`, ask, expect: no("byte-order-mark") },
    {
      name: "text: member twice",
      text: `{"format":${JSON.stringify(good.format)},${JSON.stringify(good).slice(1)}`,
      ask,
      expect: no("duplicate-key"),
    },
    {
      name: "text: member twice, once escaped",
      text: `{"\\u0066ormat":"x",${JSON.stringify(good).slice(1)}`,
      ask,
      expect: no("duplicate-key"),
    },
    { name: "text: two values", text: `${JSON.stringify(good)}{}`, ask, expect: no("trailing-bytes") },
    { name: "text: cut short", text: JSON.stringify(good).slice(0, -1), ask, expect: no("not-json") },
    { name: "text: comma before the end", text: `${JSON.stringify(good).slice(0, -1)},}`, ask, expect: no("not-json") },
  ];
  for (const member of Object.keys(good)) {
    if (optional.includes(member)) continue;
    const { [member]: _, ...rest } = good;
    cases.push({ name: `shape: no ${member}`, input: rest, ask, expect: no("missing-field") });
  }
  return cases;
}
