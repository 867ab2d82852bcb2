// A run's own folder and how a host is started in it: own HOME, nothing of the caller's settings, a time limit on
// every process. Hosts run on loopback; nothing here names another address.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

export class Scratch {
  readonly folder: string;
  readonly home: string;
  readonly workspace: string;
  readonly env: Record<string, string>;

  constructor(name: string, binFolders: readonly string[]) {
    this.folder = mkdtempSync(join(tmpdir(), `sealtrail-e2e-${name}-`));
    this.home = this.path("home");
    this.workspace = this.path("ws");
    mkdirSync(this.home);
    mkdirSync(this.workspace);
    // The Node that runs this script comes right after the host's own commands: hooks need it too.
    const path = [...binFolders, dirname(process.execPath), process.env.PATH ?? ""].join(delimiter);
    this.env = { PATH: path, HOME: this.home, USER: "e2e", LANG: "C.UTF-8", NO_COLOR: "1", TERM: "dumb" };
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  write(name: string, content: string | object, mode = 0o600): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`, { mode });
    return path;
  }

  lines(name: string): string[] {
    return readFileSync(this.path(name), "utf8").split("\n").filter(Boolean);
  }

  run(
    command: string,
    args: readonly string[],
    options: { env?: Record<string, string>; seconds?: number; input?: string; uid?: number } = {},
  ): Promise<Finished> {
    const started = performance.now();
    const { uid } = options;
    const env = { ...this.env, ...options.env };
    const child = spawn(command, args, { cwd: this.workspace, env, ...(uid !== undefined && { uid, gid: uid }) });
    const out = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (out.stderr += text));
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    const timer = setTimeout(() => child.kill("SIGKILL"), (options.seconds ?? 300) * 1000);
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        clearTimeout(timer);
        resolve({ code, ...out, milliseconds: Math.round(performance.now() - started) });
      });
    });
  }

  /** A process that stays: its output goes to a file in the run's folder. */
  start(command: string, args: readonly string[], logName: string): ChildProcess {
    const log = openSync(this.path(logName), "a", 0o600);
    return spawn(command, args, { cwd: this.workspace, env: this.env, stdio: ["ignore", log, log] });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** Asks again until `probe` gives something; fails by name after the limit. */
export async function until<T>(what: string, seconds: number, probe: () => Promise<T | undefined>): Promise<T> {
  const limit = performance.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > limit) throw new Error(`${what}: not within ${seconds} s`);
    await pause(250);
  }
}
