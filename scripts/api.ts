// Writes a report of the public API of each entry point of each published package to api/, so that a change of API shows in
// review. With --check it writes nothing and fails where a report is not the one that the built packages give.
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

const check = process.argv.includes("--check");
const reports = resolve("api");
const work = mkdtempSync(join(tmpdir(), "sealtrail-api-"));
const outdated: string[] = [];
const none = { default: { logLevel: ExtractorLogLevel.None } };

const entryPoints = readdirSync("packages").flatMap(entryPointsOf);
const configs = entryPoints.map(configOf);
try {
  // One program for all of them: most of the time goes into reading the types of Node and of the language.
  const compilerState = CompilerState.create(configs[0]!, {
    additionalEntryPoints: entryPoints.map(({ types }) => types),
  });
  for (const config of configs) report(config, compilerState);
  const current = new Set(configs.map((config) => basename(config.reportFilePath)));
  const stale = readdirSync(reports).filter((file) => !current.has(file));
  if (check) outdated.push(...stale);
  else for (const file of stale) rmSync(join(reports, file));
} finally {
  rmSync(work, { recursive: true, force: true });
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
        extractorMessageReporting: { ...none, "ae-forgotten-export": { logLevel: ExtractorLogLevel.Warning } },
        tsdocMessageReporting: none,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, "package.json"),
  });
}

function report(config: ExtractorConfig, compilerState: CompilerState): void {
  const file = config.reportFilePath;
  const problems: string[] = [];
  let nameless = 0;
  const result = Extractor.invoke(config, {
    compilerState,
    localBuild: !check,
    messageCallback(message) {
      if (message.logLevel === ExtractorLogLevel.Error) problems.push(message.text);
      if (message.messageId === "ae-forgotten-export") nameless++;
      message.handled = true;
    },
  });
  if (result.errorCount > 0) throw new Error(`${file}: ${problems.join("\n")}`);
  if (!check) {
    const names = readFileSync(file, "utf8").match(/^export (?!\{$)/gm)?.length ?? 0;
    console.log(`api/${basename(file)}: ${names} names, ${nameless} types without a name`);
  } else if (result.apiReportChanged) outdated.push(basename(file));
}
