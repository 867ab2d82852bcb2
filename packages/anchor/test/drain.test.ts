// The drainer against the local network: each failure on its own, what is told, and what is on the network afterwards.

import { type Fault, FaultQueue, LocalNetwork } from "@sealtrail/devkit";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { check, DigitalEvidenceClient, drain, Outbox, watch } from "../src/index.js";
import { type NetworkTarget, resign } from "../src/outbox/index.js";
import { Lease } from "../src/outbox/lease.js";
import { Clock, Line, SIGNER } from "./support/line.js";

let clock: Clock;
let network: LocalNetwork;
let faults: FaultQueue;
let target: NetworkTarget;
/** Patient, but where a test wants a time-out. */
let http: { timeoutMs: number };
const random = () => 0;

beforeEach(async () => {
  clock = new Clock();
  faults = new FaultQueue();
  network = await LocalNetwork.start({ clock: clock.read, faults, finalityMs: 60_000 });
  const options = { baseUrl: network.url, apiKey: "local-key", timeoutMs: 5_000, clock: clock.read };
  http = options;
  const client = new DigitalEvidenceClient(options);
  target = { network: "test", client };
});
afterEach(() => network.close());

const deps = () => ({ clock: clock.read, sleep: clock.sleep, random });
const run = (...lines: Line[]) =>
  drain(
    lines.map((line) => line.outbox),
    target,
    deps(),
  );
const look = (line: Line, all = true) => check([line.outbox], target, { ...deps(), all });
const kinds = (line: Line) => line.outbox.unacknowledged().map((report) => report.kind);

/** Exactly the line's current statements are on the network, each once. */
function settled(line: Line): void {
  const hashes = line.outbox
    .rows()
    .filter((row) => row.state !== "superseded")
    .map((row) => row.hash);
  for (const hash of hashes) expect(network.registry.fingerprints.has(hash)).toBe(true);
  const ofTree = [...network.registry.fingerprints.values()].filter((f) => f.content.documentId.includes(line.tree));
  expect(ofTree.length).toBe(hashes.length);
}

describe("a network that works", () => {
  it("brings every checkpoint there, ten a call, a second apart, in version order", async () => {
    const line = new Line(clock);
    for (let i = 0; i < 25; i++) line.add();
    const start = clock.now;
    expect(await run(line)).toMatchObject({ anchored: 25, waiting: 0, rejected: 0, failures: [] });
    expect(clock.now - start).toBe(2_000);
    const order = network.arrivals.map((hash) => line.outbox.byHash(hash)!.version);
    expect(order).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    settled(line);
    expect(kinds(line)).toEqual(["first-success"]);
    const requests = network.requests;
    expect(await run(line)).toMatchObject({ anchored: 0, waiting: 0 });
    expect(network.requests).toBe(requests); // an idle trail asks nothing
  });

  it("batches over trails", async () => {
    const lines = ["01", "02", "03"].map((t) => new Line(clock, { tree: t.repeat(16) }));
    for (const line of lines) for (let i = 0; i < 3; i++) line.add();
    expect(await run(...lines)).toMatchObject({ anchored: 9 });
    for (const line of lines) settled(line);
    expect(network.requests).toBe(3 + 1); // one look back a trail, one submission
  });

  it.each(["first", "second", "second-leaf-key"] as const)("finalises in the shape %s", async (shape) => {
    network.shape = shape;
    const line = new Line(clock);
    for (let i = 0; i < 3; i++) line.add();
    await run(line);
    expect(await look(line)).toMatchObject({ finalized: 0, pending: 3 });
    expect(await look(line, false)).toMatchObject({ finalized: 0 }); // not due: nothing is asked
    clock.now += 120_000;
    expect(await look(line, false)).toMatchObject({ finalized: 3, pending: 0, failures: [] });
    const root = network.roots()[0]!.root;
    for (const row of line.outbox.rows()) {
      expect(row.batchRoot).toBe(root);
      expect(row.proofState).toBe(shape === "first" ? "unchecked" : "verified");
    }
  });

  it("signs a checkpoint that was made unsigned, as long as it is the newest", async () => {
    const line = new Line(clock);
    line.addUnsigned();
    expect(line.outbox.signNewest(() => line.newest, SIGNER)?.version).toBe(1);
    expect(line.outbox.signNewest(() => line.newest, SIGNER)).toBeUndefined();
    line.add();
    expect(line.newest?.lastSigned).toBe(1);
    await run(line);
    settled(line);
  });

  it("a checkpoint that names another newest signed version is not signed", () => {
    const line = new Line(clock);
    line.add();
    const stale = { ...line.addUnsigned(), lastSigned: 0 };
    expect(() => line.outbox.sign(stale, SIGNER)).toThrow("says 0");
  });
});

