// Exhaustive in a small scope, for single proofs: every proof of up to two levels (three in the long run) over every tree of one,
// malformed ones included, with ideal hashes in place of SHA-256. What is accepted is compared with the tree behind the root.
import { expect, it, vi } from "vitest";
import { bytesToHex } from "../src/formats/hex.js";
import { verifyProof } from "../src/proof/verify.js";
import type { ModelNode } from "./model.js";
import { allTrees, heldAt, type Symbols, symbols, text } from "./symbols.js";

const long = Number(process.env.SEALTRAIL_RUNS ?? 0) >= 1_000_000;

// Keys are the bytes 0 to 3, values the bytes from 128 on; all else that is hashed has 65 bytes.
const shared: { s?: Symbols } = vi.hoisted(() => ({}));
vi.mock("../src/hash/sha256.js", () => ({
  sha256: (message: Uint8Array) =>
    message[0]! < 128 ? shared.s!.path(message[0]!) : shared.s!.valueHash(message[0]! - 128),
}));
vi.mock("../src/hash/compress.js", async (original) => ({
  ...(await original<object>()),
  hash65(prefix: number, p: Int32Array, pi: number, q: Int32Array, qi: number, out: Int32Array, at: number) {
    const bytes = (from: Int32Array, i: number) => {
      const b = new Uint8Array(32);
      const view = new DataView(b.buffer);
      for (let w = 0; w < 8; w++) view.setInt32(4 * w, from[i + w]!);
      return b;
    };
    const { hash } = shared.s!;
    const digest = (prefix === 0 ? hash.leaf : hash.inner)(bytes(p, pi), bytes(q, qi));
    const view = new DataView(digest.buffer);
    for (let w = 0; w < 8; w++) out[at + w] = view.getInt32(4 * w);
  },
}));

function* sequences<T>(items: readonly T[], length: number): Generator<T[]> {
  if (length === 0) yield [];
  else for (const rest of sequences(items, length - 1)) for (const item of items) yield [...rest, item];
}

it("proofs say nothing false", () => {
  const s = symbols(2);
  shared.s = s;
  const leaves = Array.from({ length: 4 }, (_, n) => ({ path: s.path(n), valueHash: s.valueHash(0) }));
  const trees = allTrees([...leaves, { path: s.path(0), valueHash: s.valueHash(1) }], 1);
  type End = "absent" | { value: number } | { path: number; value: number };
  const ends: End[] = [
    "absent",
    { value: 0 },
    { value: 1 },
    ...[0, 1, 2, 3].flatMap((path) => [0, 1].map((value) => ({ path, value }))),
  ];
  let proofs = 0;
  let accepted = 0;
  const answers = new Map<string, Set<string>>();
  const empty = new Uint8Array(32);
  for (let depth = 0; depth <= (long ? 3 : 2); depth++) {
    const few = depth === 3 ? trees.filter((_, i) => i % 4 === 0) : trees;
    for (const siblings of sequences(few, depth)) {
      const hashes = siblings.map((tree) => (tree === null ? empty : s.of(tree)));
      const bits = siblings.reduce((sum, tree, level) => sum | (tree === null ? 0 : 128 >> level), 0);
      for (let key = 0; key < 4; key++)
        for (const end of ends) {
          proofs++;
          const inclusion = end !== "absent" && !("path" in end);
          let node: ModelNode =
            end === "absent"
              ? null
              : { path: s.path("path" in end ? end.path : key), valueHash: s.valueHash(end.value) };
          let root = end === "absent" ? empty : s.of(node);
          for (let level = depth - 1; level >= 0; level--) {
            const right = (key >> (1 - level)) & 1; // bits past the second are 0
            const [sibling, tree] = [hashes[level]!, siblings[level]!];
            root = right ? s.hash.inner(sibling, root) : s.hash.inner(root, sibling);
            node = right ? { left: tree, right: node } : { left: node, right: tree };
          }
          const value = inclusion ? Uint8Array.of(128 + end.value) : undefined;
          const rest = {
            root: bytesToHex(root),
            key: bytesToHex(Uint8Array.of(key)),
            depth,
            bitmap: depth === 0 ? "" : bytesToHex(Uint8Array.of(bits)),
            siblings: hashes.filter((h) => h !== empty).map(bytesToHex),
          };
          const terminal =
            end !== "absent" && "path" in end
              ? { path: bytesToHex(s.path(end.path)), valueHash: bytesToHex(s.valueHash(end.value)) }
              : null;
          const verdict = verifyProof(
            value
              ? { format: "smt-proof/1", type: "inclusion", value: bytesToHex(value), ...rest }
              : { format: "smt-proof/1", type: "exclusion", terminal, ...rest },
            { root, key: Uint8Array.of(key), ...(value ? { value } : {}) },
          );
          if (!verdict.ok) {
            if (verdict.code === "root-mismatch") throw new Error("folds otherwise");
            continue;
          }
          accepted++;
          // The truth, by the bits of the key, in the tree that has this root.
          const held = heldAt(node, s.path(key));
          const said = inclusion ? text(s.valueHash(end.value)) : undefined;
          if (held !== said) throw new Error(`false: key ${key}, ${JSON.stringify(node)}`);
          const about = `${key} ${text(root)}`;
          answers.set(about, (answers.get(about) ?? new Set()).add(String(said)));
        }
    }
  }
  // And no root gives two answers about one key.
  for (const [about, given] of answers) if (given.size > 1) throw new Error(`two answers: ${about}`);
  expect(accepted).toBeGreaterThan(1000);
  console.info(`proof, 4 paths: ${proofs} proofs, ${accepted} accepted, 0 false`);
});
