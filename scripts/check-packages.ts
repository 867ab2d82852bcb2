// Checks the packages as a consumer gets them: each is packed, and what is in the archive is looked at. publint and attw check
// the entry points and their types; the rest is checked here: metadata, licences, stray files, source maps, size.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, matchesGlob } from "node:path";
import { checkPackage, createPackageFromTarballData, type Package } from "@arethetypeswrong/core";
import { buildSync } from "esbuild";
import { type Message, publint } from "publint";
import { formatMessage } from "publint/utils";

interface Manifest {
  name: string;
  private?: boolean;
  exports?: Record<string, unknown>;
  repository?: { url?: string; directory?: string };
  [member: string]: unknown;
}

/** The most that a package may take, packed, in kB: some 20 % more than it takes now. */
const mostKilobytes: Record<string, number> = {
  anchor: 180,
  cli: 830,
  openclaw: 430,
  redact: 280,
  shell: 45,
  smt: 280,
  sources: 250,
  trail: 560,
  verify: 130,
};

/** Files that only a checkout needs. */
const stray =
  /(^|\/)(test|tests|src|node_modules|fixtures|coverage|devkit)\/|\.tsbuildinfo$|tsconfig|\.test\.|\.tgz$|\.db$/;

let failed = 0;
let passed = 0;
const root = manifestOf(".");
const published = readdirSync("packages").filter((name) => !manifestOf(join("packages", name)).private);
const names = new Set(published.map((name) => manifestOf(join("packages", name)).name));
const work = mkdtempSync(join(tmpdir(), "sealtrail-pack-"));
try {
  const workspaces = published.flatMap((name) => ["-w", join("packages", name)]);
  const packed = spawnSync("npm", ["pack", "--ignore-scripts", "--pack-destination", work, ...workspaces], {
    encoding: "utf8",
  });
  if (packed.status !== 0) throw new Error(`npm pack failed:\n${packed.stdout}${packed.stderr}`);
  for (const name of published) {
    const folder = join("packages", name);
    const manifest = manifestOf(folder);
    const tarball = readFileSync(join(work, `sealtrail-${name}-${manifest.version}.tgz`));
    const content = createPackageFromTarballData(tarball);
    report(`${name}: metadata`, metadataProblems(name, manifest));
    report(`${name}: files`, fileProblems(name, content));
    report(`${name}: side effects`, sideEffectProblems(manifest, content));
    report(`${name}: source maps`, sourceMapProblems(content));
    report(`${name}: third-party notices`, noticeProblems(content));
    const kilobytes = Math.ceil(tarball.length / 1000);
    const most = mostKilobytes[name] ?? 0;
    report(`${name}: size`, kilobytes > most ? [`${kilobytes} kB packed, more than ${most} (mostKilobytes)`] : []);
    report(`${name}: publint`, await publintProblems(manifest, tarball));
    report(`${name}: types`, await typeProblems(content));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`packages: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function metadataProblems(name: string, manifest: Manifest): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  expect(typeof manifest.description === "string" && manifest.description !== "", "no description");
  expect(Array.isArray(manifest.keywords) && manifest.keywords.length > 1, "no keywords");
  expect(manifest.license === root.license, `license is not ${root.license}`);
  expect(manifest.type === "module", "type is not module");
  expect((manifest.engines as { node?: string } | undefined)?.node !== undefined, "no engines.node");
  expect(manifest.sideEffects !== undefined, "sideEffects is not said");
  expect(
    JSON.stringify(manifest.publishConfig) === '{"access":"public","provenance":true}',
    "publishConfig is not public access with provenance",
  );
  // The checkout's package.json says where the project lives; the packages repeat it with their folder.
  const { repository, homepage, bugs } = root;
  const there = repository && { ...repository, directory: `packages/${name}` };
  expect(JSON.stringify(manifest.repository) === JSON.stringify(there), `repository is not ${JSON.stringify(there)}`);
  expect(manifest.homepage === homepage, `homepage is not ${homepage}`);
  expect(JSON.stringify(manifest.bugs) === JSON.stringify(bugs), `bugs is not ${JSON.stringify(bugs)}`);
  for (const [entry, conditions] of Object.entries(manifest.exports ?? {})) {
    const last = typeof conditions === "string" ? "default" : Object.keys(conditions as object).at(-1);
    expect(last === "default", `exports ${entry}: default is not the last condition`);
  }
  for (const [dependency, version] of Object.entries((manifest.dependencies ?? {}) as Record<string, string>)) {
    if (!dependency.startsWith("@sealtrail/")) continue;
    expect(names.has(dependency), `depends on ${dependency}, which is not published`);
    expect(version === manifest.version, `depends on ${dependency} ${version}, not on the version released with it`);
  }
  return problems;
}

function pathsIn(content: Package): string[] {
  const prefix = `/node_modules/${content.packageName}/`;
  return content.listFiles().map((path) => path.slice(prefix.length));
}

function textOf(content: Package, path: string): string {
  return content.tryReadFile(`/node_modules/${content.packageName}/${path}`) ?? "";
}

function fileProblems(name: string, content: Package): string[] {
  const paths = pathsIn(content);
  const present = new Set(paths);
  const stale = paths.filter((path) => isStale(name, path));
  return [
    ...["LICENSE", "README.md", "package.json"]
      .filter((path) => !present.has(path))
      .map((path) => `${path} is not in it`),
    ...paths.filter((path) => stray.test(path)).map((path) => `${path} is in it`),
    ...(stale.length > 0 ? [`${stale.length} files without a source (${stale[0]}): remove dist/ and build`] : []),
    ...(paths.some((path) => /^(dist|bundle)\/.*\.js$/.test(path)) ? [] : ["no built code is in it"]),
    ...(textOf(content, "LICENSE") === readFileSync("LICENSE", "utf8")
      ? []
      : ["LICENSE is not the one of the checkout"]),
    ...(textOf(content, "README.md").includes(`# @sealtrail/${name}\n`)
      ? []
      : ["README.md does not begin with its name"]),
  ];
}

