// Every case of test-vectors/ gets the answer that stands in it, and the generator makes the files again as they are.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { vectorFiles } from "../../../test-vectors/generate.js";
import { disagreements } from "./vectors/run.js";

const root = fileURLToPath(new URL("../../../test-vectors/", import.meta.url));
const made = [...vectorFiles()];

describe("test vectors", () => {
  it.each(made)("%s is what the generator makes", (path, text) => {
    expect(readFileSync(root + path, "utf8") === text).toBe(true);
  });

  it.each(made)("%s: every case gets its answer", async (_, text) => {
    expect(await disagreements(JSON.parse(text))).toEqual([]);
  });

  it("are all there and no others", () => {
    const found = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".json"))
      .filter((path) => JSON.parse(readFileSync(root + path, "utf8")).format === "sealtrail-vectors/1");
    expect(found.sort()).toEqual(made.map(([path]) => path).sort());
  });
});
