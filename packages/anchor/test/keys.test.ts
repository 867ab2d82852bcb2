// Key files, key changes, and when an anchor is due.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSigners } from "@sealtrail/verify";
import { findSigner } from "@sealtrail/verify/signing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateKeyFile, loadKey, readKeyFile, SIGNING_KEY, signerIdOf } from "../src/index.js";
import { applyKeyChange, signKeyChange, verifyKeyChange } from "../src/keys/index.js";
import { anchorDue, DEFAULT_POLICY, overdueBy } from "../src/policy.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keys-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("key files", () => {
  it("are made for the owner alone, once", () => {
    const path = join(folder, "deep", "key");
    const made = generateKeyFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "deep")).mode & 0o777).toBe(0o700);
    expect(readKeyFile(path).signerId).toBe(made.signerId);
    const before = readFileSync(path, "utf8");
    expect(JSON.stringify(made)).not.toContain(before.trim());
    expect(() => generateKeyFile(path)).toThrow(expect.objectContaining({ code: "key-exists" }));
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  it("are refused where others can read them, or there is no key in them", () => {
    const path = join(folder, "key");
    generateKeyFile(path);
    chmodSync(path, 0o640);
    expect(() => readKeyFile(path)).toThrow(expect.objectContaining({ code: "key-too-open" }));
    chmodSync(path, 0o600);
    for (const text of ["", "secret words", "00".repeat(32), "11".repeat(33)]) {
      writeFileSync(path, text);
      const attempt = () => readKeyFile(path);
      expect(attempt, text).toThrow(expect.objectContaining({ code: "key-malformed" }));
      if (text) expect(attempt).not.toThrow(text);
    }
    expect(() => readKeyFile(join(folder, "none"))).toThrow(expect.objectContaining({ code: "key-missing" }));
  });

  it("are no named pipes, which would wait for a writer", () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", ["-m", "600", path]);
    expect(() => readKeyFile(path)).toThrow("no regular file");
  });

  it("come from the environment, its file, the configured file, or not at all", () => {
    const path = join(folder, "key");
    const { signerId } = generateKeyFile(path);
    const hex = "22".repeat(32);
    expect(loadKey({ variable: SIGNING_KEY, file: undefined }, {})).toBeUndefined();
    expect(loadKey({ variable: SIGNING_KEY, file: path }, {})?.signerId).toBe(signerId);
    expect(loadKey({ variable: SIGNING_KEY, file: "/nowhere" }, { SEALTRAIL_SIGNING_KEY_FILE: path })?.signerId).toBe(
      signerId,
    );
    expect(loadKey({ variable: SIGNING_KEY, file: path }, { SEALTRAIL_SIGNING_KEY: hex })?.signerId).toBe(
      signerIdOf(hex),
    );
    const both = { SEALTRAIL_SIGNING_KEY: hex, SEALTRAIL_SIGNING_KEY_FILE: path };
    expect(() => loadKey({ variable: SIGNING_KEY, file: path }, both)).toThrow(
      expect.objectContaining({ code: "key-twice" }),
    );
  });
});

