// Whatever a stranger gives, the readers answer: they never throw, and never take what is not of their shape.

import { parseSigners } from "@sealtrail/verify";
import { readLine } from "@sealtrail/verify/ledger";
import { checkSubmission, parseSigned } from "@sealtrail/verify/signing";
import {
  parseAnchor,
  parseDocumentId,
  verifyContent,
  verifyFingerprint,
  verifyNetworkProof,
} from "@sealtrail/verify/statement";
import fc from "fast-check";
import { expect, it, test } from "vitest";
import { readBatch, readDetail, readPage, readProof, readResults, readWhoami } from "../src/client/answers.js";
import { verifyKeyChange } from "../src/keys/index.js";
import { checkOffer } from "../src/payment/offer.js";

const names =
  "hash proof proofs content path witness data type contents accepted eventId errors id status signers change format attestation metadata tags hasMore pagination".split(
    " ",
  );
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(
      null,
      true,
      0,
      -1,
      1e300,
      "",
      "0".repeat(64),
      "ab".repeat(64),
      "Leaf",
      "Branch",
      "FINALIZED_COMMITMENT",
      "SECP256K1_RFC8785_V1",
      "\ud800",
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names, "__proto__", "toString"), tie("value"), {
      maxKeys: 5,
      noNullPrototype: false,
    }),
  ),
})).value;

const policy = { environment: "mainnet", maxPerPayment: "1", maxPerDay: "1", payTo: `0x${"11".repeat(20)}` } as const;

test.each<[string, (v: never) => unknown]>([
  ["verifyContent", (v) => verifyContent(v, v)],
  ["verifyFingerprint", verifyFingerprint],
  ["parseSigned", parseSigned],
  ["parseAnchor", parseAnchor],
  ["parseSigners", (v) => (Array.isArray(v) && (v as []).length === 0 ? { ok: false } : parseSigners(v))],
  ["checkSubmission", checkSubmission],
  ["verifyNetworkProof", (v) => verifyNetworkProof(v, { hash: "0".repeat(64) })],
  ["verifyKeyChange", verifyKeyChange],
  ["checkOffer", (v) => checkOffer(v, policy, 0n)],
])("%s refuses junk with a code", (_name, read) => {
  fc.assert(
    fc.property(json, (v) => {
      expect(read(v as never)).toMatchObject({ ok: false });
    }),
    { numRuns: 300 },
  );
});

it("answers of no shape are undefined, or hold text alone", () => {
  const readers = [readBatch, readDetail, readPage, readProof, readWhoami, readResults];
  fc.assert(
    fc.property(json, (v) => {
      for (const read of readers) {
        expect(() => read(v as never)).not.toThrow();
        expect(() => read({ data: v } as never)).not.toThrow();
      }
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readLine(text, { number: 0, hash: "0".repeat(64) }).ok).toBe(false);
      expect(parseDocumentId(text)).toBeUndefined();
    }),
  );
});
