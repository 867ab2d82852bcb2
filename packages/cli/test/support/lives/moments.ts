// Moments at which something happens to a command: each write to the database or to a file is one. At a chosen moment the
// process "dies" (that write and every later one fails, half of a file's write is left), or another process does something.
// Node's own functions are replaced for as long as `dyingAt` and `metAt` run.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync, StatementSync } from "node:sqlite";

/** What the code under test meets once its process is dead. */
export class Dead extends Error {
  override name = "Dead";
}

type Anything = (...args: never[]) => unknown;

/** Called before each write of the chosen kinds; `half` does half of it, where that can be. */
let atMoment: ((half?: () => void) => void) | undefined;

const fileWrites = [
  "writeFileSync",
  "appendFileSync",
  "renameSync",
  "unlinkSync",
  "rmSync",
  "linkSync",
  "mkdirSync",
  "ftruncateSync",
  "fsyncSync",
  "utimesSync",
] as const;

type Half = (self: unknown, args: unknown[], plain: Anything) => void;

/** Of a write into a file, half of the bytes. */
const writeHalf: Half = (self, [fd, data, ...rest], plain) => {
  const bytes = typeof data === "string" ? Buffer.from(data) : (data as Uint8Array);
  const from = typeof data === "string" ? 0 : Number(rest[0] ?? 0);
  const half = bytes.subarray(from, from + Math.floor((bytes.length - from) / 2));
  if (half.length > 0) plain.call(self, fd as never, half as never);
};

const targets: readonly (readonly [target: object, name: string, half?: Half])[] = [
  ...fileWrites.map((name) => [fs, name] as const),
  [fs, "writeSync", writeHalf],
  [DatabaseSync.prototype, "exec"],
  [StatementSync.prototype, "run"],
  [StatementSync.prototype, "get"],
];

/** Another process has a memory of its own; what runs in this one must not come into the middle of a computation. So it comes
 * only before statements that begin or end something, and before writes to files. */
const meetings = targets.filter(([target]) => target !== StatementSync.prototype);

/** Puts functions that call `atMoment` in the place of Node's; the result puts Node's back. */
function patch(targets: readonly (readonly [target: object, name: string, half?: Half])[]): () => void {
  const before = targets.map(([target, name]) => Object.getOwnPropertyDescriptor(target, name)!);
  for (const [i, [target, name, halfOf]] of targets.entries()) {
    const plain = before[i]!.value as Anything;
    const value = function (this: unknown, ...args: unknown[]): unknown {
      atMoment?.(halfOf && (() => halfOf(this, args, plain)));
      return plain.apply(this, args as never[]);
    };
    Object.defineProperty(target, name, { ...before[i], value });
  }
  syncBuiltinESMExports();
  return () => {
    for (const [i, [target, name]] of targets.entries()) Object.defineProperty(target, name, before[i]!);
    syncBuiltinESMExports();
  };
}

let deaths = 0;
let isDead = false;

/** Throws in a process that has died: it says nothing any more, whatever the code made of the error. */
export function alive(): void {
  if (isDead) throw new Dead("dead");
}

/**
 * Runs `work` in a process that dies at its `nth` write, from 1. True where it came to that. What is open then stays open until
 * its owner closes it, as the database of a killed process is closed by the system.
 */
export async function dyingAt(nth: number, work: () => unknown): Promise<boolean> {
  let left = nth;
  let died = false;
  const { pid } = process;
  // A pid that no process has: locks that are left behind name it.
  Object.defineProperty(process, "pid", { value: 4_194_305 + deaths++, configurable: true, writable: true });
  atMoment = (half) => {
    if (--left > 0) return;
    isDead = true;
    atMoment = undefined;
    half?.();
    atMoment = alive;
    throw new Dead("dead");
  };
  const restore = patch(targets);
  try {
    await work();
  } catch (error) {
    if (!isDead) throw error;
  } finally {
    died = isDead;
    isDead = false;
    atMoment = undefined;
    restore();
    Object.defineProperty(process, "pid", { value: pid, configurable: true, writable: true });
  }
  return died;
}

/** Runs `work`, which is no part of the process that dies or is met. */
export function aside(work: () => void): void {
  const before = atMoment;
  atMoment = undefined;
  try {
    work();
  } finally {
    atMoment = before;
  }
}

/** Runs `work`; before its `nth` beginning, end or write to a file `meeting` runs, once, as another process would. */
export async function metAt<T>(nth: number, work: () => T | Promise<T>, meeting: () => void): Promise<T> {
  let left = nth;
  atMoment = () => {
    if (--left > 0) return;
    atMoment = undefined;
    meeting();
  };
  const restore = patch(meetings);
  try {
    return await work();
  } finally {
    atMoment = undefined;
    restore();
  }
}
