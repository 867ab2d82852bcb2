// Pressure of a live source: what is written at once, what waits, what is put together, and that every loss is on record.

import { redactionPolicy } from "@sealtrail/redact";
import { sealed } from "@sealtrail/verify/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepare } from "../src/event/prepare.js";
import type { PreparedEvent } from "../src/event/prepared.js";
import { Pressure, preparedText } from "../src/ingest/pressure.js";

const redaction = redactionPolicy();
let n = 0;
const event = (type: string, more: object = {}) =>
  prepare({ type, description: `event ${n++}`, metadata: { n }, ...more }, { source: "openclaw", redaction });
const metadata = (of: PreparedEvent) => JSON.parse(of.metadata) as Record<string, unknown>;

function bench(options: { perSecond?: number; buffered?: number; bufferedBytes?: number } = {}) {
  const at = { now: 1_800_000_000_000, broken: false };
  const written: PreparedEvent[] = [];
  let seed = 0;
  const pressure = new Pressure({
    sink: {
      append(events) {
        if (at.broken) throw new Error("database is locked");
        written.push(...events);
        return { added: events.length, duplicate: 0 };
      },
    },
    clock: () => at.now,
    random: (size) => new Uint8Array(size).fill(++seed),
    ...options,
  });
  return { at, written, pressure };
}