/** A bundler drops an unused module that is not in `sideEffects`: programs and threads have to be there. */
function sideEffectProblems({ sideEffects }: Manifest, content: Package): string[] {
  const patterns = Array.isArray(sideEffects) ? (sideEffects as string[]) : [];
  const paths = pathsIn(content).filter((path) => /\.c?js$/.test(path));
  const has = (path: string, pattern: string) => matchesGlob(`./${path}`, pattern);
  return [
    ...paths
      .filter(
        (path) =>
          /(^bin\/|main|-thread|worker)[^/]*\.js$/.test(path) && !patterns.some((pattern) => has(path, pattern)),
      )
      .map((path) => `${path} runs when it is loaded and is not in sideEffects`),
    ...patterns
      .filter((pattern) => !paths.some((path) => has(path, pattern)))
      .map((pattern) => `sideEffects has ${pattern}, which names no file`),
  ];
}

/** The compiler leaves what it made of a source that is gone since. */
function isStale(name: string, path: string): boolean {
  const module = /^dist\/(.*?)(?:\.d\.ts|\.js|\.js\.map)$/.exec(path)?.[1];
  return module !== undefined && !existsSync(join("packages", name, "src", `${module}.ts`));
}

/** A source map without its sources leads a debugger to files that are not there. */
function sourceMapProblems(content: Package): string[] {
  const paths = pathsIn(content);
  const present = new Set(paths);
  const problems: string[] = [];
  for (const path of paths) {
    if (path.endsWith(".map")) {
      const { sourcesContent } = JSON.parse(textOf(content, path)) as { sourcesContent?: unknown[] };
      if (!sourcesContent?.every((text) => typeof text === "string")) problems.push(`${path} has no sources`);
    } else if (/\.[cm]?[jt]s$/.test(path)) {
      const map = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(textOf(content, path))?.[1];
      if (map !== undefined && !present.has(join(path, "..", map)))
        problems.push(`${path} names a map that is not in it`);
    }
  }
  return problems;
}

/**
 * Every package whose code is in a bundle is in the notices, with its licence. Read from the bundle and not from what the build
 * noted: esbuild writes the path of each module above its code. It leaves that out of a minified bundle, which is therefore made
 * once more.
 */
function noticeProblems(content: Package): string[] {
  const bundles = pathsIn(content).filter((path) => /^bundle\/.*\.js$|\.cjs$/.test(path));
  if (bundles.length === 0) return [];
  const notices = textOf(content, "THIRD-PARTY-NOTICES.txt");
  const code = bundles.some((path) => path.endsWith(".cjs"))
    ? hookBundle()
    : bundles.map((path) => textOf(content, path)).join("\n");
  const bundled = new Set(
    [...code.matchAll(/^\s*\/\/ \S*\bnode_modules\/((?:@[^/\s]+\/)?[^/\s]+)/gm)].map((found) => found[1]!),
  );
  const problems = bundled.size === 0 ? ["no bundled package is recognised"] : [];
  for (const name of bundled) {
    const folder = join("node_modules", name);
    const licences = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file));
    const isThere =
      notices.includes(`\n${name} ${manifestOf(folder).version} (`) &&
      licences.every((file) => notices.includes(readFileSync(join(folder, file), "utf8").trim()));
    if (!isThere) problems.push(`${name} is bundled, and not in THIRD-PARTY-NOTICES.txt`);
  }
  return problems;
}

function hookBundle(): string {
  const entryPoints = ["packages/cli/dist/hook/main.js", "re2js"];
  const { outputFiles } = buildSync({
    entryPoints,
    outdir: work,
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
    logLevel: "error",
  });
  return outputFiles.map((file) => file.text).join("\n");
}

async function publintProblems(manifest: Manifest, tarball: Buffer): Promise<string[]> {
  const packed = new Uint8Array(tarball).buffer;
  const { messages } = await publint({ strict: true, pack: { tarball: packed } });
  return messages.map((message: Message) => formatMessage(message, manifest, { color: false }) ?? message.code);
}

/** Only modules are served (no CommonJS), to hosts that read `exports`. */
async function typeProblems(content: Package): Promise<string[]> {
  const analysis = await checkPackage(content);
  if (!analysis.types) return ["no types"];
  return analysis.problems
    .filter((problem) => !("resolutionKind" in problem) || !["node10", "node16-cjs"].includes(problem.resolutionKind))
    .map((problem) => JSON.stringify(problem));
}

function report(what: string, problems: readonly string[]): void {
  if (problems.length === 0) passed++;
  else {
    failed++;
    console.log([`FAIL ${what}`, ...problems.map((problem) => `  ${problem}`)].join("\n"));
  }
}
