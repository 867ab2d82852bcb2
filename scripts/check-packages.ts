// What would be published, looked at as a consumer would get it: each package is packed, linted by publint, and its
// types are resolved by attw; every `exports` entry must have a `default` condition; licence and readme are in it, and nothing
// that only a checkout needs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let failed = 0;
let passed = 0;
const work = mkdtempSync(join(tmpdir(), "sealtrail-pack-"));
try {
  for (const name of readdirSync("packages")) {
    const folder = join("packages", name);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      private?: boolean;
      exports?: Record<string, Record<string, string>>;
    };
    if (manifest.private) continue;
    for (const [entry, conditions] of Object.entries(manifest.exports ?? {})) {
      report(
        `${name} ${entry}: default condition`,
        typeof conditions === "string" || Object.keys(conditions).at(-1) === "default",
        "",
      );
    }
    report(`${name}: publint`, ...run("publint", [folder, "--strict"]));
    const packed = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", work, "-w", folder]);
    report(`${name}: npm pack`, ...packed);
    report(`${name}: packed files`, ...filesOf(folder, packed));
    const tarball = readdirSync(work).find((file) => file.includes(`-${name}-`));
    if (tarball && manifest.exports) {
      report(
        `${name}: types`,
        ...run("attw", [join(work, tarball), "--profile", "esm-only", "--no-emoji", "--no-color"]),
      );
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`packages: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;

function run(command: string, args: string[]): [boolean, string] {
  const result = spawnSync(command, args, { encoding: "utf8" });
  return [result.status === 0, `${result.stdout}${result.stderr}`];
}

/** Whether all is in the package that must be, and nothing that must not. */
function filesOf(folder: string, [packed, output]: [boolean, string]): [boolean, string] {
  if (!packed) return [false, "not packed"];
  // Warnings stand around it.
  const listed: unknown = JSON.parse(output.slice(output.indexOf("[\n"), output.lastIndexOf("]") + 1));
  const [{ files }] = listed as [{ files: { path: string }[] }];
  const paths = new Set(files.map((file) => file.path));
  const lacking = ["LICENSE", "README.md", "package.json"].filter((path) => !paths.has(path));
  const stray = [...paths].filter((path) => /(^|\/)(test|src|node_modules)\/|\.tsbuildinfo$|tsconfig/.test(path));
  const licence = join(folder, "LICENSE");
  const isOurs = existsSync(licence) && readFileSync("LICENSE").equals(readFileSync(licence));
  const problems = [
    ...lacking.map((path) => `${path} is not in it`),
    ...stray.map((path) => `${path} is in it`),
    ...(isOurs ? [] : ["LICENSE is not the one of the checkout"]),
  ];
  return [problems.length === 0, problems.join("\n")];
}

function report(what: string, ok: boolean, output: string): void {
  if (ok) passed++;
  else {
    failed++;
    console.log(`FAIL ${what}\n${output}`);
  }
}