describe("one fault, then a network that works", () => {
  test.each<[Fault, string[]]>([
    ["timeout-before", []],
    ["timeout-after", []],
    ["reset-before", []],
    ["reset-after", []],
    ["error-500", []],
    ["error-500-after", []],
    ["error-503", []],
    ["rate-limit", []],
    ["truncated", []],
    ["not-json", []],
    ["bad-shape", []],
    ["redirect", []],
    ["wrong-hash", []],
    ["reorder", []],
    ["twice", []],
    ["missing", []],
    ["unprocessable", []],
    ["unauthorized", ["held"]],
    ["forbidden", ["held"]],
  ])("%s: every checkpoint once, nothing lost", async (fault, told) => {
    for (const duplicates of ["accept", "refuse"] as const) {
      network.duplicates = duplicates;
      const line = new Line(clock, { tree: (duplicates === "accept" ? "0a" : "0b").repeat(16) });
      for (let i = 0; i < 4; i++) line.add();
      faults.submit.push(fault);
      if (fault.startsWith("timeout")) http.timeoutMs = 200;
      await run(line);
      http.timeoutMs = 5_000;
      for (let i = 0; i < 3; i++) {
        clock.now += 2_000;
        await drain([line.outbox], target, { ...deps(), release: true });
      }
      expect(line.states()).toEqual(["accepted", "accepted", "accepted", "accepted"]);
      settled(line);
      expect(kinds(line).filter((kind) => kind !== "first-success")).toEqual(told);
    }
  });

  it("partial: what was refused is looked up, held and told; a new statement only after 404", async () => {
    const line = new Line(clock);
    for (let i = 0; i < 4; i++) line.add();
    faults.submit.push("partial");
    expect(await run(line)).toMatchObject({ anchored: 2, rejected: 2, waiting: 0 });
    expect(line.states()).toEqual(["accepted", "rejected", "accepted", "rejected"]);
    expect(line.row(2).reason).toBe("try another time");
    expect(kinds(line)).toEqual(["first-success", "rejected", "rejected"]);
    await run(line);
    expect(line.states()).toEqual(["accepted", "rejected", "accepted", "rejected"]);
    expect(await resign(line.outbox, line.checkpoints[0]!, SIGNER, target, deps())).toMatchObject({
      code: "not-rejected",
    });
    const result = await resign(line.outbox, line.checkpoints[1]!, SIGNER, target, deps());
    expect(result).toMatchObject({ ok: true, row: { version: 2, state: "queued" } });
    await run(line);
    expect(line.states()).toEqual(["accepted", "superseded", "accepted", "accepted", "rejected"]);
  });

  it("a refusal of something that the network has after all counts as accepted", async () => {
    const line = new Line(clock);
    line.add();
    faults.submit.push("unprocessable");
    await run(line);
    expect(line.states()).toEqual(["rejected"]);
    const { hash, submission } = line.row(1);
    network.registry.store(JSON.parse(submission)); // it arrived on another way
    expect(await resign(line.outbox, line.newest!, SIGNER, target, deps())).toMatchObject({
      code: "accepted-after-all",
    });
    expect(line.row(1)).toMatchObject({ hash, state: "accepted" });
    settled(line);
  });

  it("resign waits where the network cannot say", async () => {
    const line = new Line(clock);
    line.add();
    faults.submit.push("unprocessable");
    await run(line);
    faults.lookup.push("error-500");
    expect(await resign(line.outbox, line.newest!, SIGNER, target, deps())).toMatchObject({ code: "network-down" });
    expect(line.states()).toEqual(["rejected"]);
  });

  it("lost: pending for an hour, then an alarm once and the same bytes again", async () => {
    const line = new Line(clock);
    line.add();
    faults.submit.push("lost", "lost");
    await run(line);
    const { hash } = line.row(1);
    expect(line.states()).toEqual(["accepted"]);
    clock.now += 3_599_000;
    expect(await look(line)).toMatchObject({ lost: 0, pending: 1 });
    clock.now += 2_000;
    expect(await look(line)).toMatchObject({ lost: 1 });
    expect(line.states()).toEqual(["queued"]);
    await run(line);
    clock.now += 3_700_000;
    expect(await look(line)).toMatchObject({ lost: 1 });
    await run(line);
    expect(line.row(1)).toMatchObject({ hash, state: "accepted" });
    expect(kinds(line)).toEqual(["first-success", "lost"]);
    settled(line);
  });

  it("a commitment that failed is told, and the old statement stays the only one", async () => {
    await network.close();
    network = await LocalNetwork.start({ clock: clock.read, faults, errored: true });
    const client = new DigitalEvidenceClient({ baseUrl: network.url, apiKey: "local-key" });
    target = { network: "test", client };
    const line = new Line(clock);
    line.add();
    await run(line);
    await look(line);
    expect(line.row(1)).toMatchObject({ state: "rejected", reason: "ERRORED_COMMITMENT" });
    expect(kinds(line)).toEqual(["first-success", "errored"]);
    expect(await resign(line.outbox, line.newest!, SIGNER, target, deps())).toMatchObject({ code: "errored" });
  });

  it("look-ups that fail, or show somebody else's record, decide nothing", async () => {
    const [line, other] = [new Line(clock), new Line(clock, { tree: "0c".repeat(16) })];
    other.add();
    line.add();
    await run(other);
    await run(line);
    clock.now += 120_000;
    for (const fault of ["foreign", "timeout-before", "error-500", "bad-shape"] as const) {
      faults.lookup.push(fault);
      http.timeoutMs = fault === "timeout-before" ? 200 : 5_000;
      const report = await look(line);
      http.timeoutMs = 5_000;
      expect(report.failures.length, fault).toBe(1);
      expect(line.states()).toEqual(["accepted"]);
    }
    clock.now += 60_000;
    expect(await look(line)).toMatchObject({ finalized: 1 });
  });
});

