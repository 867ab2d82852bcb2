// The breaker under a fake clock: opens, waits, probes, closes; across restarts; Retry-After and jitter.
import { describe, expect, it } from "vitest";
import { Breaker, isOutage, waitMs } from "../src/breaker/breaker.js";
import type { CallFailure } from "../src/client/http.js";

const down: CallFailure = { ok: false, kind: "timeout", message: "no answer in time" };
const up = { ok: true };

class Bench {
  now = 1_700_000_000_000;
  random = 0;
  saved: string | undefined;
  calls = 0;

  /** Every call is made by a process of its own: state goes through text each time. */
  async call(answer: unknown): Promise<Breaker> {
    const breaker = this.open();
    expect(breaker.blockedUntil()).toBeUndefined();
    await breaker.run(async () => {
      this.calls++;
      return answer;
    });
    this.saved = breaker.toString();
    return breaker;
  }

  open(): Breaker {
    return new Breaker(this.saved, { clock: () => this.now, random: () => this.random });
  }

  async openIt(): Promise<void> {
    for (let i = 0; i < 5; i++) await this.call(down);
  }
}

describe("breaker", () => {
  it("opens after 5 failures in a row, not before", async () => {
    const b = new Bench();
    for (let i = 1; i < 5; i++) {
      const breaker = await b.call(down);
      expect(breaker.status()).toMatchObject({ state: "closed", failures: i });
    }
    await b.call(up);
    expect(b.open().status()).toMatchObject({ state: "closed", failures: 0 });
    await b.openIt();
    expect(b.open().status()).toMatchObject({ state: "open", until: b.now + 30_000, lastFailure: "no answer in time" });
  });

  it("waits 30 s doubling to 5 min, one probe each, through restarts", async () => {
    const b = new Bench();
    await b.openIt();
    for (const seconds of [30, 60, 120, 240, 300, 300, 300]) {
      b.now += seconds * 1000 - 1;
      expect(b.open().blockedUntil(), `${seconds} s not over`).toBe(b.now + 1);
      b.now += 1;
      expect(b.open().status().state).toBe("half-open");
      const before = b.calls;
      await b.call(down);
      expect(b.calls).toBe(before + 1);
      expect(b.open().status().state).toBe("open");
    }
  });

  it("a probe that succeeds closes it, and the next opening waits 30 s again", async () => {
    const b = new Bench();
    await b.openIt();
    b.now += 30_000;
    await b.call(down);
    b.now += 60_000;
    await b.call(up);
    expect(b.open().status()).toMatchObject({ state: "closed", failures: 0 });
    await b.call(up);
    await b.openIt();
    expect(b.open().blockedUntil()).toBe(b.now + 30_000);
  });

  it("agrees with itself under a clock that runs faster than the machine's", async () => {
    let now = 1_700_000_000_000;
    const breaker = new Breaker(undefined, { clock: () => now, random: () => 0 });
    for (let i = 0; i < 5; i++) await breaker.run(async () => down);
    await expect(breaker.run(async () => up)).rejects.toThrow("circuit");
    const other = new Breaker(breaker.toString(), { clock: () => now, random: () => 0 });
    now += 30_000; // and no time at all by Date.now
    for (const b of [breaker, other]) {
      await b.run(async () => up);
      expect(b.status().state).toBe("closed");
    }
  });

  it("one process that keeps the breaker behaves the same", async () => {
    const b = new Bench();
    const breaker = b.open();
    for (let i = 0; i < 5; i++) await breaker.run(async () => down);
    expect(breaker.blockedUntil()).toBe(b.now + 30_000);
  });

  it("adds jitter of up to a tenth", async () => {
    const b = new Bench();
    b.random = 0.999;
    await b.openIt();
    expect(b.open().blockedUntil()).toBe(b.now + 32_997);
  });

  it("honours Retry-After while closed and while open", async () => {
    const b = new Bench();
    await b.call({ ...down, retryAfterMs: 7_000 });
    expect(b.open().status()).toMatchObject({ state: "closed", until: b.now + 7_000 });
    b.now += 7_000;
    for (let i = 0; i < 3; i++) await b.call(down);
    await b.call({ ...down, retryAfterMs: 90_000 });
    expect(b.open().status()).toMatchObject({ state: "open", until: b.now + 90_000 });
    b.now += 90_000;
    await b.call(up);
    expect(b.open().status().state).toBe("closed");
  });

  it("a clock set back never blocks for longer than an hour", async () => {
    const b = new Bench();
    await b.openIt();
    b.now -= 86_400_000;
    expect(b.open().blockedUntil()).toBeUndefined();
    await b.call(up);
  });

  it("starts afresh from a damaged state", () => {
    const b = new Bench();
    for (const text of [
      "",
      "{",
      "null",
      '{"ownState":{"value":1},"breakerState":0,"notBefore":0}',
      '{"ownState":{"value":7}}',
    ]) {
      b.saved = text;
      expect(b.open().status(), text).toEqual({ state: "closed", failures: 0 });
    }
  });

  it("counts what says that the network is not there, and nothing else", () => {
    const status = (n: number) => ({ ok: false as const, kind: "status" as const, message: "", status: n });
    for (const n of [500, 502, 503, 429, 408, 405, 418]) expect(isOutage(status(n)), String(n)).toBe(true);
    for (const n of [400, 401, 402, 403, 404, 409, 413, 422]) expect(isOutage(status(n)), String(n)).toBe(false);
    for (const kind of [
      "timeout",
      "unreachable",
      "redirect",
      "too-large",
      "not-json",
      "bad-shape",
      "foreign",
    ] as const) {
      expect(isOutage({ ok: false, kind, message: "" }), kind).toBe(true);
    }
    expect([1, 2, 3, 4, 5, 6].map(waitMs)).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  });
});
