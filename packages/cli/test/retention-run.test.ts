// The short form of the retention run (support/retention-run.ts): pruned to a tenth, erased in part, held in part; then every
// byte is searched, every leaf proven, every export verified. The long form is `npm run retention`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Home } from "./_run.js";
import { Needles } from "./support/needles.ts";
import { retentionRun } from "./support/retention-run.ts";

it("a pruned trail verifies, exports and proves, and its bytes hold nothing of what is gone", async () => {
  const home = new Home();
  const result = await retentionRun({
    events: 2_000,
    command: async (argv) => {
      const { code, out, err } = await home.audit(argv);
      return { status: code, stdout: out, stderr: err };
    },
  });
  expect(result.wrong).toEqual([]);
  expect(Math.min(result.kept, result.pruned, result.erased, result.held)).toBeGreaterThan(50);
});

it("the search finds what is there, across the edge of two reads too", () => {
  const folder = mkdtempSync(join(tmpdir(), "needles-"));
  const file = join(folder, "hay");
  const hay = Buffer.alloc(3 << 20, 0xa5);
  const needle = Buffer.from("needle-0");
  for (const at of [0, (1 << 20) - 3, hay.length - 8]) {
    const needles = new Needles();
    for (let i = 0; i < 5_000; i++) needles.add(Buffer.from(`${String(i).padStart(4, "0")}-other`), i);
    needles.add(needle, 7_777);
    writeFileSync(file, hay);
    expect(needles.scan(file)).toEqual(new Set());
    writeFileSync(file, Buffer.concat([hay.subarray(0, at), needle, hay.subarray(at + 8)]));
    expect(needles.scan(file)).toEqual(new Set([7_777]));
    writeFileSync(file, Buffer.concat([hay.subarray(0, at), Buffer.from(`x${needle.toString("hex")}`)]));
    expect(needles.scan(file)).toEqual(new Set([7_777]));
  }
  rmSync(folder, { recursive: true });
});
