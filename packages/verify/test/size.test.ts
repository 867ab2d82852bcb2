// What a browser loads: the verifier in one file, minified and gzipped, stays within its limits. And it stands alone: no Node
// API, nothing but noble and the JCS library beside our own code.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";

const here = new URL("..", import.meta.url).pathname;

const withoutSignatures = [
  "bytesToHex",
  "checkpointHash",
  "compareCheckpoints",
  "decodeProof",
  "hexToBytes",
  "linesOf",
  "parseCheckpoint",
  "parseProof",
  "parseStrict",
  "verifyArchive",
  "verifyExtension",
  "verifyMultiproof",
  "verifyProof",
];
const withSignatures = [...withoutSignatures, "parseSigners", "verifyBundle"];
const everything = [...withSignatures, "verifyExport"];
const ofStatements = ["verifyContent", "verifyFingerprint", "verifyNetworkProof"];

async function bundled(
  names: readonly string[],
  statements: readonly string[] = ofStatements,
): Promise<{ gzipped: number; inputs: string[] }> {
  const contents = `
    export { ${names.join(", ")} } from "@sealtrail/verify";
    export { ${statements.join(", ")} } from "@sealtrail/verify/statement";
  `;
  const result = await build({
    stdin: { contents, resolveDir: here },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    write: false,
    metafile: true,
  });
  return {
    gzipped: gzipSync(result.outputFiles[0]!.contents, { level: 9 }).length,
    inputs: Object.keys(result.metafile.inputs),
  };
}

it("everything without signatures: at most 15 kB", async () => {
  const { gzipped } = await bundled(withoutSignatures, []);
  console.info(`verifier without signatures: ${gzipped} bytes min+gzip`);
  expect(gzipped).toBeLessThanOrEqual(15_000);
});

it("with signatures and bundles: at most 25 kB", async () => {
  const { gzipped } = await bundled(withSignatures);
  console.info(`verifier with signatures: ${gzipped} bytes min+gzip`);
  expect(gzipped).toBeLessThanOrEqual(25_000);
});

it("everything that verifies, with the tree that exports are checked with: at most 40 kB", async () => {
  const { gzipped, inputs } = await bundled(everything);
  console.info(`verifier of everything: ${gzipped} bytes min+gzip`);
  expect(gzipped).toBeLessThanOrEqual(40_000);
  const foreign = inputs.filter((path) => path.includes("node_modules"));
  for (const path of foreign) expect(path).toMatch(/node_modules\/(@noble\/(hashes|secp256k1)|canonicalize)\//);
});

it("the list above is all that the package's index exports", async () => {
  expect(Object.keys(await import("@sealtrail/verify")).sort()).toEqual([...everything].sort());
});
