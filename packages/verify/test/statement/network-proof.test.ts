// The network's Merkle Patricia proof: the vendor's own vector, tries of ours, and no mutation that passes.
import { existsSync, readFileSync } from "node:fs";
import { PatriciaTrie } from "@sealtrail/devkit";
import { describe, expect, it } from "vitest";
import { type NetworkProof, verifyNetworkProof } from "../../src/statement/index.js";
import { nodeDigest } from "../../src/statement/signing.js";

const vector = new URL("../../../../shared/vectors/merkle-patricia-proof.json", import.meta.url);

type Mutation = [what: string, proof: unknown];

/** Every single change of one proof: each hex digit, each member, each node, plus foreign nodes. */
function* mutations(good: NetworkProof): Generator<Mutation> {
  const copy = () => structuredClone(good) as unknown as { path: string; witness: Record<string, unknown>[] };
  const turn = (hex: string, at: number) =>
    hex.slice(0, at) + ((Number.parseInt(hex[at]!, 16) + 1) % 16).toString(16) + hex.slice(at + 1);
  for (let at = 0; at < 64; at++) yield [`path digit ${at}`, { ...good, path: turn(good.path, at) }];
  if (/[a-f]/.test(good.path)) yield ["path upper case", { ...good, path: good.path.toUpperCase() }];
  yield ["path short", { ...good, path: good.path.slice(1) }];
  yield ["member more", { ...good, x: 1 }];
  yield ["no witness", { path: good.path }];
  yield ["empty witness", { ...good, witness: [] }];
  if (good.witness.length > 1) yield ["root first", { ...good, witness: [...good.witness].reverse() }];
  yield ["66 nodes", { ...good, witness: Array.from({ length: 66 }, (_, i) => good.witness[i % good.witness.length]) }];
  for (let i = 0; i < good.witness.length; i++) {
    const without = copy();
    without.witness.splice(i, 1);
    yield [`node ${i} gone`, without];
    const twice = copy();
    twice.witness.splice(i, 0, structuredClone(twice.witness[i]!));
    yield [`node ${i} twice`, twice];
    for (const type of ["Leaf", "Branch", "Extension", "leaf", "", 0]) {
      if (type === good.witness[i]!.type) continue;
      const other = copy();
      other.witness[i]!.type = type;
      yield [`node ${i} as ${type}`, other];
    }
    const more = copy();
    more.witness[i]!.x = 1;
    yield [`node ${i} with a member more`, more];
    const moreInside = copy();
    (moreInside.witness[i]!.contents as Record<string, unknown>).x = "00".repeat(32);
    yield [`node ${i} with a content more`, moreInside];
    for (const name of Object.keys(good.witness[i]!.contents)) {
      const gone = copy();
      delete (gone.witness[i]!.contents as Record<string, unknown>)[name];
      yield [`node ${i} without ${name}`, gone];
    }
    const strings = (o: Record<string, unknown>, trail: string[]): [string[], string][] =>
      Object.entries(o).flatMap(([k, v]): [string[], string][] =>
        typeof v === "string" ? [[[...trail, k], v]] : strings(v as Record<string, unknown>, [...trail, k]),
      );
    for (const [trail, text] of strings(good.witness[i]!.contents, [])) {
      const set = (change: (o: Record<string, unknown>, last: string) => void) => {
        const m = copy();
        let o = m.witness[i]!.contents as Record<string, unknown>;
        for (const k of trail.slice(0, -1)) o = o[k] as Record<string, unknown>;
        change(o, trail.at(-1)!);
        return m;
      };
      for (let at = 0; at < text.length; at++) {
        yield [
          `node ${i} ${trail} digit ${at}`,
          set((o, k) => {
            o[k] = turn(text, at);
          }),
        ];
      }
      yield [
        `node ${i} ${trail} longer`,
        set((o, k) => {
          o[k] = `${text}0`;
        }),
      ];
      if (text.length > 0)
        yield [
          `node ${i} ${trail} shorter`,
          set((o, k) => {
            o[k] = text.slice(1);
          }),
        ];
      if (/[a-f]/.test(text))
        yield [
          `node ${i} ${trail} upper case`,
          set((o, k) => {
            o[k] = text.toUpperCase();
          }),
        ];
      yield [
        `node ${i} ${trail} no string`,
        set((o, k) => {
          o[k] = 1;
        }),
      ];
      if (trail[0] === "pathsDigest") {
        yield [
          `node ${i} ${trail} gone`,
          set((o, k) => {
            delete o[k];
          }),
        ];
        const free = [..."0123456789abcdef"].find(
          (n) => !(n in (good.witness[i]!.contents as { pathsDigest: object }).pathsDigest),
        );
        if (free)
          yield [
            `node ${i} ${trail} moved`,
            set((o, k) => {
              o[free] = o[k];
              delete o[k];
            }),
          ];
        yield [
          `node ${i} ${trail} long nibble`,
          set((o, k) => {
            o[`0${k}`] = o[k];
            delete o[k];
          }),
        ];
      }
    }
  }
}

