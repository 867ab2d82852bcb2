// Bundles made and verified: what a careless caller does throws, what a stranger hands over never does, and the work is bounded.

import { readFileSync } from "node:fs";
import { verifyBundle } from "@sealtrail/verify";
import { makeBundle } from "@sealtrail/verify/bundle";
import { saltOf } from "@sealtrail/verify/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const cases = JSON.parse(readFileSync(new URL("../../../test-vectors/bundle/good.json", import.meta.url), "utf8"))
  .cases as { name: string; input: Parts; ask: Ask; expect: { verdict: string } }[];
type Ask = Parameters<typeof verifyBundle>[1];
// biome-ignore lint/suspicious/noExplicitAny: parts of evidence, taken apart
type Parts = any;

const find = (name: string) => cases.find((one) => one.name === name)!;
const anchored = find("content, anchor of a later checkpoint, signer and root given");
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
/** As the strict parser gives it back. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
const nobody = { signers: [], networkRoots: [] };

describe("verifyBundle", () => {
  it("never takes a file alone for valid, whatever it says", () => {
    for (const { input } of cases) {
      const { verdict, provenBefore } = verifyBundle(bytes(input), nobody);
      expect(["unanchored", "untrusted"]).toContain(verdict);
      expect(provenBefore).toBeNull();
    }
  });

  it("reaches every verdict", () => {
    expect(new Set(cases.map((one) => one.expect.verdict))).toEqual(
      new Set(["unanchored", "untrusted", "attested", "valid"]),
    );
  });

  it("answers to any bytes", () => {
    const file = bytes(anchored.input);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (flips) => {
        const changed = file.slice();
        for (const [at, byte] of flips) changed[at] = byte;
        const report = verifyBundle(changed, anchored.ask);
        // What is shown, proven and signed is covered. What is not: the anchor's claims beside its content, and of a
        // checkpoint that a later one is anchored for, all but the root, which the extension binds.
        const covered = ({ anchor, checkpoint, ...rest }: Parts) => ({
          ...rest,
          signed: anchor.content,
          root: checkpoint.root,
        });
        if (report.verdict === "valid") expect(covered(report.bundle)).toEqual(covered(plain(anchored.input)));
      }),
      { numRuns: 300 },
    );
    for (const junk of ["", "null", "[]", "{}", '{"format":"sealtrail-bundle/1"}'])
      expect(verifyBundle(new TextEncoder().encode(junk), nobody).verdict).toBe("invalid");
  });

  it("keeps to the caller's limits", () => {
    const file = bytes(anchored.input);
    const { schema } = verifyBundle(file, { ...nobody, limits: { bytes: file.length - 1 } }).checks;
    expect(schema).toEqual({ status: "failed", code: "too-large" });
    const { extension } = verifyBundle(file, { ...nobody, limits: { nodes: 3 } }).checks;
    expect(extension).toEqual({ status: "failed", code: "too-many-nodes" });
  });

  it("takes the signers' file as well as its list", () => {
    const signers = { format: "sealtrail-signers/1" as const, signers: anchored.ask.signers as never };
    expect(verifyBundle(bytes(anchored.input), { ...anchored.ask, signers }).verdict).toBe("valid");
  });

  it("tells the caller of his own mistakes", () => {
    const file = bytes(anchored.input);
    const wrong = (ask: unknown, message: RegExp) => expect(() => verifyBundle(file, ask as Ask)).toThrow(message);
    wrong({ ...nobody, signers: undefined }, /signers/);
    wrong({ ...nobody, signers: [{ publicKey: "00" }] }, /signers/);
    wrong({ ...nobody, networkRoots: {} }, /networkRoots/);
    wrong({ ...nobody, networkRoots: [{ network: "mainnet", root: "00" }] }, /networkRoots/);
    wrong({ ...nobody, networkRoots: [{ root: "0".repeat(64) }] }, /networkRoots/);
    wrong({ ...nobody, checkpoints: [{}] }, /checkpoints/);
    expect(() => verifyBundle("{}" as unknown as Uint8Array, nobody)).toThrow(TypeError);
  });

  it("has its checks in the format's order", () => {
    const order = Object.keys(verifyBundle(bytes(anchored.input), nobody).checks);
    expect(order.join()).toBe(
      "schema,disclosure,content,pair,record,position,inclusion,checkpoint,count,extension,anchor-reference,signature,signer,network-proof,network-root,equivocation",
    );
    expect(Object.keys(verifyBundle(new Uint8Array(0), nobody).checks)).toEqual(order);
  });
});

describe("makeBundle", () => {
  const { disclosure, ...parts } = anchored.input;
  const contentSalt = Uint8Array.from(Buffer.from(disclosure.contentSalt, "hex"));
  const content = Uint8Array.from(Buffer.from(disclosure.content, "base64"));
  const raw = { level: "raw" as const, event: disclosure.event, contentSalt, content };

  it("makes again what the vectors hold", () => {
    expect(makeBundle({ ...parts, disclosure: raw })).toEqual(anchored.input);
    expect(Buffer.from(saltOf(contentSalt)).toString("hex")).toBe(disclosure.salt);
  });

  it("shows of each level what that level shows, and nothing more", () => {
    const { event } = raw;
    const secret = [event.description, event.machineId, disclosure.salt, disclosure.contentSalt, disclosure.content];
    const { censoredProof, ...one } = parts;
    const censored = JSON.stringify(
      makeBundle({ ...one, proof: censoredProof, disclosure: { level: "censored", event } }).disclosure,
    );
    expect(JSON.parse(censored)).toEqual({
      level: "censored",
      event: { category: event.category, createdAt: event.createdAt, id: event.id, type: event.type },
    });
    for (const text of secret) expect(censored).not.toContain(text);
    const { record: _, ...bare } = parts.proof;
    const none = makeBundle({ ...one, proof: bare, disclosure: { level: "none" } });
    expect(none.disclosure).toEqual({ level: "none" });
    for (const text of [...secret, event.id]) expect(JSON.stringify(none)).not.toContain(text);
    const { content: __, ...without } = raw;
    const shown = JSON.stringify(makeBundle({ ...parts, disclosure: without }));
    expect(shown).not.toContain(disclosure.contentSalt);
    expect(shown).toContain(disclosure.salt);
  });

  it("refuses parts that do not belong together, and names the check", () => {
    const make = (change: object) => () => makeBundle({ ...parts, disclosure: raw, ...change });
    expect(make({ content: undefined, disclosure: { ...raw, content: new Uint8Array(1) } })).toThrow(/content/);
    expect(make({ disclosure: { ...raw, event: { ...raw.event, sequence: 9 } } })).toThrow(/disclosure/);
    expect(make({ censoredProof: undefined })).toThrow(/schema/);
    expect(make({ checkpoint: parts.anchored })).toThrow(/inclusion|checkpoint/);
    expect(make({ extension: undefined })).toThrow(/schema/);
    expect(make({ anchor: { ...parts.anchor, hash: "0".repeat(64) } })).toThrow(/signature/);
  });
});
