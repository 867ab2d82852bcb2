/** Runs `audit` in this process against a folder of its own, with everything of the outside given. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type Io, run } from "../src/index.js";
import { findCommand } from "../src/run.js";
import { conforming } from "./_schemas.js";

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface RunOptions {
  stdin?: string | Uint8Array | AsyncGenerator<Uint8Array>;
  env?: Record<string, string>;
  now?: number;
  terminal?: boolean;
  /** Of the terminal: 100. */
  columns?: number;
  interrupt?: AbortSignal;
}

export class Home {
  readonly folder = mkdtempSync(join(tmpdir(), "audit-cli-"));
  readonly db = join(this.folder, ".sealtrail", "audit.db");
  constructor() {
    afterAll(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async audit(argv: readonly string[], around: RunOptions = {}): Promise<Ran> {
    const out: Uint8Array[] = [];
    const err: Uint8Array[] = [];
    const into = (parts: Uint8Array[]) => ({
      write: (text: string | Uint8Array) => void parts.push(Buffer.from(text as string)),
      isTerminal: around.terminal === true,
      columns: around.columns ?? 100,
    });
    const io: Io = {
      stdin: (async function* () {
        const { stdin } = around;
        if (typeof stdin === "object" && Symbol.asyncIterator in stdin) yield* stdin;
        else if (stdin !== undefined) yield Buffer.from(stdin as string);
      })(),
      stdinIsTerminal: false,
      stdout: into(out),
      stderr: into(err),
      env: { HOME: this.folder, CI: "1", ...around.env },
      home: this.folder,
      cwd: this.folder,
      now: () => around.now ?? Date.now(),
      random: (n) => crypto.getRandomValues(new Uint8Array(n)),
      interrupt: () => around.interrupt ?? new AbortController().signal,
    };
    const code = await run(argv, io);
    return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
  }

  /** Runs with --json, checks every line against the command's schema (the error schema where it failed), gives the first. */
  async json<T = Record<string, unknown>>(argv: readonly string[], around: RunOptions = {}): Promise<T> {
    return (await this.lines<T>(argv, around))[0]!;
  }

  async lines<T = Record<string, unknown>>(argv: readonly string[], around: RunOptions = {}): Promise<T[]> {
    const { out, err } = await this.audit([...argv, "--json"], around);
    const { words } = findCommand(argv);
    try {
      return conforming(out.startsWith('{"error":') ? "error" : words.join("-"), out) as T[];
    } catch (error) {
      throw new Error(`audit ${argv.join(" ")}: ${String(error)}\n${err}`);
    }
  }
}
