import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalRecord, isLeafRecord, recordOf, recordValue } from "../../../smt/src/tree/record.js";
import { canonicalEvent, type EventBody, isEventBody } from "../../src/event/body.js";
import { epochAfter } from "../../src/event/epoch.js";
import { censoredKey, contentHash, genesisHash, rawKey, saltOf, sealed } from "../../src/event/keys.js";

const oracle = (...parts: (Uint8Array | string)[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const salt = new Uint8Array(32).fill(7);
const event: EventBody = {
  format: "sealtrail-event/1",
  category: "tool",
  createdAt: "2026-11-22T06:00:00.000Z",
  description: "ran “ls”",
  id: "01a201b3-69dc-75e1-87b6-0a6af20c309c",
  machineId: "m",
  metadata: { toolName: "exec" },
  previousHash: "0".repeat(64),
  sequence: 1,
  source: "ndjson",
  type: "tool.invoked",
};

describe("keys of an event", () => {
  it("are SHA-256 over the documented prefix and parts", () => {
    expect(saltOf(salt)).toEqual(oracle("sealtrail:salt:v1\n", salt));
    expect(rawKey(salt, canonicalEvent(event))).toEqual(oracle("sealtrail:raw:v1\n", salt, canonicalize(event) ?? ""));
    expect(contentHash(salt, new Uint8Array([1, 2]))).toEqual(oracle("sealtrail:content:v1\n", salt, "\x01\x02"));
    const digest = Buffer.from(oracle("sealtrail:sealed:v1\n", salt, "abc")).toString("hex");
    expect(sealed(salt, new TextEncoder().encode("abc"))).toBe(`sealed:${digest}`);
    const genesis = { createdAt: event.createdAt, epochDurationMs: 3_600_000, formats: ["a/1"], tree: "ab".repeat(16) };
    expect(genesisHash(genesis)).toEqual(oracle("sealtrail:genesis:v1\n", canonicalize(genesis) ?? ""));
  });

  it("take content larger than the shared buffer", () => {
    for (const size of [8_000, 100_000, 3_000_000]) {
      const content = new Uint8Array(size).fill(5);
      expect(contentHash(salt, content)).toEqual(oracle("sealtrail:content:v1\n", salt, content));
    }
  });

  it("of the censored leaf hash JCS, whatever the strings hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), (a, b) => {
        fc.pre(a.isWellFormed() && b.isWellFormed());
        const four = { category: a, createdAt: b, id: a, type: b };
        expect(censoredKey(four)).toEqual(oracle("sealtrail:censored:v1\n", canonicalize(four) ?? ""));
      }),
    );
  });

  it("refuse a salt of another length", () => {
    expect(() => saltOf(new Uint8Array(31))).toThrow("contentSalt");
    expect(() => rawKey(new Uint8Array(0), "{}")).toThrow("salt");
  });
});

describe("an event shown by a stranger", () => {
  it("is taken as it is hashed", () => expect(isEventBody(event)).toBe(true));

  it.each([
    ["unknown member", { ...event, surprise: 1 }],
    ["null member", { ...event, sessionId: null }],
    ["type outside its category", { ...event, type: "agent.end" }],
    ["time without milliseconds", { ...event, createdAt: "2026-11-22T06:00:00Z" }],
    ["day that does not exist", { ...event, createdAt: "2026-02-30T06:00:00.000Z" }],
    ["sequence 0", { ...event, sequence: 0 }],
    ["upper-case id", { ...event, id: event.id.toUpperCase() }],
    ["missing metadata", (({ metadata: _, ...rest }) => rest)(event)],
    ["array", [event]],
  ])("is refused: %s", (_, value) => expect(isEventBody(value)).toBe(false));
});

describe("a leaf's record", () => {
  const place = {
    sequence: 3,
    id: event.id,
    timestamp: 1_795_324_865_262,
    epoch: 2,
    chainPrev: null,
    rawHash: "aa".repeat(32),
    censoredHash: "bb".repeat(32),
  };

  it("binds the two leaves of an event", () => {
    expect(recordOf(place, "raw")).toMatchObject({ seqNo: 5, pair: place.censoredHash, hashType: "raw" });
    expect(recordOf(place, "censored")).toMatchObject({ seqNo: 6, pair: place.rawHash, hashType: "censored" });
  });

  it("is hashed as its JCS", () => {
    for (const record of [recordOf(place, "raw"), recordOf({ ...place, chainPrev: "cc".repeat(32) }, "censored")]) {
      expect(canonicalRecord(record)).toBe(canonicalize(record));
      expect(recordValue(record)).toEqual(oracle(canonicalize(record) ?? ""));
      expect(isLeafRecord(record)).toBe(true);
    }
  });

  it.each([
    ["seqNo of the other leaf", { seqNo: 6 }],
    ["negative zero", { epoch: -0 }],
    ["unknown member", { x: 1 }],
    ["hash in upper case", { pair: "AA".repeat(32) }],
    ["other hashType", { hashType: "both" }],
  ])("is refused: %s", (_, change) => expect(isLeafRecord({ ...recordOf(place, "raw"), ...change })).toBe(false));
});

describe("the epoch counter", () => {
  it("starts at 0, stays within a stretch, and moves by one for a jump either way", () => {
    const hour = 3_600_000;
    expect(epochAfter(undefined, 9 * hour, hour)).toBe(0);
    expect(epochAfter({ epoch: 4, timestamp: 9 * hour }, 9 * hour + 5, hour)).toBe(4);
    expect(epochAfter({ epoch: 4, timestamp: 9 * hour }, 500_000 * hour, hour)).toBe(5);
    expect(epochAfter({ epoch: 5, timestamp: 500_000 * hour }, 9 * hour, hour)).toBe(6);
  });
});
