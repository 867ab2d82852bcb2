// Writes a report of the API of each entry point of each published package to api/, so that a change of API shows in review. With
// --check it writes nothing and fails where a report is not the one that the built packages give. Fails as well where an entry
// point breaks a rule: its package comment says @public or @internal, and a public one is small, documented and free of Node's
// database.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

interface EntryPoint {
  /** Of the package. */
  folder: string;
  report: string;
  /** The declarations of the entry point. */
  types: string;
}

/** A public entry point exports at most so many names. */
const MOST_NAMES = 24;

const check = process.argv.includes("--check");
const reports = resolve("api");
const work = mkdtempSync(join(tmpdir(), "sealtrail-api-"));
const outdated: string[] = [];
const broken: string[] = [];
const none = { default: { logLevel: ExtractorLogLevel.None } };

const entryPoints = readdirSync("packages").flatMap(entryPointsOf);
const configs = entryPoints.map(configOf);
try {
  // One program for all of them: most of the time goes into reading the types of Node and of the language.
  const compilerState = CompilerState.create(configs[0]!, {
    additionalEntryPoints: entryPoints.map(({ types }) => types),
  });
  for (const [i, config] of configs.entries()) report(config, entryPoints[i]!.types, compilerState);
  const current = new Set(configs.map((config) => basename(config.reportFilePath)));
  const stale = readdirSync(reports).filter((file) => !current.has(file));
  if (check) outdated.push(...stale);
  else for (const file of stale) rmSync(join(reports, file));
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (broken.length > 0) {
  console.error(
    broken
      .map((problem) => `error: ${problem}\n`)
      .join("")
      .trimEnd(),
  );
  process.exitCode = 1;
}
if (outdated.length > 0) {
  console.error(
    `error: the public API is not what these files say: ${outdated.map((file) => `api/${file}`).join(", ")}`,
  );
  console.error("hint: run npm run api, look at the difference, and commit it");
  process.exitCode = 1;
}

function entryPointsOf(name: string): EntryPoint[] {
  const folder = resolve("packages", name);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    private?: boolean;
    exports?: Record<string, { types: string }>;
  };
  if (manifest.private) return [];
  return Object.entries(manifest.exports ?? {}).map(([entry, { types }]) => ({
    folder,
    report: name + entry.slice(1).replaceAll("/", "-"),
    types: join(folder, types),
  }));
}

function configOf({ folder, report, types }: EntryPoint): ExtractorConfig {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: types,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "ES2023",
            lib: ["ES2024"],
            module: "NodeNext",
            moduleResolution: "NodeNext",
            types: ["node"],
            strict: true,
            skipLibCheck: true,
          },
          files: [types],
        },
      },
      apiReport: { enabled: true, reportFileName: report, reportFolder: reports, reportTempFolder: work },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        // Not in the report, because it would come with line numbers, which change without the API.
        extractorMessageReporting: {
          ...none,
          "ae-forgotten-export": { logLevel: ExtractorLogLevel.Warning },
          "ae-missing-release-tag": { logLevel: ExtractorLogLevel.Warning },
        },
        tsdocMessageReporting: none,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, "package.json"),
  });
}

function report(config: ExtractorConfig, types: string, compilerState: CompilerState): void {
  const file = config.reportFilePath;
  const problems: string[] = [];
  const untagged: string[] = [];
  let nameless = 0;
  const result = Extractor.invoke(config, {
    compilerState,
    localBuild: !check,
    messageCallback(message) {
      if (message.logLevel === ExtractorLogLevel.Error) problems.push(message.text);
      if (message.messageId === "ae-forgotten-export") nameless++;
      if (message.messageId === "ae-missing-release-tag") untagged.push(message.text);
      message.handled = true;
    },
  });
  if (result.errorCount > 0) throw new Error(`${file}: ${problems.join("\n")}`);
  if (check && result.apiReportChanged) outdated.push(basename(file));
  const text = readFileSync(file, "utf8");
  const names = text.match(/^export (?!\{$)/gm)?.length ?? 0;
  const packageComment = readFileSync(types, "utf8").split("@packageDocumentation")[0]!;
  const isPublic = /@public\b/.test(packageComment);
  if (!check) console.log(`api/${basename(file)}: ${names} names, ${nameless} types without a name`);
  const complain = (holds: boolean, problem: string) => {
    if (!holds) broken.push(`${basename(file, ".api.md")}: ${problem}`);
  };
  complain(!text.includes("(No @packageDocumentation"), "no comment with @packageDocumentation");
  complain(isPublic || /@internal\b/.test(packageComment), "the package comment says neither @public nor @internal");
  if (!isPublic) return;
  complain(names <= MOST_NAMES, `${names} names, more than ${MOST_NAMES}`);
  complain(untagged.length === 0, `neither @public nor @internal: ${untagged.join(" ")}`);
  const undocumented = [...text.matchAll(/^\/\/ @\w+ \(undocumented\)\nexport [^({=]*?(\w+)(?= ?[({=:<])/gm)];
  complain(undocumented.length === 0, `no comment: ${undocumented.map((found) => found[1]).join(", ")}`);
  const lines = text.split("\n");
  const isShown = (line: string, i: number) =>
    line.includes("DatabaseSync") && !line.startsWith("import") && !lines[i - 1]?.includes("// @internal");
  complain(!lines.some(isShown), "DatabaseSync is in a public type");
}
