// Each forgery by the file's owner, caught under its own name; and nothing said where nothing is wrong.
import { randomUUID } from "node:crypto";
import { LocalNetwork } from "@sealtrail/devkit";
import { statementOf } from "@sealtrail/verify/statement";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AnchorEvidence } from "../src/audit/index.js";
import { check, DigitalEvidenceClient, drain, signContent, signerIdOf, verifyAnchors } from "../src/index.js";
import { signFingerprint } from "../src/keys/index.js";
import { parseStatement } from "../src/outbox/index.js";
import { DEFAULT_POLICY } from "../src/policy.js";
import { ACCOUNT, Clock, KEY, Line, SIGNER } from "./support/line.js";

let clock: Clock;
let network: LocalNetwork;
let line: Line;
const signers = [{ publicKey: signerIdOf(KEY), fromVersion: 1 }];

beforeEach(async () => {
  clock = new Clock();
  network = await LocalNetwork.start({ clock: clock.read });
  const client = new DigitalEvidenceClient({ baseUrl: network.url, apiKey: "local-key" });
  line = new Line(clock);
  for (let i = 0; i < 4; i++) line.add();
  const deps = { clock: clock.read, sleep: clock.sleep };
  await drain([line.outbox], { network: "test", client }, deps);
  await check([line.outbox], { network: "test", client }, { ...deps, all: true });
  expect(line.states()).toEqual(["finalized", "finalized", "finalized", "finalized"]);
});
afterEach(() => network.close());

const verify = (more: Partial<AnchorEvidence> = {}) =>
  verifyAnchors({ tree: line.tree, checkpoints: line.checkpoints, statements: line.outbox.rows(), signers, ...more });
const codes = (more: Partial<AnchorEvidence> = {}) =>
  verify(more).findings.map((f) => `${f.code} ${f.version ?? ""}`.trim());
const sql = (text: string) => line.database.exec(text);

