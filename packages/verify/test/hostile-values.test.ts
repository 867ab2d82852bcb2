// Values that JSON.parse never returns, given to functions that take values: no getter or proxy makes a verifier throw, and
// none gets one answer checked and another one used.
import { SparseMerkleTree } from "@sealtrail/smt";
import { describe, expect, it } from "vitest";
import * as verify from "../src/index.js";

const bytes = (n: number) => new Uint8Array(32).fill(n);
const tree = new SparseMerkleTree();
tree.insert(bytes(1), bytes(2));
tree.commit();
tree.insert(bytes(3), bytes(4));
tree.insert(bytes(5), bytes(6));
tree.commit();
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
const checkpoint = {
  format: "sealtrail-checkpoint/1",
  tree: "00".repeat(16),
  version: 1,
  root: "11".repeat(32),
  leafCount: 2,
  firstSequence: 1,
  lastSequence: 1,
  epoch: 0,
  createdAt: "2026-01-01T00:00:00.000Z",
  lastSigned: 0,
  previous: "0".repeat(64),
};

const root = tree.root;
const readers: [string, Record<string, unknown>, (value: unknown) => { ok: boolean }][] = [
  [
    "proof",
    plain(tree.prove(bytes(3))),
    (v) => verify.verifyProof(v as verify.Proof, { root, key: bytes(3), value: bytes(4) }),
  ],
  ["parsed proof", plain(tree.prove(bytes(3))), (v) => verify.parseProof(v)],
  ["multiproof", plain(tree.proveMany([bytes(3), bytes(9)])), (v) => verify.verifyMultiproof(v, { root })],
  [
    "extension",
    plain(tree.proveExtension(1, 2)),
    (v) => verify.verifyExtension(v, { oldRoot: tree.rootAt(1), newRoot: root }),
  ],
  ["checkpoint", checkpoint, (v) => verify.parseCheckpoint(v)],
];

describe.each(readers)("%s", (_name, good, read) => {
  it("is good as it is", () => {
    expect(read(good).ok).toBe(true);
  });

  it("refuses what throws when it is read", () => {
    const refusing = () => {
      throw new Error("no");
    };
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const values: unknown[] = [revoked.proxy, new Proxy({ ...good }, { get: refusing })];
    values.push(new Proxy({ ...good }, { ownKeys: refusing }));
    for (const name of Object.keys(good)) {
      values.push(Object.defineProperty({ ...good }, name, { enumerable: true, get: refusing }));
      values.push({ ...good, [name]: revoked.proxy });
    }
    for (const value of values) {
      const verdict = read(value);
      expect(verdict).toMatchObject({ ok: false, code: expect.stringMatching(/^[a-z-]+$/) });
    }
  });
});

it("a checkpoint is what was checked", () => {
  for (const name of Object.keys(checkpoint)) {
    let reads = 0;
    const value = Object.defineProperty({ ...checkpoint }, name, {
      enumerable: true,
      get: () => (reads++ === 0 ? checkpoint[name as keyof typeof checkpoint] : "another"),
    });
    const parsed = verify.parseCheckpoint(value);
    expect(parsed).toEqual({ ok: true, checkpoint });
  }
});
