// Everything but the store must run in a browser as it is: nothing of Node's, in any file that the main entry can reach.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const src = fileURLToPath(new URL("../src", import.meta.url));

it("asks nothing of Node outside the store", () => {
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.startsWith("sqlite"),
  );
  expect(files.length).toBeGreaterThan(30);
  for (const file of files) {
    const code = readFileSync(join(src, file), "utf8").replaceAll(/\/\/.*$|\/\*[\s\S]*?\*\//gm, "");
    expect(code, file).not.toMatch(/["']node:|["'][./]*\/sqlite\/|\bBuffer\b|\bprocess\.|\brequire\(/);
  }
});
