// Random lives of a trail: events of several sessions and sources, erasures, prunes, holds, freezes, rebuilds, steps of
// the clock. A model says what must still be there. After each step the database must verify; at the end of a life its
// export must, in TypeScript and in Python. `SEALTRAIL_LIVES=10000` runs that many; SEALTRAIL_LIVES_SEED picks others.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { exportNdjson, verifyExport } from "../src/export/index.js";
import { Trail } from "../src/index.js";
import { folder, newTrail, prepared } from "./support/trails.js";

const lives = Number(process.env.SEALTRAIL_LIVES ?? 12);
const firstSeed = Number(process.env.SEALTRAIL_LIVES_SEED ?? 1);
const day = 86_400_000;
const minute = 60_000;

/** mulberry32: the same lives on every machine. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const sources = ["ndjson", "claude-code"] as const;

async function live(seed: number): Promise<string> {
  const throwOf = dice(seed);
  const { trail: first, clock, file } = newTrail({ epochDurationMs: [minute, 60 * minute, day][throwOf(3)]! });
  let trail = first;
  // A second process at the same file: what one remembers, the other may have changed.
  let other = Trail.open(file, { clock: () => clock.now });
  /** What must still be readable, by sequence. */
  const whole = new Map<number, string>();
  const held = new Map<string, string>();
  const sessionOf = new Map<number, string>();
  const done: string[] = [];
  let told = 0;
  const pick = () => [...whole.keys()][throwOf(Math.max(1, whole.size))];
  const isHeld = (n: number) => [...held.values()].includes(sessionOf.get(n) ?? "");
  const steps: [name: string, step: () => void][] = [
    ["append", append],
    ["append", append],
    ["append", append],
    ["a little later", () => (clock.now += throwOf(90) * minute)],
    ["much later", () => (clock.now += throwOf(300) * day)],
    ["a clock that steps back", () => (clock.now -= throwOf(20) * minute)],
    ["erase the newest", () => erase({ sequences: [[...whole.keys()].at(-1)].filter((n) => n !== undefined) })],
    ["erase the newest", () => erase({ sequences: [[...whole.keys()].at(-1)].filter((n) => n !== undefined) })],
    ["erase one", () => erase({ sequences: [pick()].filter((n) => n !== undefined) })],
    ["erase a session", () => erase({ session: `s${throwOf(4)}` })],
    ["prune", prune],
    ["hold", hold],
    [
      "release",
      () => {
        const [id] = held.keys();
        if (id === undefined) return;
        expect(trail.release(id)).toBeGreaterThan(0);
        held.delete(id);
      },
    ],
    ["checkpoint", () => void other.checkpoint()],
    [
      "freeze",
      () => {
        for (const epoch of trail.freezableEpochs().slice(0, 2)) trail.freeze(epoch);
      },
    ],
    ["rebuild", () => expect(trail.rebuild()).toMatchObject({ ok: true })],
    [
      "change sides",
      () => {
        [trail, other] = [other, trail];
      },
    ],
  ];
  function append(): void {
    const count = 1 + throwOf(4);
    const events = Array.from({ length: count }, () => {
      const sessionId = throwOf(5) === 0 ? undefined : `s${throwOf(4)}`;
      return prepared({
        description: `said ${told++}`,
        source: sources[throwOf(2)]!,
        ...(sessionId === undefined ? {} : { sessionId }),
      });
    });
    trail.append(events);
    // A step of the clock may have put an event of the trail's own between them.
    for (const event of trail.events({ last: count + 1 })) {
      if (event.category === "system" || whole.has(event.sequence) || !event.description?.startsWith("said")) continue;
      if (Number(event.description.slice(5)) < told - count) continue;
      whole.set(event.sequence, event.description);
      if (event.sessionId !== undefined) sessionOf.set(event.sequence, event.sessionId);
    }
  }
  function erase(target: { sequences: number[] } | { session: string }): void {
    const asked =
      "session" in target ? [...whole.keys()].filter((n) => sessionOf.get(n) === target.session) : target.sequences;
    trail.erase(target);
    for (const n of asked) if (!isHeld(n)) whole.delete(n);
  }
  function prune(): void {
    const maxAgeMs = (183 + throwOf(100)) * day;
    const old = [...trail.events()].filter((event) => Date.parse(event.createdAt) <= clock.now - maxAgeMs);
    trail.prune({ maxAgeMs });
    for (const { sequence } of old) if (!isHeld(sequence)) whole.delete(sequence);
  }
  function hold(): void {
    const session = `s${throwOf(4)}`;
    if (trail.count({ session }) === 0) return;
    held.set(trail.hold({ session }).id, session);
  }
  for (let i = 0; i < 30; i++) {
    const [name, step] = steps[throwOf(steps.length)]!;
    done.push(name);
    step();
    const context = `life ${seed}: ${done.join(", ")}`;
    const report = await other.verify();
    expect(report.findings, context).toEqual([]);
    const there = [...trail.events()].filter((event) => event.destroyed !== true && event.category !== "system");
    expect(new Map(there.map((event) => [event.sequence, event.description])), context).toEqual(whole);
  }
  trail.checkpoint();
  const lines = [...exportNdjson(trail, { exportedAt: "2026-11-22T00:00:00.000Z", withSalts: true })];
  const context = `life ${seed}: ${done.join(", ")}`;
  expect((await verifyExport(lines.map((line) => line.replace(/\n$/, "")))).findings, context).toEqual([]);
  trail.close();
  other.close();
  return lines.join("");
}

const python = `
import sys
sys.path.insert(0, sys.argv[1])
from sealtrail_verify import export
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        found = export.verify(file)
    if not found.get("ok"):
        print(path, found)
`;

it("no sequence of ordinary commands makes a sound trail look tampered with, or loses what it must keep", async () => {
  const here = folder();
  const files: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + lives; seed++) {
    const path = join(here, `life-${seed}.ndjson`);
    writeFileSync(path, await live(seed));
    files.push(path);
  }
  const verifier = fileURLToPath(new URL("../../../test-vectors", import.meta.url));
  for (let at = 0; at < files.length; at += 500) {
    const run = spawnSync("python3", ["-c", python, verifier, ...files.slice(at, at + 500)], { encoding: "utf8" });
    if (run.error !== undefined) return; // no Python here: its own test run has these vectors
    expect(run.stdout + run.stderr).toBe("");
  }
}, 3_600_000);