describe("verifyAnchors", () => {
  it("says nothing where nothing is wrong", () => {
    expect(verify()).toEqual({ findings: [], checked: 4, anchoredVersion: 4, shownVersion: 4, signerChecked: true });
    expect(verify({ signers: [] }).signerChecked).toBe(false);
  });

  it("a rebuilt tree with old receipts", () => {
    const other = new Line(clock);
    for (let i = 0; i < 4; i++) other.add(SIGNER, 10, "rewritten");
    const found = codes({ checkpoints: other.checkpoints });
    expect(found).toContain("rebuilt 1");
    expect(found).toContain("rebuilt 4");
    const first = verify({ checkpoints: other.checkpoints }).findings[0]!;
    expect(first).toMatchObject({ severity: "tampered", sequence: 1 });
    expect(first.message).toContain("rebuilt");
  });

  it("a nulled receipt", () => {
    sql("UPDATE anchor_statements SET detail = NULL WHERE version = 2");
    sql("UPDATE anchor_statements SET networkProof = NULL WHERE version = 3");
    sql("UPDATE anchor_statements SET acceptedAt = NULL WHERE version = 4");
    expect(codes()).toEqual(["receipt-missing 2", "receipt-missing 3", "receipt-missing 4"]);
  });

  it("a statement that is gone, as the later checkpoints say", () => {
    sql("DELETE FROM anchor_statements WHERE version = 2");
    expect(codes()).toEqual(["statement-missing 2"]);
    sql("DELETE FROM anchor_statements");
    expect(codes()).toEqual(["statement-missing 1", "statement-missing 2", "statement-missing 3"]);
  });

  it("a swapped range", () => {
    sql("UPDATE anchor_statements SET version = 99 WHERE version = 2");
    sql("UPDATE anchor_statements SET version = 2 WHERE version = 3");
    sql("UPDATE anchor_statements SET version = 3 WHERE version = 99");
    expect(codes()).toEqual(["range-swapped 2", "range-swapped 3"]);
    sql("UPDATE anchor_statements SET lastSequence = 5 WHERE version = 1");
    expect(codes()).toEqual(["range-swapped 1", "range-swapped 2", "range-swapped 3"]);
  });

  it("a foreign signer", () => {
    const other = { ...SIGNER, privateKey: "22".repeat(32) };
    const checkpoint = line.add(other);
    expect(codes()).toEqual([`foreign-signer ${checkpoint.version}`]);
    const range = [{ publicKey: signerIdOf(KEY), fromVersion: 1, untilVersion: 3 }];
    expect(codes({ signers: range })[0]).toBe("foreign-signer 4");
    // A key that was replaced or revoked is one of the trail's own: its statements show nothing, and are no fault.
    const retired = (publicKey: string) => codes({ signers: range, retired: [{ publicKey, fromVersion: 4 }] });
    expect(retired(signerIdOf(KEY))).toEqual(["foreign-signer 5", "retired-signer 4"]);
    expect(retired(signerIdOf(other.privateKey))).toEqual(["foreign-signer 4", "retired-signer 5"]);
  });

  it("a changed statement", () => {
    sql("UPDATE anchor_statements SET submission = replace(submission, '1-10', '1-11') WHERE version = 1");
    sql("UPDATE anchor_statements SET submission = 'x' WHERE version = 2");
    const signed = parseStatement(line.row(3))!;
    const forged = { ...signed, proofs: [signContent({ other: true }, KEY)] };
    line.database.prepare("UPDATE anchor_statements SET submission = ? WHERE version = 3").run(
      JSON.stringify({
        attestation: { content: forged.content, proofs: forged.proofs },
        metadata: { hash: forged.hash },
      }),
    );
    expect(codes()).toEqual(["statement-damaged 1", "statement-damaged 2", "statement-forged 3"]);
  });

  it("a line that was changed before a signed checkpoint", () => {
    const checkpoints = line.checkpoints.map((c) => (c.version === 2 ? { ...c, lastSigned: 0 } : c));
    expect(codes({ checkpoints })).toContain("line-changed 2");
  });

  it("a network proof that was changed", () => {
    const { networkProof, batchRoot } = line.row(1);
    const turn = (hex: string) => (hex[5] === "0" ? "1" : "0");
    line.database
      .prepare("UPDATE anchor_statements SET batchRoot = ? WHERE version = 1")
      .run(batchRoot!.slice(0, 5) + turn(batchRoot!) + batchRoot!.slice(6));
    expect(networkProof).toContain("witness");
    expect(codes()).toEqual(["network-proof-broken 1"]);
  });

  it("checkpoints that are gone", () => {
    expect(codes({ checkpoints: line.checkpoints.slice(0, 3) })).toEqual(["version-unknown 4"]);
  });

  it("an equivocation: another history signed for the same events", () => {
    const other = { ...line.checkpoints[1]!, root: "ee".repeat(32) };
    const value = statementOf(other, {
      ...ACCOUNT,
      eventId: "3f0c9b52-52a1-4f8c-8f0e-4d3c2b1a0f9e",
      signerId: signerIdOf(KEY),
    });
    const outside = [signFingerprint(value, KEY)];
    expect(verify({ outside }).findings).toMatchObject([{ code: "equivocation", severity: "tampered", sequence: 11 }]);
    const stranger = signFingerprint({ ...value, signerId: signerIdOf("22".repeat(32)) }, "22".repeat(32));
    const [told] = verify({ outside: [stranger, stranger] }).findings;
    expect(told).toMatchObject({ code: "other-signer", severity: "note", sequence: 11 });
    expect(told!.message).toContain("2 of them, events 11 to 20");
  });

  it("another tree that a signer of this one signed for: a note, once a tree, and not of a stranger's words", () => {
    const value = (tree: string, key: string) =>
      signFingerprint(
        statementOf(
          { ...line.checkpoints[1]!, tree },
          { ...ACCOUNT, eventId: randomUUID(), signerId: signerIdOf(key) },
        ),
        key,
      );
    const [a, b, c] = ["aa", "bb", "cc"].map((byte) => byte.repeat(16)) as [string, string, string];
    const outside = [value(a, KEY), value(a, KEY), value(b, KEY), value(c, "22".repeat(32))];
    const { findings } = verify({ outside });
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ["tree-id-mismatch", "note"],
      ["tree-id-mismatch", "note"],
    ]);
    expect(findings[0]!.message).toContain(`tree ${a}, 2 of them`);
    expect(verify({ outside, signers: [] }).findings).toEqual([]);
  });

  it("a statement that is marked as replaced, or as refused by a ledger file, to take it out of the account", () => {
    const rows = line.outbox.rows();
    const marked = (changes: object) => rows.map((row, i) => (i === 1 ? { ...row, ...changes } : row));
    expect(codes({ statements: marked({ state: "superseded" }) })).toContain("statement-damaged 2");
    expect(codes({ statements: marked({ target: "ledger", state: "rejected" }) })).toContain("statement-damaged 2");
  });

  it("a statement that is marked as waiting after it went out", () => {
    const rows = line.outbox.rows();
    const marked = (changes: object) => rows.map((row, i) => (i === 1 ? { ...row, ...changes } : row));
    const none = { batchId: null, batchRoot: null, finalizedAt: null, proofState: null, networkProof: null };
    const waiting = { state: "queued", acceptedAt: null, settledAt: null, detail: null, ...none };
    for (const cell of ["acceptedAt", "settledAt", "detail", "batchId", "finalizedAt", "networkProof"] as const) {
      const statements = marked({ ...waiting, [cell]: rows[1]![cell] ?? "x" });
      expect(codes({ statements }), cell).toEqual(["receipt-missing 2"]);
    }
    expect(codes({ statements: marked({ ...waiting, state: "sent", sentAt: null }) })).toEqual(["statement-damaged 2"]);
    expect(codes({ statements: marked({ state: "accepted" }) })).toEqual(["receipt-missing 2"]);
    // Nothing is left in the row: what stands elsewhere says so.
    expect(codes({ statements: marked({ ...waiting, sentAt: null }) })).toEqual(["receipt-missing 2"]);
    expect(codes({ statements: marked({ ...waiting, sentAt: null, id: 9 }) })).toEqual([]);
    expect(codes({ statements: marked(waiting) })).toEqual([]);
    expect(codes({ statements: marked(waiting), toldAccepted: [2] })).toEqual(["receipt-missing 2"]);
    // The network lost it: it waits again, and is sound.
    const lost = marked({ ...waiting, alarm: "lost", detail: rows[1]!.detail });
    expect(codes({ statements: lost, toldAccepted: [2] })).toEqual([]);
  });

  it("a ledger file's statement that is marked as waiting or sent", () => {
    const cells = { detail: null, batchId: null, batchRoot: null, finalizedAt: null, proofState: null };
    const rows = line.outbox.rows().map((row) => ({ ...row, ...cells, target: "ledger" as const, networkProof: null }));
    const marked = (changes: object) => rows.map((row, i) => (i === 1 ? { ...row, ...changes } : row));
    const waiting = { state: "queued", acceptedAt: null, settledAt: null };
    expect(codes({ statements: marked({ state: "sent" }) })).toEqual(["statement-damaged 2"]);
    expect(codes({ statements: marked(waiting) })).toEqual(["receipt-missing 2"]);
    // Later lines were written: the file is written in order.
    expect(codes({ statements: marked({ ...waiting, sentAt: null }) })).toEqual(["receipt-missing 2"]);
    const all = rows.map((row) => ({ ...row, ...waiting, state: "queued" as const, sentAt: null }));
    expect(codes({ statements: all })).toEqual([]);
    expect(codes({ statements: all, toldAccepted: line.outbox.toldAccepted() })).toEqual(["receipt-missing 1"]);
  });

  it("an older copy: rolled back, not tampered with", () => {
    const outside = line.outbox.rows().map((row) => parseStatement(row)!);
    const statements = line.outbox.rows().slice(0, 2);
    const found = verify({ checkpoints: line.checkpoints.slice(0, 2), statements, outside }).findings;
    expect(found.map((f) => [f.code, f.severity])).toEqual([
      ["rolled-back", "rolled-back"],
      ["rolled-back", "rolled-back"],
    ]);
    expect(verify({ checkpoints: [], statements: [], outside }).findings[0]?.code).toBe("rolled-back");
    // A statement of our own line that the outbox lost is no roll-back.
    expect(codes({ statements: line.outbox.rows().slice(0, 3), outside })).toEqual(["statement-missing 4"]);
  });

  it("an older copy that went on and signed, but was stopped before it sent: rolled back as well", () => {
    const outside = line.outbox.rows().map((row) => parseStatement(row)!);
    sql("DELETE FROM anchor_statements WHERE version > 2");
    const other = { ...line.checkpoints[2]!, lastSequence: 90, leafCount: 180, root: "ee".repeat(32) };
    const checkpoints = [...line.checkpoints.slice(0, 2), other];
    const content = statementOf(other, { ...ACCOUNT, eventId: crypto.randomUUID(), signerId: signerIdOf(KEY) });
    const { hash, ...attestation } = signFingerprint(content, KEY);
    const submission = JSON.stringify({ attestation, metadata: { hash } });
    const row = { ...line.row(2), id: 3, version: 3, hash, submission, firstSequence: 21, lastSequence: 90 };
    const none = {
      settledAt: null,
      detail: null,
      batchId: null,
      batchRoot: null,
      finalizedAt: null,
      networkProof: null,
    };
    const kept = { ...row, ...none, state: "queued" as const, sentAt: null, acceptedAt: null, proofState: null };
    const statements = [...line.outbox.rows(), kept];
    const found = (more: Partial<AnchorEvidence>) =>
      verify({ checkpoints, statements, ...more }).findings.map((f) => [f.code, f.severity]);
    const back = ["rolled-back", "rolled-back"];
    expect(found({ outside, stopped: "rolled-back" })).toEqual([back, back]);
    // Where the network was asked and not this time, the outbox says it.
    expect(found({ stopped: "rolled-back" })).toEqual([back]);
    expect(found({})).toEqual([]);
    // Sent, or with nothing that says that it was stopped: two histories.
    const sent = [...line.outbox.rows(), { ...kept, state: "sent" as const, sentAt: clock.now }];
    expect(found({ outside, statements: sent, stopped: "rolled-back" })[0]).toEqual(["equivocation", "tampered"]);
    expect(found({ outside })[0]).toEqual(["equivocation", "tampered"]);
  });

  it("events that wait too long are a note", () => {
    const overdue = { oldestUnanchoredAt: clock.now - 3_600_001, now: clock.now, policy: DEFAULT_POLICY };
    expect(verify({ overdue }).findings).toMatchObject([{ code: "anchor-overdue", severity: "note" }]);
    expect(codes({ overdue: { ...overdue, oldestUnanchoredAt: clock.now - 3_600_000 } })).toEqual([]);
  });
});
