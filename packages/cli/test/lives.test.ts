// The short form of `npm run lives` and `npm run lives:processes`: random lives of a trail, each with a model of what must be in it (support/lives).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { live } from "./support/lives/life.ts";
import { liveInProcesses, Pool } from "./support/lives/processes.ts";
import { PythonVerifier } from "./support/lives/python.ts";

const folder = mkdtempSync(join(tmpdir(), "lives-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("no sequence of commands, cut off or met by another, makes a sound trail look tampered with or loses what was acknowledged", async () => {
  const python = new PythonVerifier();
  const wrong: string[] = [];
  for (let seed = 1; seed <= 8; seed++) {
    await live(seed, join(folder, String(seed)), python).catch((error: Error) => wrong.push(error.message));
  }
  python.end();
  expect(wrong).toEqual([]);
});

it("two processes at a time, some of them killed: what was acknowledged is there, once", async () => {
  const pool = new Pool();
  const wrong: string[] = [];
  for (let seed = 1; seed <= 2; seed++) {
    await liveInProcesses(seed, join(folder, `processes-${seed}`), pool).catch((error: Error) =>
      wrong.push(error.message),
    );
  }
  pool.end();
  expect(wrong).toEqual([]);
});