describe("pressure", () => {
  it("writes one by one up to the rate, then lets events wait, then writes again", () => {
    const { at, written, pressure } = bench();
    const answers = Array.from({ length: 150 }, () => pressure.offer(event("message.write")));
    expect(answers.filter((answer) => answer === "written")).toHaveLength(100);
    expect(pressure.state).toEqual({ waiting: 50, lost: 0 });
    expect(pressure.drain()).toBe(true);
    expect(written.map((e) => e.description)).toEqual([...written].map((e) => e.description).sort(byNumber));
    at.now += 10;
    expect(pressure.offer(event("message.write"))).toBe("written");
    expect(pressure.offer(event("message.write"))).toBe("buffered");
  });

  it("never lets calls, security, configuration, sessions and denials wait", () => {
    const { written, pressure } = bench({ perSecond: 0 });
    const types = [
      "tool.invoked",
      "tool.denied",
      "security.scan_result",
      "config.tool_changed",
      "session.end",
      "message.send_denied",
    ];
    for (const type of types) expect(pressure.offer(event(type))).toBe("written");
    expect(pressure.offer(event("prompt.input"))).toBe("buffered");
    expect(written.map((e) => e.type)).toEqual(types);
  });

  it("tells the caller when such an event cannot be written, and keeps the others", () => {
    const { at, written, pressure } = bench();
    at.broken = true;
    expect(() => pressure.offer(event("tool.invoked"))).toThrow("locked");
    expect(pressure.offer(event("prompt.input"))).toBe("buffered");
    expect(() => pressure.drain()).toThrow("locked");
    expect(pressure.state.waiting).toBe(1);
    at.broken = false;
    expect(pressure.drain()).toBe(true);
    expect(written).toHaveLength(1);
  });

  it("puts a full buffer together: count, first and last time, and the seal of what each said", () => {
    const { at, written, pressure } = bench({ perSecond: 0, buffered: 4 });
    const kept = [];
    for (let i = 0; i < 4; i++) {
      at.now += 1_000;
      kept.push(event("message.write", { sessionId: "s", content: `said ${i}` }));
      pressure.offer(kept[i]!);
    }
    const other = event("prompt.input", { sessionId: "s" });
    pressure.offer(other);
    const late = event("message.write", { sessionId: "s" });
    pressure.offer(late);
    expect(pressure.state).toEqual({ waiting: 3, lost: 0 });
    pressure.drain();
    const [group] = written;
    expect(group).toMatchObject({ type: "message.write", category: "message", sessionId: "s", source: "openclaw" });
    const text = kept.map(preparedText).join("");
    expect(metadata(group!)).toEqual({
      coalesced: true,
      count: 4,
      events: sealed(group!.contentSalt, new TextEncoder().encode(text)),
      first: "2027-01-15T08:00:04.000Z",
      last: "2027-01-15T08:00:04.000Z",
    });
    expect(text).toContain('"content":"said 2"');
    expect(written.slice(1)).toEqual([other, late]);
  });

  it("counts what fits not even then, and says so once there is room", () => {
    const { at, written, pressure } = bench({ perSecond: 0, buffered: 3 });
    for (let i = 0; i < 3; i++) pressure.offer(event("prompt.input", { sessionId: `s${i}` }));
    expect(pressure.offer(event("prompt.input", { sessionId: "s9" }))).toBe("lost");
    at.now += 5_000;
    expect(pressure.offer(event("prompt.input", { sessionId: "s8" }))).toBe("lost");
    expect(pressure.offer(event("prompt.input", { sessionId: "s1" }))).toBe("buffered");
    pressure.drain();
    expect(written.at(-1)).toMatchObject({
      type: "system.degraded",
      source: "sealtrail",
      description: "2 events could not be recorded",
    });
    expect(metadata(written.at(-1)!)).toMatchObject({
      count: 2,
      reason: "pressure",
      since: "2027-01-15T08:00:00.000Z",
      until: "2027-01-15T08:00:05.000Z",
    });
    expect(metadata(written[1]!)).toMatchObject({ coalesced: true, count: 2 });
    expect(pressure.state).toEqual({ waiting: 0, lost: 0 });
  });

  it("bounds the bytes that wait as well", () => {
    const { pressure } = bench({ perSecond: 0, bufferedBytes: 3_000_000 });
    for (let i = 0; i < 100; i++)
      pressure.offer(event("prompt.input", { sessionId: `s${i}`, content: "x".repeat(1_000_000) }));
    expect(pressure.state).toEqual({ waiting: 2, lost: 98 });
  });

  it("a clock set back neither blocks nor opens the gate", () => {
    const { at, pressure } = bench({ perSecond: 2 });
    at.now -= 3_600_000;
    const answers = [1, 2, 3].map(() => pressure.offer(event("prompt.input")));
    expect(answers).toEqual(["written", "written", "buffered"]);
    pressure.drain();
    at.now += 1_000;
    expect(pressure.offer(event("prompt.input"))).toBe("written");
  });

  it("ten thousand kinds at once cost little", () => {
    const { pressure } = bench({ perSecond: 0, buffered: 10_000 });
    const events = Array.from({ length: 20_000 }, (_, i) => ({ ...event("prompt.input"), sessionId: `s${i}` }));
    const before = process.threadCpuUsage();
    for (const one of events) pressure.offer(one);
    const { user, system } = process.threadCpuUsage(before);
    expect(pressure.state).toEqual({ waiting: 10_000, lost: 10_000 });
    expect(user + system).toBeLessThan(3_000_000);
  });

  it("whatever comes in whatever order: every event is written, put together or counted", () => {
    const types = ["message.write", "prompt.input", "agent.end", "tool.invoked"];
    const step = fc.record({
      type: fc.constantFrom(...types),
      session: fc.nat(4),
      wait: fc.nat(40),
      drain: fc.boolean(),
      broken: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.nat(6), (steps, buffered) => {
        const { at, written, pressure } = bench({ perSecond: 5, buffered });
        let offered = 0;
        for (const { type, session, wait, drain, broken } of steps) {
          at.now += wait;
          at.broken = broken && !type.startsWith("tool");
          pressure.offer(event(type, { sessionId: `s${session}` }));
          offered++;
          if (drain && !at.broken) pressure.drain();
        }
        at.broken = false;
        while (!pressure.drain());
        const counted = written.reduce((sum, e) => sum + ((metadata(e).count as number | undefined) ?? 1), 0);
        expect(counted).toBe(offered);
      }),
      { numRuns: process.env.SEALTRAIL_REDTEAM ? 1_000 : 200 },
    );
  });
});

function byNumber(a: string, b: string): number {
  return Number(a.split(" ")[1]) - Number(b.split(" ")[1]);
}
