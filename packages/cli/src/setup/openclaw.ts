/**
 * OpenClaw in `audit setup`: the host's own commands install the plugin and write its settings, because the form of its files
 * may change. Every step is one command; the output of a failed one is shown.
 */
import { spawn } from "node:child_process";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { recordOwn } from "../system-event.js";
import { version } from "../version.js";

export const OPENCLAW = {
  name: "OpenClaw",
  /** The oldest host that the plugin runs on. */
  minimum: [2026, 9, 0],
  /** The host that the end-to-end run uses. */
  tried: "2026.9.6",
} as const;

const PLUGIN = "sealtrail";
const ENTRY = `plugins.entries.${PLUGIN}`;
/** Time limit of a command of the host: it loads the plugins and may wait until a running gateway has applied a change. */
const patienceMs = 10 * 60_000;

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the host's command; its stdin is closed, so that it asks nothing. */
export type RunHost = (args: readonly string[]) => Promise<Finished>;

export function hostCommand(env: Readonly<Record<string, string | undefined>>, cwd: string): RunHost {
  return (args) =>
    new Promise((resolve, reject) => {
      const child = spawn("openclaw", args, { cwd, env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
      const out = { stdout: "", stderr: "" };
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out.stdout = (out.stdout + text).slice(-100_000)));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (out.stderr = (out.stderr + text).slice(-100_000)));
      const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
      child.on("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.on("close", (code) => {
        clearTimeout(timer);
        resolve({ code, ...out });
      });
    });
}

function failed(what: string, { stdout, stderr, code }: Finished): CliError {
  const said = `${stderr}\n${stdout}`.trim().split("\n").slice(0, 5).join("; ").slice(0, 600);
  return new CliError(
    "openclaw",
    EXIT.io,
    `${what} failed (${code}): ${said}`,
    "mend that, then run audit setup again",
  );
}

/** The host's version. Throws a CliError where there is no host, or one that is too old. */
async function openclawVersion(run: RunHost): Promise<string> {
  let finished: Finished;
  try {
    finished = await run(["--version"]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new CliError(
      "no-openclaw",
      EXIT.missing,
      "there is no command openclaw on the PATH",
      "install OpenClaw, or leave --hook openclaw away",
    );
  }
  const found = /\b(\d{4})\.(\d{1,2})\.(\d{1,3})\b/.exec(finished.stdout.slice(0, 1_000));
  if (finished.code !== 0 || found === null) throw failed("openclaw --version", finished);
  const parts = found.slice(1).map(Number);
  const first = parts.findIndex((part, i) => part !== OPENCLAW.minimum[i]);
  if (first >= 0 && parts[first]! < OPENCLAW.minimum[first]!) {
    throw new CliError(
      "openclaw-too-old",
      EXIT.missing,
      `this OpenClaw is ${found[0]}: the plugin needs ${OPENCLAW.minimum.join(".")} or newer (tried with ${OPENCLAW.tried})`,
      "update OpenClaw first",
    );
  }
  return found[0];
}

/**
 * The allow list with our id added; undefined where no change is needed. Without a list, or with an empty one, the host loads
 * all installed plugins, and a list with only our id would switch the others off.
 */
function allowing(found: Finished): string[] | undefined {
  if (found.code !== 0) return undefined;
  try {
    const list: unknown = JSON.parse(found.stdout);
    if (!Array.isArray(list) || list.length === 0) return undefined;
    const ids = list.filter((id): id is string => typeof id === "string");
    return ids.includes(PLUGIN) ? undefined : [...ids, PLUGIN];
  } catch {
    return undefined;
  }
}

export interface Installed {
  readonly version: string;
  readonly plugin: string;
  /** Settings of the host that were written. */
  readonly settings: readonly string[];
}

/**
 * Installs the plugin and grants what it needs. `plugin`: a tarball or folder; else the package of this version from npm.
 * `program`: the file that `openclaw sealtrail` runs. Throws a CliError that says which step failed.
 */
export async function installPlugin(
  context: Context,
  run: RunHost,
  { plugin = `@sealtrail/openclaw@${version()}`, program }: { plugin?: string | undefined; program: string },
): Promise<Installed> {
  const host = await openclawVersion(run);
  const install = await run(["plugins", "install", plugin, "--force", "--accept-capabilities"]);
  if (install.code !== 0) throw failed("openclaw plugins install", install);
  const allow = allowing(await run(["config", "get", "plugins.allow", "--json"]));
  const settings: { path: string; value: unknown }[] = [
    { path: `${ENTRY}.enabled`, value: true },
    // Without this setting the host gives the plugin neither prompts nor answers.
    { path: `${ENTRY}.hooks.allowConversationAccess`, value: true },
    { path: `${ENTRY}.config.db`, value: context.db },
    { path: `${ENTRY}.config.cli`, value: program },
    ...(allow === undefined ? [] : [{ path: "plugins.allow", value: allow }]),
  ];
  const set = await run(["config", "set", "--batch-json", JSON.stringify(settings)]);
  if (set.code !== 0) throw failed("openclaw config set", set);
  const paths = settings.map(({ path }) => path);
  await recordOwn(context, {
    type: "system.hook_installed",
    description: `OpenClaw: the plugin was installed in ${host}`,
    metadata: { host: "openclaw", version: host, plugin, settings: paths, program },
  });
  return { version: host, plugin, settings: paths };
}
