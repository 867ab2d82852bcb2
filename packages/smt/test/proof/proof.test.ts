// One proof for one key: what passes, and each thing that must not, with its code.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Proof, parseProof, SparseMerkleTree, verifyProof } from "../../src/index.js";
import { recordValue } from "../../src/tree/record.js";

const sha = (text: string) => new Uint8Array(createHash("sha256").update(text).digest());
const key = (n: number) => sha(`k${n}`);
const value = (n: number) => sha(`v${n}`);
const zero = "0".repeat(64);

const tree = new SparseMerkleTree();
tree.insertMany(Array.from({ length: 200 }, (_, n) => [key(n), value(n)] as const));
const root = tree.root;

const present = tree.prove(key(7));
const absent = Array.from({ length: 60 }, (_, n) => tree.prove(key(1000 + n)));
const atLeaf = absent.find((p) => p.terminal)!;
const atEmpty = absent.find((p) => !p.terminal)!;

/** The code that a proof gets with these members changed, as a stranger would send it: JSON. `undefined` leaves one out. */
function refusal(changes: object, from: Proof = present): string {
  const json = JSON.parse(JSON.stringify({ ...from, ...changes }));
  const key = Buffer.from(from.key, "hex");
  const verdict = verifyProof(json, from === present ? { root, key, value: value(7) } : { root, key });
  if (verdict.ok) throw new Error("accepted");
  const parsed = parseProof(json);
  if (!parsed.ok) expect(parsed.code).toBe(verdict.code);
  return verdict.code;
}