function noneHolds(good: NetworkProof, hash: string, root: string): number {
  let count = 0;
  for (const [what, proof] of mutations(good)) {
    count++;
    expect(verifyNetworkProof(proof, { hash, root }).ok, what).toBe(false);
  }
  return count;
}

describe.skipIf(!existsSync(vector))("the vendor's vector", () => {
  const { proof, rootHash } = existsSync(vector)
    ? JSON.parse(readFileSync(vector, "utf8"))
    : { proof: undefined, rootHash: "" };

  it("holds, and no mutation of it does", () => {
    expect(verifyNetworkProof(proof, { hash: proof.path, root: rootHash })).toEqual({ ok: true, root: rootHash });
    expect(noneHolds(proof, proof.path, rootHash)).toBeGreaterThan(1_000);
  });

  it("names why", () => {
    const ask = { hash: proof.path, root: rootHash };
    expect(verifyNetworkProof(proof, { ...ask, root: "00".repeat(32) })).toEqual({ ok: false, code: "root-mismatch" });
    expect(verifyNetworkProof(proof, { ...ask, hash: "00".repeat(32) })).toEqual({ ok: false, code: "path-differs" });
  });
});

describe("tries of ours", () => {
  const key = (i: number) => i.toString(16).padStart(64, (i * 7).toString(16));

  it("prove every member, and no mutation of a proof with an extension holds", () => {
    const shared = Array.from({ length: 5 }, (_, i) => `abcdef${i}`.padEnd(64, "0"));
    for (const keys of [[key(3)], shared, Array.from({ length: 200 }, (_, i) => key(i + 1))]) {
      const trie = new PatriciaTrie(keys);
      for (const hash of keys) {
        expect(verifyNetworkProof(trie.prove(hash), { hash, root: trie.root })).toEqual({ ok: true, root: trie.root });
      }
      noneHolds(trie.prove(keys[0]!), keys[0]!, trie.root);
    }
  });

  it("another value in the leaf counts as absent", () => {
    const hash = "cd".repeat(32);
    const leaf = { type: "Leaf" as const, contents: { dataDigest: "00".repeat(32), remaining: hash } };
    const verdict = verifyNetworkProof({ path: hash, witness: [leaf] }, { hash, root: nodeDigest(leaf) });
    expect(verdict).toEqual({ ok: false, code: "data-digest-unknown" });
  });

  it("a path that ends early or a branch below its end is refused", () => {
    const hash = "cd".repeat(32);
    const leaf = { type: "Leaf" as const, contents: { dataDigest: hash, remaining: "" } };
    const witness: NetworkProof["witness"] = [leaf];
    for (let i = 63; i >= 0; i--) {
      witness.push({ type: "Branch", contents: { pathsDigest: { [hash[i]!]: nodeDigest(witness.at(-1)!) } } });
    }
    expect(verifyNetworkProof({ path: hash, witness }, { hash }).ok).toBe(true); // 65 nodes, the longest there is
    const extension = {
      type: "Extension" as const,
      contents: { childDigest: nodeDigest(leaf), shared: hash.slice(0, 63) },
    };
    expect(verifyNetworkProof({ path: hash, witness: [leaf, extension] }, { hash })).toEqual({
      ok: false,
      code: "path-mismatch",
    });
  });

  it("never throws, whatever it is given", () => {
    for (const junk of [
      null,
      1,
      "x",
      [],
      {},
      { path: null, witness: null },
      { path: "00".repeat(32), witness: [null] },
    ]) {
      expect(verifyNetworkProof(junk, { hash: "00".repeat(32) }).ok).toBe(false);
    }
  });
});