describe("key changes", () => {
  const [a, b] = ["11".repeat(32), "22".repeat(32)];
  const what = { tree: "ab".repeat(16), kind: "rotation" as const, fromVersion: 8 };

  it("are signed by both keys; any change shows", () => {
    const signed = signKeyChange(what, a, b);
    expect(verifyKeyChange(signed)).toEqual({ ok: true, change: signed.change });
    expect(verifyKeyChange(JSON.parse(JSON.stringify(signed)))).toMatchObject({ ok: true });
    const later = { ...signed, change: { ...signed.change, fromVersion: 9 } };
    expect(verifyKeyChange(later)).toEqual({ ok: false, code: "bad-signature" });
    expect(verifyKeyChange({ ...signed, proofs: [signed.proofs[0], signed.proofs[0]] })).toEqual({
      ok: false,
      code: "signer-differs",
    });
    expect(verifyKeyChange({ ...signed, proofs: [signed.proofs[0]] })).toEqual({ ok: false, code: "bad-field" });
    expect(verifyKeyChange(null).ok).toBe(false);
    expect(() => signKeyChange(what, a, a)).toThrow("same key");
  });

  it("end the old key's versions and begin the new one's", () => {
    const signers = [{ publicKey: signerIdOf(a), fromVersion: 1 }];
    const { change } = signKeyChange(what, a, b);
    const after = applyKeyChange(signers, change);
    expect(after).toEqual([
      { publicKey: signerIdOf(a), fromVersion: 1, untilVersion: 7 },
      { publicKey: signerIdOf(b), fromVersion: 8 },
    ]);
    expect(parseSigners({ format: "sealtrail-signers/1", signers: after })).toEqual({ ok: true, signers: after });
    const ids = [signerIdOf(a)];
    expect([7, 8].map((v) => findSigner(ids, v, after) !== undefined)).toEqual([true, false]);
    const revoked = applyKeyChange(signers, { ...change, kind: "revocation", fromVersion: 1 });
    expect(revoked).toEqual([{ publicKey: signerIdOf(b), fromVersion: 1 }]);
  });

  it("signers files are closed", () => {
    const entry = { publicKey: signerIdOf(a), fromVersion: 1 };
    for (const [bad, code] of [
      [{ format: "x", signers: [] }, "wrong-format"],
      [{ signers: [] }, "missing-field"],
      [[{ ...entry, x: 1 }], "unknown-field"],
      [[{ ...entry, publicKey: `04${entry.publicKey}` }], "bad-hex"],
      [[{ ...entry, fromVersion: 0 }], "bad-field"],
      [[{ ...entry, fromVersion: 3, untilVersion: 2 }], "bad-field"],
      [7, "not-an-object"],
    ] as const) {
      expect(parseSigners(bad)).toEqual({ ok: false, code });
    }
  });
});

describe("when an anchor is due", () => {
  const now = 1_700_000_000_000;

  it("after 100 events or 5 minutes, and never for the trail's own events alone", () => {
    expect(anchorDue({ events: 0, hostEvents: 0, oldestAt: undefined }, now)).toBeUndefined();
    expect(anchorDue({ events: 500, hostEvents: 0, oldestAt: undefined }, now)).toBeUndefined();
    expect(anchorDue({ events: 100, hostEvents: 1, oldestAt: now }, now)).toBe("count");
    // Written by a clock that was ahead: how old it is, nobody knows.
    expect(anchorDue({ events: 1, hostEvents: 1, oldestAt: now + 86_400_000 }, now)).toBe("timer");
    expect(anchorDue({ events: 1, hostEvents: 1, oldestAt: now + 1_000 }, now)).toBeUndefined();
    expect(anchorDue({ events: 99, hostEvents: 99, oldestAt: now - 299_999 }, now)).toBeUndefined();
    expect(anchorDue({ events: 1, hostEvents: 1, oldestAt: now - 300_000 }, now)).toBe("timer");
  });

  it("by time only with enough events, and with any once the oldest would be overdue", () => {
    const policy = { ...DEFAULT_POLICY, timerMinEvents: 5 };
    const after = (hostEvents: number, ms: number) =>
      anchorDue({ events: hostEvents, hostEvents, oldestAt: now - ms }, now, policy);
    expect(after(4, 300_000)).toBeUndefined();
    expect(after(5, 300_000)).toBe("timer");
    expect(after(1, 3_599_999)).toBeUndefined();
    expect(after(1, 3_600_000)).toBe("timer");
  });

  it("is overdue after an hour", () => {
    expect(overdueBy(undefined, now)).toBeUndefined();
    expect(overdueBy(now - 3_600_000, now)).toBeUndefined();
    expect(overdueBy(now - 3_660_000, now)).toBe(60_000);
  });
});