describe("an edited outbox", () => {
  it("a statement that is not what was signed is never sent, and told", async () => {
    const line = new Line(clock);
    for (let i = 0; i < 3; i++) line.add();
    line.database.exec(
      "UPDATE anchor_statements SET submission = replace(submission, ':1-10:', ':1-11:') WHERE version = 1",
    );
    line.database.exec("UPDATE anchor_statements SET submission = '{}' WHERE version = 2");
    expect(await run(line)).toMatchObject({ anchored: 1, rejected: 2 });
    expect(line.row(1).reason).toContain("hash-mismatch");
    expect(line.row(2).reason).toContain("missing-field");
    expect(network.arrivals).toEqual([line.row(3).hash]);
    expect(kinds(line)).toEqual(["rejected", "rejected", "first-success"]);
  });
});

describe("a queue on hold", () => {
  it("is tried again with another key or when the operator asks, and told once", async () => {
    const line = new Line(clock);
    line.add();
    const wrong = { ...target, client: new DigitalEvidenceClient({ baseUrl: network.url, apiKey: "wrong" }) };
    const report = await drain([line.outbox], wrong, deps());
    expect(report.held[0]).toContain("refuses the API key (401 unknown API key)");
    const requests = network.requests;
    expect(await drain([line.outbox], wrong, deps())).toMatchObject({ held: report.held, waiting: 1 });
    expect(network.requests).toBe(requests);
    await drain([line.outbox], wrong, { ...deps(), release: true });
    expect(network.requests).toBeGreaterThan(requests);
    expect(kinds(line)).toEqual(["held"]);
    expect(await run(line)).toMatchObject({ anchored: 1, held: [] });
    expect(line.outbox.hold()).toBeUndefined();
  });

  it("without a key and without payment says what to do", async () => {
    await network.close();
    const asset = { network: "eip155:84532", contract: `0x${"42".repeat(20)}`, name: "Test", version: "1" };
    network = await LocalNetwork.start({ till: { asset, price: "1", payTo: `0x${"77".repeat(20)}` } });
    const line = new Line(clock);
    line.add();
    const report = await drain(
      [line.outbox],
      { network: "test", client: new DigitalEvidenceClient({ baseUrl: network.url }) },
      deps(),
    );
    expect(report.held[0]).toContain("paying is off");
    expect(network.till!.charges.size).toBe(0);
  });
});

describe("the breaker in a drain", () => {
  it("opens after 5 failures, sends one probe, is kept in the file, closes", async () => {
    const line = new Line(clock);
    for (let i = 0; i < 3; i++) line.add();
    await run(line);
    line.add();
    for (let i = 0; i < 8; i++) faults.lookup.push("error-500");
    for (let i = 0; i < 5; i++) expect(await run(line)).toMatchObject({ anchored: 0, waiting: 1 });
    let requests = network.requests;
    expect(await run(line)).toMatchObject({ waitUntil: clock.now + 30_000, failures: [] });
    expect(network.requests).toBe(requests);
    clock.now += 30_000;
    requests = network.requests;
    expect(await run(line)).toMatchObject({ waitUntil: clock.now + 60_000 });
    expect(network.requests).toBe(requests + 1);
    faults.lookup.length = 0;
    clock.now += 60_000;
    expect(await run(line)).toMatchObject({ anchored: 1 });
    settled(line);
  });

  it("honours Retry-After", async () => {
    const line = new Line(clock);
    line.add();
    faults.submit.push("rate-limit");
    expect(await run(line)).toMatchObject({ anchored: 0, waitUntil: clock.now + 1_000 });
    const requests = network.requests;
    await run(line);
    expect(network.requests).toBe(requests);
    clock.now += 1_000;
    expect(await run(line)).toMatchObject({ anchored: 1 });
  });
});

