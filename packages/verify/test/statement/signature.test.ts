// Signatures: other implementations' vectors, our own round trips, strict DER, and every mutation refused.
import { existsSync, readFileSync } from "node:fs";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { signContent, signerIdOf } from "../../../anchor/src/index.js";
import { signFingerprint } from "../../../anchor/src/keys/index.js";
import { verifyContent, verifyFingerprint } from "../../src/statement/index.js";
import { compactToDer, contentHash, derToCompact } from "../../src/statement/signing.js";

const KEY = "11".repeat(32);
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const vectors = new URL("../../../../shared/vectors/digital-evidence-signatures.json", import.meta.url);

function highS(signature: string): string {
  const compact = derToCompact(signature)!;
  const s = N - BigInt(`0x${bytesToHex(compact.slice(32))}`);
  return bytesToHex(
    compactToDer(Uint8Array.from([...compact.slice(0, 32), ...hexToBytes(s.toString(16).padStart(64, "0"))])),
  );
}

const value = {
  orgId: "00000000-0000-0000-0000-000000000000",
  tenantId: "00000000-0000-0000-0000-000000000000",
  eventId: "3f0c9b52-52a1-4f8c-8f0e-4d3c2b1a0f9e",
  signerId: signerIdOf(KEY),
  documentId: "smt:x",
  documentRef: "ab".repeat(32),
  timestamp: "2026-01-02T03:04:05.678Z",
  version: 1,
};

describe.skipIf(!existsSync(vectors))("vectors of other implementations", () => {
  const list = existsSync(vectors) ? JSON.parse(readFileSync(vectors, "utf8")).vectors : [];
  test.each(list.map((v: { source: string; canonical_json: string }) => [v.source, v.canonical_json, v]))(
    "%s %s",
    (...[, , vector]: unknown[]) => {
      const v = vector as { [name: string]: string };
      const content = JSON.parse(v.canonical_json!) as Record<string, unknown>;
      expect(contentHash(content)).toBe(v.sha256_hash_hex);
      const proof = { id: v.public_key_hex!.slice(2), signature: v.signature_hex!, algorithm: "SECP256K1_RFC8785_V1" };
      expect(verifyContent(content, proof)).toEqual({ ok: true });
      expect(verifyContent(content, { ...proof, signature: highS(proof.signature) })).toEqual({ ok: true });
      expect(verifyContent({ ...content, x: 1 }, proof)).toEqual({ ok: false, code: "bad-signature" });
    },
  );
});

