// The plugin as it is packed: the host's security audit reads its code, and what it calls dangerous frightens an operator
// for nothing.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../", import.meta.url));

test("has nothing in it that starts programs, makes up code, mines or sends", () => {
  execFileSync(process.execPath, ["bundle.mjs"], { cwd: folder });
  const files = readdirSync(`${folder}bundle`).filter((name) => name.endsWith(".js"));
  expect(files.sort()).toEqual(["index.js", "worker.js"]);
  for (const file of files) {
    const code = readFileSync(`${folder}bundle/${file}`, "utf8");
    expect(code.match(/\beval\s*\(|new\s+Function\s*\(/g), file).toBeNull();
    expect(code.match(/child_process|stratum\+tcp|\bfetch\s*\(|new\s+WebSocket|https?\.request/g), file).toBeNull();
  }
});