describe("leases", () => {
  it("one drainer at a time; an expired lease is taken over, and its old holder writes nothing", async () => {
    const line = new Line(clock);
    line.add();
    const held = Lease.take(line.database, "somebody", clock.read)!;
    expect(await run(line)).toMatchObject({ busy: 1, anchored: 0, waiting: 1 });
    clock.now += 46_000;
    expect(await run(line)).toMatchObject({ busy: 0, anchored: 1 });
    expect(() => held.write(() => line.outbox.update(line.row(1).hash, { state: "queued" }))).toThrow(
      "another process",
    );
    expect(line.states()).toEqual(["accepted"]);
  });

  it("a lease from a clock that was set back ends at once", () => {
    const line = new Line(clock);
    Lease.take(line.database, "somebody", () => clock.now + 86_400_000);
    expect(Lease.take(line.database, "another", clock.read)).toBeDefined();
  });
});

describe("an older copy of the trail", () => {
  it("sends nothing once it sees newer statements of its own outside, and says so once", async () => {
    const line = new Line(clock);
    line.add();
    await run(line);
    const copy = new Line(clock);
    copy.add();
    // The copy's own statement is what the original's was when the backup was made.
    copy.database.exec("DELETE FROM anchor_statements");
    copy.checkpoints.length = 0;
    copy.checkpoints.push(line.checkpoints[0]!);
    const insert = copy.database.prepare(
      "INSERT INTO anchor_statements (version, target, hash, submission, state, firstSequence, lastSequence, signedAt, acceptedAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    const r = line.row(1);
    insert.run(
      r.version,
      r.target,
      r.hash,
      r.submission,
      r.state,
      r.firstSequence,
      r.lastSequence,
      r.signedAt,
      r.acceptedAt,
    );
    line.add();
    await run(line);
    clock.now += 1_000;
    copy.add(SIGNER, 7);
    const report = await run(copy);
    expect(report).toMatchObject({ anchored: 0, waiting: 1, off: ["rolled-back"] });
    expect(kinds(copy)).toEqual(["rolled-back"]);
    const requests = network.requests;
    expect(await run(copy)).toMatchObject({ off: ["rolled-back"] });
    expect(network.requests).toBe(requests);
  });
});

describe("watch", () => {
  it("signs, drains and checks until it is told to stop, and waits as long as the breaker asks", async () => {
    const line = new Line(clock);
    const stop = new AbortController();
    const waits: number[] = [];
    let pass = 0;
    await watch([line.outbox], target, {
      clock: clock.read,
      random,
      signal: stop.signal,
      sleep: async (ms) => {
        waits.push(ms);
        clock.now += ms;
      },
      before: () => {
        if (pass < 2) line.add();
        if (pass === 1) for (let i = 0; i < 5; i++) faults.submit.push("error-500");
      },
      after: () => {
        if (++pass === 14) stop.abort();
      },
    });
    expect(line.states()).toEqual(["finalized", "finalized"]);
    expect(waits.filter((ms) => ms !== 1_000)).toEqual(Array.from({ length: 13 }, () => 30_000));
    settled(line);
  });

  it("ends its pause at once", async () => {
    const stop = new AbortController();
    const line = new Line(clock);
    await watch([line.outbox], target, {
      clock: clock.read,
      signal: stop.signal,
      after: () => void setTimeout(() => stop.abort(), 5),
    });
  });
});

it("a trail that never anchored, opened for reading, reads as empty", () => {
  const { database } = new Line(clock);
  for (const table of ["state", "statements", "payments", "reports"]) database.exec(`DROP TABLE anchor_${table}`);
  const outbox = new Outbox({ database }, { readOnly: true });
  expect([
    outbox.rows(),
    outbox.lastSigned(),
    outbox.hold(),
    outbox.off(),
    outbox.unacknowledged(),
    outbox.covering(1),
  ]).toEqual([[], 0, undefined, undefined, [], undefined]);
  expect(outbox.counts().queued).toBe(0);
});
