// The same vectors under Node, Deno, Bun and in a browser: one file of code, no I/O of its own, the same answers everywhere.
// Skipped, and shown as skipped, where a runtime is not installed.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { VectorFile } from "./vectors/run.js";

const repository = new URL("../../../", import.meta.url).pathname;
const vectors = join(repository, "test-vectors");
const bin = (name: string) => join(repository, "node_modules", ".bin", name);
const browser = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

function files(): VectorFile[] {
  return readdirSync(vectors, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".json"))
    .map((path) => JSON.parse(readFileSync(join(vectors, path), "utf8")) as VectorFile & { format: string })
    .filter((file) => file.format === "sealtrail-vectors/1");
}

const bundleOf = (entry: string, outfile: string, node: boolean) =>
  build({
    entryPoints: [new URL(`./runtimes/${entry}`, import.meta.url).pathname],
    bundle: true,
    format: node ? "esm" : "iife",
    platform: node ? "node" : "browser",
    target: "es2023",
    outfile,
  });

describe("the vectors get their answers", { timeout: 120_000 }, () => {
  let folder: string;
  const all = files();
  const cases = all.reduce((sum, file) => sum + file.cases.length, 0);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sealtrail-runtimes-"));
    writeFileSync(join(folder, "vectors.json"), JSON.stringify(all));
    await bundleOf("main.ts", join(folder, "main.mjs"), true);
    await bundleOf("page.ts", join(folder, "page.js"), false);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (command: string, args: string[]) => {
    const printed = execFileSync(command, [...args, join(folder, "main.mjs"), join(folder, "vectors.json")], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
      env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    });
    expect(JSON.parse(printed)).toEqual({ cases, found: [] });
  };

  it("in Node", () => run(process.execPath, []));
  it.skipIf(!existsSync(bin("deno")))("in Deno", () =>
    run(bin("deno"), ["run", "--quiet", "--no-config", "--allow-read"]),
  );
  it.skipIf(!existsSync(bin("bun")))("in Bun", () => run(bin("bun"), []));

  it.skipIf(browser === undefined)("in headless Chromium", async () => {
    const { chromium } = await import("playwright-core");
    const session = await chromium.launch({
      executablePath: browser!,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    try {
      const page = await session.newPage();
      await page.addScriptTag({ path: join(folder, "page.js") });
      for (const file of all) {
        const found = await page.evaluate(
          (one) => (globalThis as unknown as { disagreements(file: unknown): Promise<string[]> }).disagreements(one),
          file as never,
        );
        expect(found).toEqual([]);
      }
    } finally {
      await session.close();
    }
  });
});