describe("signContent and verifyContent", () => {
  it("signs any JSON value, deterministically and with low S", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.uint8Array({ minLength: 32, maxLength: 32 }), (content, key) => {
        fc.pre(bytesToHex(key) !== "00".repeat(32) && key[0] !== 0xff);
        const proof = signContent(content, key);
        expect(verifyContent(content, proof)).toEqual({ ok: true });
        expect(signContent(content, bytesToHex(key))).toEqual(proof);
        const s = BigInt(`0x${bytesToHex(derToCompact(proof.signature)!.slice(32))}`);
        expect(s <= N / 2n).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("refuses the signature for any other content, key or byte", () => {
    const proof = signContent({ a: 1 }, KEY);
    expect(verifyContent({ a: 2 }, proof)).toEqual({ ok: false, code: "bad-signature" });
    expect(verifyContent({ a: 1 }, { ...proof, id: signerIdOf("22".repeat(32)) }).ok).toBe(false);
    for (let at = 0; at < proof.signature.length; at++) {
      const digit = ((Number.parseInt(proof.signature[at]!, 16) + 1) % 16).toString(16);
      const signature = proof.signature.slice(0, at) + digit + proof.signature.slice(at + 1);
      expect(verifyContent({ a: 1 }, { ...proof, signature }).ok, `digit ${at}`).toBe(false);
    }
  });

  it("says what is wrong with a proof", () => {
    const proof = signContent({ a: 1 }, KEY);
    const code = (p: unknown, content: unknown = { a: 1 }) => {
      const verdict = verifyContent(content, p);
      return verdict.ok ? "ok" : verdict.code;
    };
    expect(code(null)).toBe("not-an-object");
    expect(code({ ...proof, x: 1 })).toBe("unknown-field");
    expect(code({ id: proof.id, signature: proof.signature })).toBe("missing-field");
    expect(code({ ...proof, algorithm: "ED25519" })).toBe("unknown-algorithm");
    expect(code({ ...proof, id: proof.id.toUpperCase() })).toBe("bad-signer-id");
    expect(code({ ...proof, id: `04${proof.id}` })).toBe("bad-signer-id");
    expect(code({ ...proof, id: "00".repeat(64) })).toBe("bad-signature"); // no point of the curve
    expect(code({ ...proof, signature: proof.signature.toUpperCase() })).toBe("bad-der");
    expect(code({ ...proof, signature: 5 })).toBe("bad-der");
    expect(code(proof, { a: Number.NaN })).toBe("not-json");
    expect(verifyContent(undefined, proof)).toEqual({ ok: false, code: "not-json" });
  });

  it("takes no bad key, and never shows it", () => {
    for (const key of [
      "",
      "11".repeat(31),
      "00".repeat(32),
      "ff".repeat(32),
      `${"11".repeat(31)}zz`,
      new Uint8Array(31),
    ]) {
      const attempt = () => signContent({}, key);
      expect(attempt).toThrow(TypeError);
      if (typeof key === "string" && key.length > 8) expect(attempt).not.toThrow(key);
    }
  });
});

describe("DER", () => {
  const der = (r: string, s: string) => {
    const part = (hex: string) => `02${(hex.length / 2).toString(16).padStart(2, "0")}${hex}`;
    const body = part(r) + part(s);
    return `30${(body.length / 2).toString(16).padStart(2, "0")}${body}`;
  };
  const n = N.toString(16);

  it("has one encoding for each pair", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, N - 1n), fc.bigInt(1n, N - 1n), (r, s) => {
        const compact = hexToBytes(r.toString(16).padStart(64, "0") + s.toString(16).padStart(64, "0"));
        const encoded = bytesToHex(compactToDer(compact));
        expect(derToCompact(encoded)).toEqual(compact);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["negative r", der("80", "01")],
    ["zero r", der("00", "01")],
    ["zero s", der("01", "00")],
    ["r padded", der("0001", "01")],
    ["s padded", der("01", "007f")],
    ["r = n", der(`00${n}`, "01")],
    ["s = n", der("01", `00${n}`)],
    ["r of 34 bytes", der(`01${"00".repeat(33)}`, "01")],
    ["empty r", der("", "0101")],
    ["bytes after", `${der("01", "01")}00`],
    ["length too small", `3005${der("01", "01").slice(4)}`],
    ["long form length", `308106${der("01", "01").slice(4)}`],
    ["wrong outer tag", `31${der("01", "01").slice(2)}`],
    ["wrong inner tag", der("01", "01").replace("0201", "0301")],
    ["truncated", der("01", "7f".repeat(32)).slice(0, -2)],
    ["odd digits", `${der("01", "01")}0`],
    ["empty", ""],
  ])("refuses %s", (_what, hex) => {
    expect(derToCompact(hex)).toBeUndefined();
  });

  it("takes the ends of the range", () => {
    expect(derToCompact(der("01", "01"))).toBeDefined();
    const top = (N - 1n).toString(16);
    expect(derToCompact(der(`00${top}`, `00${top}`))).toBeDefined();
  });
});

describe("signed fingerprints", () => {
  it("verify, with whichever member changed refused", () => {
    const signed = signFingerprint(value, KEY);
    expect(verifyFingerprint(signed)).toEqual({ ok: true, hash: signed.hash, signers: [signerIdOf(KEY)] });
    const changed: Record<string, unknown> = {
      orgId: "11111111-0000-0000-0000-000000000000",
      tenantId: "11111111-0000-0000-0000-000000000000",
      eventId: "11111111-0000-0000-0000-000000000000",
      signerId: signerIdOf("22".repeat(32)),
      documentId: "smt:y",
      documentRef: "ac".repeat(32),
      timestamp: "2026-01-02T03:04:05.679Z",
      version: 2,
    };
    for (const [name, other] of Object.entries(changed)) {
      const content = { ...value, [name]: other };
      expect(verifyFingerprint({ ...signed, content }), name).toEqual({ ok: false, code: "hash-mismatch" });
      const verdict = verifyFingerprint({ ...signed, content, hash: contentHash(content) });
      expect(verdict, name).toEqual({ ok: false, code: "bad-signature" });
    }
    expect(verifyFingerprint({ ...signed, proofs: [] })).toEqual({ ok: false, code: "bad-field" });
    const foreign = { ...signed, proofs: [signContent(value, "22".repeat(32))] };
    expect(verifyFingerprint(foreign)).toEqual({ ok: false, code: "signer-differs" });
  });

  it.each([
    ["orgId", "x"],
    ["eventId", 1],
    ["signerId", "ab"],
    ["documentId", ""],
    ["documentId", "x".repeat(257)],
    ["documentRef", "ab"],
    ["documentRef", "AB".repeat(32)],
    ["timestamp", "yesterday"],
    ["timestamp", "2026-13-01T00:00:00Z"],
    ["version", 0],
    ["version", 1.5],
  ])("are not made of a bad %s (%s)", (field, bad) => {
    expect(() => signFingerprint({ ...value, [field]: bad }, KEY)).toThrow(`value.${field}`);
  });
});
