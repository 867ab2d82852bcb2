// `audit` in a process that is not the test's: SQLite keeps its locks by process, and another user needs one too.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class OtherProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  /** `who`: the user and group that it runs as. */
  constructor(who: { uid?: number; gid?: number } = {}) {
    const program = fileURLToPath(new URL("other-process.mjs", import.meta.url));
    this.#child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"], env: {}, ...who });
    this.#child.on("error", () => {});
    this.#child.stdin.on("error", () => {});
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Undefined where the process has ended, or never began. */
  async audit(
    argv: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    stdin?: string,
  ): Promise<Ran | undefined> {
    this.#child.stdin.write(`${JSON.stringify({ argv, env, stdin })}\n`);
    const { value, done } = await this.#answers.next();
    return done ? undefined : (JSON.parse(value) as Ran);
  }

  /** kill -9. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  end(): void {
    this.#child.stdin.end();
  }
}