describe("a proof", () => {
  it("passes for its own root, key and value, and for no other", () => {
    expect(verifyProof(present, { root, key: key(7), value: value(7) })).toEqual({ ok: true, type: "inclusion" });
    expect(verifyProof(present, { root, key: key(7), value: value(8) })).toEqual({ ok: false, code: "value-differs" });
    expect(verifyProof(present, { root, key: key(8), value: value(7) })).toEqual({ ok: false, code: "key-differs" });
    expect(verifyProof(present, { root: sha("x"), key: key(7), value: value(7) })).toEqual({
      ok: false,
      code: "root-differs",
    });
    expect(verifyProof(present, { root, key: key(7) })).toEqual({ ok: false, code: "value-required" });
    for (const proof of [atLeaf, atEmpty]) {
      const asked = Buffer.from(proof.key, "hex");
      expect(verifyProof(proof, { root, key: asked })).toEqual({ ok: true, type: "exclusion" });
      expect(verifyProof(proof, { root, key: asked, value: value(7) })).toEqual({ ok: false, code: "wrong-type" });
    }
  });

  it("survives JSON, whatever the order of its members", () => {
    const turned = Object.fromEntries(Object.entries(JSON.parse(JSON.stringify(present))).reverse());
    const parsed = parseProof(turned);
    if (!parsed.ok) throw new Error(parsed.code);
    expect(parsed.proof).toEqual(present);
    expect(verifyProof(parsed.proof, { root, key: key(7), value: value(7) }).ok).toBe(true);
  });

  it("is nothing else than an object of its format", () => {
    for (const json of [null, undefined, 7, "x", true, [], [present]]) {
      expect(parseProof(json)).toEqual({ ok: false, code: "not-an-object" });
    }
    expect(refusal({ more: 1 })).toBe("unknown-field");
    expect(refusal({ depth: undefined })).toBe("missing-field");
    expect(refusal({ format: "smt-proof/2" })).toBe("wrong-format");
    expect(refusal({ type: "both" })).toBe("bad-type");
    const text = JSON.stringify(present);
    expect(parseProof(JSON.parse(`{"__proto__":{},${text.slice(1)}`))).toEqual({ ok: false, code: "unknown-field" });
  });

  it("cannot be relabelled", () => {
    expect(refusal({ type: "exclusion" })).toBe("misplaced-field");
    expect(refusal({ type: "exclusion", value: undefined })).toBe("missing-field");
    expect(refusal({ type: "exclusion", value: undefined, terminal: null })).toBe("wrong-type");
    for (const proof of [atLeaf, atEmpty]) {
      expect(refusal({ type: "inclusion" }, proof)).toBe("misplaced-field");
      expect(refusal({ type: "inclusion", terminal: undefined }, proof)).toBe("missing-field");
      expect(refusal({ type: "inclusion", terminal: undefined, value: present.value }, proof)).toBe("value-required");
    }
  });

  it("cannot claim the absence of what is there", () => {
    const proof: Proof = { ...present, type: "exclusion", terminal: null };
    delete proof.value;
    const ask = { root, key: key(7) };
    expect(verifyProof(proof, ask)).toEqual({ ok: false, code: "root-mismatch" });
    // Its own leaf, and another that stands elsewhere, as the leaf that is in the way.
    const own = { path: createHash("sha256").update(key(7)).digest("hex"), valueHash: zero };
    expect(verifyProof({ ...proof, terminal: own }, ask)).toEqual({ ok: false, code: "terminal-is-key" });
    expect(verifyProof({ ...proof, terminal: { path: zero, valueHash: zero } }, ask)).toEqual({
      ok: false,
      code: "terminal-prefix",
    });
    // An inner node shown as an empty place, above the leaf.
    const cut = { ...proof, depth: 1, bitmap: "80", siblings: proof.siblings.slice(0, 1) };
    expect(verifyProof(cut, ask)).toEqual({ ok: false, code: "root-mismatch" });
  });

  it("has siblings that are counted, ordered, whole and not empty", () => {
    const { siblings } = present;
    expect(refusal({ siblings: siblings.slice(1) })).toBe("sibling-count");
    expect(refusal({ siblings: [...siblings, siblings[0]] })).toBe("sibling-count");
    expect(refusal({ siblings: Array(257).fill("x") })).toBe("sibling-count");
    expect(refusal({ siblings: siblings.toReversed() })).toBe("root-mismatch");
    expect(refusal({ siblings: siblings.with(1, zero) })).toBe("zero-sibling");
    expect(refusal({ siblings: siblings.with(1, siblings[1]!.toUpperCase()) })).toBe("bad-hex");
    expect(refusal({ siblings: siblings.with(1, `${siblings[1]}00`) })).toBe("wrong-length");
    expect(refusal({ siblings: [7, ...siblings.slice(1)] })).toBe("bad-field");
    expect(refusal({ siblings: {} })).toBe("bad-field");
  });

  it("has a depth and a bitmap that belong together", () => {
    const { bitmap, depth } = present;
    for (const bad of [-1, 257, 1.5, "3", null]) expect(refusal({ depth: bad })).toBe("bad-depth");
    expect(refusal({ bitmap: `${bitmap}00` })).toBe("wrong-length");
    expect(depth % 8).not.toBe(0);
    const padded = Buffer.from(bitmap, "hex");
    padded[padded.length - 1]! |= 1;
    expect(refusal({ bitmap: padded.toString("hex") })).toBe("padding-bits");
    // One level more, with nothing beside it: such a leaf would stand one higher.
    expect(refusal({ depth: 24, bitmap: bitmap.padEnd(6, "0") })).toBe("not-collapsed");
  });

  it("is refused at depth 256 too, without a step too many", () => {
    const hash = Buffer.from(sha("s")).toString("hex");
    const deep = { ...present, depth: 256, bitmap: "ff".repeat(32), siblings: Array(256).fill(hash) };
    expect(verifyProof(deep, { root, key: key(7), value: value(7) })).toEqual({ ok: false, code: "root-mismatch" });
  });

  it("carries only the record that makes its value", () => {
    const record = {
      chainPrev: null,
      epoch: 0,
      eventId: "01890a5d-ac96-774b-bcce-b302099a8057",
      hashType: "raw" as const,
      pair: zero,
      seqNo: 1,
      timestamp: 1,
    };
    const made = new SparseMerkleTree();
    made.insert(key(1), recordValue(record));
    const ask = { root: made.root, key: key(1), value: recordValue(record) };
    const proof = { ...made.prove(key(1)), record, context: { tree: "0".repeat(32), version: 1, leafCount: 1 } };
    expect(verifyProof(proof, ask).ok).toBe(true);
    const bad = (change: object) => verifyProof({ ...proof, ...change } as Proof, ask);
    expect(bad({ record: { ...record, epoch: 1 } })).toEqual({ ok: false, code: "record-mismatch" });
    expect(bad({ record: { ...record, more: 1 } })).toEqual({ ok: false, code: "bad-field" });
    expect(bad({ record: null })).toEqual({ ok: false, code: "bad-field" });
    expect(bad({ context: { version: -1 } })).toEqual({ ok: false, code: "bad-field" });
    expect(bad({ context: { tree: 7 } })).toEqual({ ok: false, code: "bad-field" });
    expect(bad({ context: { other: 1 } })).toEqual({ ok: false, code: "unknown-field" });
    expect(refusal({ record }, atLeaf)).toBe("misplaced-field");
  });

  it("does not survive one changed character", () => {
    const text = JSON.stringify(present);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(..."0123456789abcdef"), (at, character) => {
        fc.pre(text[at] !== character);
        let json: unknown;
        try {
          json = JSON.parse(text.slice(0, at) + character + text.slice(at + 1));
        } catch {
          return;
        }
        expect(verifyProof(json as Proof, { root, key: key(7), value: value(7) }).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it("throws where the question is malformed, which is the caller's doing", () => {
    expect(() => verifyProof(present, { root: root.slice(1), key: key(7) })).toThrow(/^root/);
    expect(() => verifyProof(present, { root: "x" as never, key: key(7) })).toThrow(/^root/);
    expect(() => verifyProof(present, { root, key: "x" as never })).toThrow(/^key/);
    expect(() => verifyProof(present, { root, key: key(7), value: "x" as never })).toThrow(/^value/);
  });
});
