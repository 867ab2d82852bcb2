// Pay per request: one payment a batch whatever fails, no cap passed, no hostile offer paid.

import { type Fault, FaultQueue, LocalNetwork } from "@sealtrail/devkit";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { check, DigitalEvidenceClient, drain } from "../src/index.js";
import type { NetworkTarget } from "../src/outbox/index.js";
import { type PaymentPolicy, WalletPayment, walletAddress, walletIdentity } from "../src/payment/index.js";
import { spentOn } from "../src/payment/paid.js";
import { Clock, KEY, Line, SIGNER } from "./support/line.js";

const WALLET = "33".repeat(32);
const asset = { network: "eip155:84532", contract: `0x${"42".repeat(20)}`, name: "Test Dollar", version: "1" };
const payTo = `0x${"77".repeat(20)}`;
const signer = { ...SIGNER, ...walletIdentity(walletAddress(WALLET)) };
const honest = {
  scheme: "exact",
  network: asset.network,
  amount: "1000",
  asset: asset.contract,
  payTo,
  maxTimeoutSeconds: 300,
  extra: { name: asset.name, version: asset.version },
};

let clock: Clock;
let network: LocalNetwork;
let faults: FaultQueue;
let target: NetworkTarget;
let policy: PaymentPolicy;
/** Patient, but where a test wants a time-out. */
let http: { timeoutMs: number };

beforeEach(async () => {
  clock = new Clock();
  faults = new FaultQueue();
  network = await LocalNetwork.start({ clock: clock.read, faults, till: { asset, price: "1000", payTo } });
  policy = { environment: "test", maxPerPayment: "1000", maxPerDay: "10000", payTo, asset };
  const options = { baseUrl: network.url, timeoutMs: 5_000, clock: clock.read };
  http = options;
  const client = new DigitalEvidenceClient(options);
  target = { network: "test", client, payment: new WalletPayment(policy, WALLET) };
});
afterEach(() => network.close());

const deps = () => ({ clock: clock.read, sleep: clock.sleep, random: () => 0 });
const run = (line: Line) => drain([line.outbox], target, deps());
/** One drain that meets a time-out. */
const runShort = async (line: Line) => {
  http.timeoutMs = 200;
  const report = await run(line);
  http.timeoutMs = 5_000;
  return report;
};
const spent = (line: Line) => spentOn(line.outbox, new Date(clock.now).toISOString().slice(0, 10));
const filled = (n: number) => {
  const line = new Line(clock);
  for (let i = 0; i < n; i++) line.add(signer);
  return line;
};

it("pays once a batch", async () => {
  const line = filled(12);
  expect(await run(line)).toMatchObject({ anchored: 12, failures: [] });
  expect(network.till!.charges.size).toBe(2);
  expect(spent(line)).toBe(2000n);
  expect(network.registry.fingerprints.size).toBe(12);
});

it("finds the offer in the header as well", async () => {
  network.till!.options.offersInHeader = true;
  expect(await run(filled(1))).toMatchObject({ anchored: 1 });
});

test.each<Fault>([
  "timeout-before",
  "timeout-after",
  "reset-before",
  "reset-after",
  "error-500",
  "error-500-after",
  "truncated",
  "not-json",
  "redirect",
  "wrong-hash",
  "missing",
  "twice",
])("%s on the paid call: the same authorization again, paid once", async (fault) => {
  const line = filled(3);
  faults.submit.push(undefined, fault);
  await run(line);
  expect(spent(line)).toBe(1000n);
  for (let i = 0; i < 3; i++) {
    clock.now += 2_000;
    await run(line);
  }
  expect(line.states()).toEqual(["accepted", "accepted", "accepted"]);
  expect(network.till!.charges.size).toBe(1);
  expect(spent(line)).toBe(1000n);
});

it("a batch is frozen: what is signed meanwhile goes with the next payment", async () => {
  const line = filled(2);
  faults.submit.push(undefined, "timeout-before");
  await runShort(line);
  line.add(signer);
  clock.now += 2_000;
  await run(line);
  expect(line.states()).toEqual(["accepted", "accepted", "accepted"]);
  expect([...network.till!.charges.values()].map((charge) => JSON.parse(charge.body).length)).toEqual([2, 1]);
});

it("a second attempt is signed only after the first has run out and the network knows nothing of the batch", async () => {
  const line = filled(2);
  faults.submit.push(undefined, "timeout-before");
  await runShort(line);
  faults.submit.push(...Array.from({ length: 9 }, () => "timeout-before" as const));
  clock.now += 299_000;
  await runShort(line);
  expect(spent(line)).toBe(1000n);
  clock.now += 10_000; // run out, but the grace is not over
  let requests = network.requests;
  expect((await run(line)).failures[0]).toContain("runs out");
  expect(network.requests).toBe(requests);
  faults.submit.length = 0;
  clock.now += 60_000;
  requests = network.requests;
  expect(await run(line)).toMatchObject({ anchored: 2 });
  expect(network.requests).toBe(requests + 4); // two look-ups, the offer, the paid call
  expect(spent(line)).toBe(2000n); // the first stays counted
  expect(network.till!.charges.size).toBe(1);
});

it("found after it ran out: no second attempt", async () => {
  const line = filled(2);
  faults.submit.push(undefined, "timeout-after");
  await runShort(line);
  clock.now += 400_000;
  expect(await run(line)).toMatchObject({ anchored: 2 });
  expect(spent(line)).toBe(1000n);
  expect(network.till!.charges.size).toBe(1);
});

