// Many writers at once, and writers that are killed. Uses the built package: what runs in the children is what is shipped.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { Trail } from "../src/trail.js";
import { oneFile } from "./support/one-file.js";
import { newTrail } from "./support/trails.js";

const built = ["writer", "keeper"].map((name) =>
  oneFile(fileURLToPath(new URL(`support/${name}.mjs`, import.meta.url))),
);
const [writer, keeper] = built.map(({ path }) => path) as [string, string];
afterAll(() => {
  for (const one of built) one.remove();
});
/** SEALTRAIL_KILLS=100 for the long form: two seconds each. */
const kills = Number(process.env.SEALTRAIL_KILLS ?? 5);
const killsMs = 60_000 + kills * 5_000;

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  lines: string[];
  stderr: string;
}

function start(script: string, ...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let stderr = "";
  child.stdout.on("data", (piece) => {
    out += piece;
  });
  child.stderr.on("data", (piece) => {
    stderr += piece;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) => {
      // What was cut off in the middle was not said.
      const lines = out.split("\n").slice(0, -1);
      resolve({ code, signal, lines, stderr });
    });
  });
  return { child, ended };
}

it("20 processes append at once, 50 events each, some checkpointing: all there, in one chain, no error shown", async () => {
  const { trail, file } = newTrail({ clock: Date.now });
  const running = Array.from({ length: 20 }, (_, i) => start(writer, file, "50", "1", i % 4 === 0 ? "yes" : "no"));
  const results = await Promise.all(running.map((r) => r.ended));
  for (const result of results) expect(result).toMatchObject({ code: 0, stderr: "" });
  const sequences = results.flatMap((r) => r.lines.map(Number)).sort((a, b) => a - b);
  expect(sequences).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
  expect(await trail.verify()).toMatchObject({ status: "verified", findings: [], events: 1_000 });
  trail.checkpoint();
  expect(await trail.verify()).toMatchObject({ status: "verified", findings: [], events: 1_000 });
  trail.close();
});

it(
  "kill -9 at random: the file opens, verifies, and holds every acknowledged event",
  async () => {
    const { trail, file } = newTrail({ clock: Date.now });
    trail.close();
    let acknowledged = 0;
    for (let i = 0; i < kills; i++) {
      const { child, ended } = start(writer, file, "100000", i % 2 === 0 ? "25" : "1", "yes");
      await new Promise((resolve) => child.stdout?.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
      child.kill("SIGKILL");
      const result = await ended;
      expect(result).toMatchObject({ signal: "SIGKILL", stderr: "" });
      acknowledged = Math.max(acknowledged, ...result.lines.map(Number));
      const survivor = Trail.open(file);
      expect(survivor.lastSequence).toBeGreaterThanOrEqual(acknowledged);
      const report = await survivor.verify();
      expect(report.findings).toEqual([]);
      expect(report.status).toBe("verified");
      survivor.checkpoint();
      expect((await survivor.verify()).status).toBe("verified");
      survivor.close();
    }
  },
  killsMs,
);

it(
  "kill -9 during checkpoint, freeze, compaction, erasure, rebuild: verifies, with every root that was told",
  async () => {
    const { trail, file } = newTrail({ clock: Date.now, epochDurationMs: 60 });
    trail.close();
    const knownRoots: { sequence: number; root: string }[] = [];
    for (let i = 0; i < kills; i++) {
      const { child, ended } = start(keeper, file);
      await new Promise((resolve) => child.stdout?.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
      child.kill("SIGKILL");
      const result = await ended;
      expect(result).toMatchObject({ signal: "SIGKILL", stderr: "" });
      for (const line of result.lines) {
        const [sequence, root] = line.split(":") as [string, string];
        knownRoots.push({ sequence: Number(sequence), root });
      }
      const survivor = Trail.open(file);
      const report = await survivor.verify({ knownRoots });
      expect(report.findings).toEqual([]);
      expect(report.status).toBe("verified");
      survivor.close();
    }
    const whole = Trail.open(file);
    expect(whole.rebuild()).toMatchObject({ ok: true });
    expect(await whole.verify({ knownRoots })).toMatchObject({ status: "verified", findings: [] });
    whole.close();
  },
  killsMs,
);
