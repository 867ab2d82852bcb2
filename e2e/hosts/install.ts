// Installs a real agent host from npm into the repository's own cache (`.cache/hosts`), once per pinned version.
// Relies on npm alone. The host never sees the repository's node_modules.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NotRunnable } from "../lib/not-run.ts";

export interface Host {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  /** Packages whose install script is needed: npm runs no other. */
  readonly scripts: readonly string[];
  readonly bin: string;
}

export const HOSTS = {
  openclaw: {
    name: "openclaw",
    dependencies: { openclaw: "2026.9.6", node: "26.10.0" },
    scripts: ["node"],
    bin: "openclaw",
  },
  "claude-code": {
    name: "claude-code",
    dependencies: { "@anthropic-ai/claude-code": "2.1.330" },
    scripts: ["@anthropic-ai/claude-code"],
    bin: "claude",
  },
  codex: { name: "codex", dependencies: { "@openai/codex": "0.169.0" }, scripts: [], bin: "codex" },
} as const satisfies Record<string, Host>;

export const REPOSITORY = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The folder with the host's commands; installs when this very set of packages is not there yet. */
export function installHost(host: Host): string {
  const key = Object.entries(host.dependencies)
    .map(([name, version]) => `${name.replace(/\W+/g, "-").replace(/^-/, "")}-${version}`)
    .join("_");
  const folder = join(REPOSITORY, ".cache", "hosts", key);
  const bin = join(folder, "node_modules", ".bin");
  const done = join(folder, ".installed");
  if (existsSync(done) && existsSync(join(bin, host.bin))) return bin;
  mkdirSync(folder, { recursive: true });
  const manifest = {
    name: `e2e-${host.name}`,
    private: true,
    dependencies: host.dependencies,
    allowScripts: Object.fromEntries(host.scripts.map((name) => [name, true])),
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  console.log(`installing ${host.name} into ${folder}`);
  npmInstall(folder, host.name);
  writeFileSync(done, "");
  return bin;
}

/** npm's codes for a registry that can't be reached, is not trusted, or no longer gives what was asked for. */
const REGISTRY =
  /npm (?:error|ERR!) code (EAI_AGAIN|ECONN\w+|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EPROTO|ETIMEDOUT|ERR_SOCKET_TIMEOUT|FETCH_ERROR|[A-Z_]*CERT[A-Z_]*|UNABLE_TO_[A-Z_]+|ERR_(?:TLS|SSL)\w*|ETARGET|E4\d\d|E5\d\d)\b/;
const installMs = 15 * 60_000;

/** @throws NotRunnable where the network or the registry is to blame; any other failure is for us to mend */
export function npmInstall(folder: string, name: string, settings: Readonly<Record<string, string>> = {}): void {
  const { status, error, stdout, stderr } = spawnSync(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefix", folder],
    {
      cwd: folder,
      env: { ...process.env, ...settings },
      encoding: "utf8",
      timeout: installMs,
      killSignal: "SIGKILL",
    },
  );
  const said = `${stdout}${stderr}`.trim();
  console.log(said);
  if (error !== undefined && "code" in error && error.code === "ETIMEDOUT") {
    throw new NotRunnable(`${name} was not installed within ${installMs / 60_000} minutes`);
  }
  if (error !== undefined) throw error;
  if (status === 0) return;
  const code = REGISTRY.exec(said)?.[1];
  if (code !== undefined) throw new NotRunnable(`${name} could not be installed from the registry (${code})`);
  throw new Error(`npm install of ${name} failed with ${status}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of process.argv.slice(2)) {
    const host = Object.values(HOSTS).find((h) => h.name === name);
    if (!host) throw new RangeError(`no host ${name}: one of ${Object.keys(HOSTS).join(", ")}`);
    console.log(installHost(host));
  }
}