it("the day's cap holds over any number of drains, and is free again tomorrow", async () => {
  policy.maxPerDay = "2500";
  const line = new Line(clock);
  for (let i = 0; i < 4; i++) {
    line.add(signer);
    clock.now += 1_000;
    await run(line);
  }
  expect(line.states()).toEqual(["accepted", "accepted", "queued", "queued"]);
  expect((await run(line)).failures[0]).toContain("cap per day");
  expect(spent(line)).toBe(2000n);
  clock.now += 86_400_000;
  await run(line);
  expect(line.states()).toEqual(["accepted", "accepted", "accepted", "accepted"]);
  expect(spent(line)).toBe(1000n);
});

it("before a payment is sent again it is looked up whether the network has the batch", async () => {
  const line = filled(2);
  faults.submit.push(undefined, "timeout-after");
  await runShort(line);
  clock.now += 2_000;
  const requests = network.requests;
  expect(await run(line)).toMatchObject({ anchored: 2 });
  expect(network.requests).toBe(requests + 2); // two look-ups, and no call
  expect(network.till!.charges.size).toBe(1);
});

it("the cap per statement holds over any number of attempts, and then a person decides", async () => {
  policy.maxPerStatement = "2000";
  const line = filled(1);
  for (let i = 0; i < 3; i++) {
    faults.submit.push(undefined, "timeout-before");
    await runShort(line);
    faults.submit.length = 0;
    clock.now += 400_000;
  }
  const report = await run(line);
  expect(report.held[0]).toContain("cap per statement");
  expect(spent(line)).toBe(2000n);
  expect(line.states()).toEqual(["sent"]);
  policy.maxPerStatement = "3000";
  expect(await drain([line.outbox], target, { ...deps(), release: true })).toMatchObject({ anchored: 1 });
  expect(network.till!.charges.size).toBe(1);
});

describe("clocks", () => {
  const wrong = (ms: number) => ({ ...deps(), clock: () => clock.now + ms });

  test.each([
    [7_200_000, "7200 s ahead of"],
    [-7_200_000, "7200 s behind"],
  ])("by %i ms: nothing is signed", async (ms, said) => {
    const line = filled(1);
    expect((await drain([line.outbox], target, wrong(ms))).failures[0]).toContain(said);
    expect(spentOn(line.outbox, new Date(clock.now + ms).toISOString().slice(0, 10))).toBe(0n);
    expect(await run(line)).toMatchObject({ anchored: 1 });
  });

  it("a payment that was signed under a clock far ahead does not hold the queue up", async () => {
    const line = filled(1);
    faults.submit.push(undefined, "timeout-before");
    await runShort(line);
    const day = 86_400_000;
    line.database
      .prepare("UPDATE anchor_payments SET signedAt = signedAt + ?, validBefore = validBefore + ?")
      .run(day, day);
    clock.now += 2_000;
    expect(await run(line)).toMatchObject({ anchored: 1 });
    expect(network.till!.charges.size).toBe(1);
  });
});

it("what was accepted and lost is paid again under another nonce", async () => {
  const line = filled(1);
  faults.submit.push(undefined, "lost");
  await run(line);
  clock.now += 3_700_000;
  await check([line.outbox], target, { ...deps(), all: true });
  expect(line.states()).toEqual(["queued"]);
  await run(line);
  expect(line.states()).toEqual(["accepted"]);
  expect(network.till!.charges.size).toBe(2);
});

describe("hostile offers", () => {
  test.each([
    ["another recipient", { ...honest, payTo: `0x${"66".repeat(20)}` }, "recipient"],
    ["another asset", { ...honest, asset: `0x${"66".repeat(20)}` }, "another asset"],
    ["another chain", { ...honest, network: "eip155:1" }, "another chain"],
    ["another domain", { ...honest, extra: { name: "Dai", version: "1" } }, "signing domain"],
    ["too much", { ...honest, amount: "1001" }, "cap per payment"],
    ["another scheme", { ...honest, scheme: "upto" }, "scheme"],
    ["nonsense", { hello: 1 }, "published shape"],
  ])("%s: nothing is paid, the queue is held with its own message", async (_what, offer, message) => {
    network.till!.options.offers = [offer];
    const line = filled(1);
    const report = await run(line);
    expect(report.held[0]).toContain(message);
    expect(spent(line)).toBe(0n);
    expect(network.till!.charges.size).toBe(0);
    const requests = network.requests;
    await run(line);
    expect(network.requests).toBe(requests);
    expect(line.outbox.unacknowledged().map((r) => r.kind)).toEqual(["held"]);
    network.till!.options.offers = [honest];
    expect(await drain([line.outbox], target, { ...deps(), release: true })).toMatchObject({ anchored: 1 });
  });

  it("a further 402 with a dearer offer gets the same header again, no second one", async () => {
    const line = filled(1);
    faults.submit.push(undefined, "timeout-before");
    await runShort(line);
    network.till!.options.offers = [{ ...honest, amount: "999" }];
    clock.now += 2_000;
    expect((await run(line)).failures[0]).toContain("sent again until it runs out");
    expect(spent(line)).toBe(1000n);
  });

  it("the signing key never pays", async () => {
    const line = filled(1);
    const same = { ...target, payment: new WalletPayment(policy, KEY) };
    await expect(drain([line.outbox], same, deps())).rejects.toThrow("signing key must not hold money");
  });
});
