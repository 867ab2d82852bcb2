/**
 * Everything that a command may touch of the outside: streams, environment, clock, randomness. Commands get it as
 * an argument, so that a test runs them in its own process.
 */
import { randomFillSync } from "node:crypto";
import { homedir } from "node:os";

/** A stream that a run of `audit` writes to. @public */
export interface Sink {
  /** Resolves when there is room again: a slow reader holds the writer back instead of filling the memory. */
  write(text: string | Uint8Array): Promise<void> | void;
  readonly isTerminal: boolean;
  /** Characters that fit on a line; infinite where the terminal does not say (`script`, `docker run -t`) or there is none. */
  readonly columns: number;
}

/** What a run of `audit` reads and writes: streams, environment, folders, clock and randomness. @public */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdinIsTerminal: boolean;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  now(): number;
  random(length: number): Uint8Array;
  /** Aborted by Ctrl-C once a command has asked for it (`follow`, prompts), with the signal's name as reason; others are simply ended by it. */
  interrupt(): AbortSignal;
}

function sink(stream: NodeJS.WriteStream): Sink {
  return {
    write(text) {
      if (stream.write(text)) return;
      return new Promise((resolve) => stream.once("drain", resolve));
    },
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns || Number.POSITIVE_INFINITY;
    },
  };
}

export function processIo(): Io {
  let interrupted: AbortController | undefined;
  return {
    stdin: {
      [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
    },
    stdinIsTerminal: process.stdin.isTTY === true,
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    env: process.env,
    home: process.env.HOME || homedir(),
    cwd: process.cwd(),
    now: () => Date.now(),
    random: (length) => randomFillSync(new Uint8Array(length)),
    interrupt() {
      if (!interrupted) {
        const controller = new AbortController();
        interrupted = controller;
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort(signal));
      }
      return interrupted.signal;
    },
  };
}
