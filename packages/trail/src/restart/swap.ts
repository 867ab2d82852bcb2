// The change of files when a trail is begun anew: one process at a time, under a lock file that tells the next one how to
// finish should this one die. Names only; what is in the files is restart.ts's.
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { attempt } from "../attempt.js";
import { processStart } from "../marker/process-start.js";

/** After so long a lock whose process can't be seen is one that was left behind; after the longer time any. */
const staleMs = 60_000;
const longStaleMs = 3_600_000;
/** A time in the future by more than this was written by another clock. */
const aheadMs = 5_000;
/** Bytes: a lock holds two names and a number. */
const largestLock = 8_192;

/** What is to be done once everything is ready. Names in the trail's folder. */
export interface Plan {
  kept: string;
  fresh: string;
}

/** Takes the lock, lets `prepare` make the new file, changes the files. Undefined where another process is at it, or `prepare` has no plan. */
export function takeSwap(path: string, prepare: () => Plan | undefined): Plan | undefined {
  const lock = lockOf(path);
  if (!settleRestart(path) || !takeLock(lock)) return undefined;
  let plan: Plan | undefined;
  try {
    clearDrafts(path);
    plan = prepare();
    if (plan !== undefined) {
      // From here on a process that dies leaves the plan behind.
      writeFileSync(lock, JSON.stringify({ ...self(), ...plan }));
      carryOut(path, plan);
    }
  } catch (error) {
    if (plan === undefined) {
      attempt(() => clearDrafts(path));
      attempt(() => unlinkSync(lock));
    } else {
      // For the next process to finish, at once.
      attempt(() => utimesSync(lock, 0, 0));
    }
    throw error;
  }
  attempt(() => unlinkSync(lock));
  return plan;
}

/**
 * Finishes what a process began and died over. False while another one is at it: the file must not be opened then, it may
 * be the old one without its WAL.
 */
export function settleRestart(file: string): boolean {
  const path = resolve(file);
  const lock = lockOf(path);
  const there = lstatSync(lock, { throwIfNoEntry: false });
  if (there === undefined) return true;
  // A folder, a pipe, a link, or a file longer than any lock: not a lock of ours, so it is not read.
  if (!there.isFile() || there.size > largestLock) {
    attempt(() => renameSync(lock, `${lock}.foreign-${Date.now()}-${process.pid}`));
    return true;
  }
  const { plan, running } = read(lock, path);
  // A time in the future comes from a clock that was set back since. Its age is not known, so it counts from now.
  if (running && there.mtimeMs - Date.now() > aheadMs) attempt(() => utimesSync(lock, new Date(), new Date()));
  if (Date.now() < findTerminal(there.mtimeMs, running)) return false;
  if (plan !== undefined) carryOut(path, plan);
  attempt(() => unlinkSync(lock));
  return true;
}

/** Milliseconds since 1970 from which on a lock is left behind, by its modification time. */
function findTerminal(mtimeMs: number, running: boolean): number {
  const now = Date.now();
  if (mtimeMs - now > aheadMs) return running ? now + longStaleMs : now;
  return mtimeMs + (running ? longStaleMs : staleMs);
}

/**
 * Whether a lock keeps the trail closed now: until when at the latest (milliseconds since 1970), and the number of the process
 * that holds it, where one does. Changes nothing.
 */
export function heldRestart(file: string): { until: number; pid?: number } | undefined {
  const path = resolve(file);
  const there = lstatSync(lockOf(path), { throwIfNoEntry: false });
  if (there?.isFile() !== true || there.size > largestLock) return undefined;
  const { pid, running } = read(lockOf(path), path);
  const until = findTerminal(there.mtimeMs, running);
  return until <= Date.now() ? undefined : { until, ...(running && { pid: pid! }) };
}

function self(): { pid: number; start: string } {
  return { pid: process.pid, start: processStart(process.pid) };
}

function lockOf(path: string): string {
  return `${path}.restart`;
}

function takeLock(lock: string): boolean {
  let handle: number;
  try {
    handle = openSync(lock, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  try {
    writeSync(handle, JSON.stringify(self()));
  } catch (error) {
    // On a full disk the file is created but stays empty. If it were left behind, other processes would wait a minute for it.
    attempt(() => unlinkSync(lock));
    throw error;
  } finally {
    closeSync(handle);
  }
  return true;
}

/** Anything but our own names is nobody's plan. */
function read(lock: string, path: string): { pid?: number; running: boolean; plan?: Plan } {
  try {
    const text = readFileSync(lock, "utf8");
    const { pid, start, kept, fresh } = JSON.parse(text) as Partial<Plan & { pid: number; start: string }>;
    const isPid = Number.isSafeInteger(pid) && pid! > 0;
    // A later process with the same number began at another time.
    const running = isPid && isRunning(pid!) && start === processStart(pid!);
    const number = isPid ? { pid: pid!, running } : { running };
    const keptEnd = /^\.(damaged|rolled-back)-\d{8}T\d{9}Z-[0-9a-f]{8}$/;
    if (!isOurs(kept, path, keptEnd) || !isOurs(fresh, path, /^\.[0-9a-f]{16}\.restarting$/)) return number;
    return { ...number, plan: { kept, fresh } };
  } catch {
    return { running: false }; // It was being written.
  }
}

function isOurs(name: unknown, path: string, end: RegExp): name is string {
  const begin = basename(path);
  return typeof name === "string" && name.startsWith(begin) && end.test(name.slice(begin.length));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** New files of processes that died over them. Only ever called with the lock. */
function clearDrafts(path: string): void {
  const draft = /^\.[0-9a-f]{16}\.restarting(-wal|-shm)?(\.[0-9a-f]{16}\.new(-wal|-shm|-journal)?)?$/;
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    if (isOurs(name, path, draft)) attempt(() => unlinkSync(join(folder, name)));
  }
}

/** Any number of times, from wherever it was left. */
function carryOut(path: string, plan: Plan): void {
  const [kept, fresh] = [join(dirname(path), plan.kept), join(dirname(path), plan.fresh)];
  // Gone: it has its place already. Both there: somebody made a trail meanwhile, which is not ours to move.
  if (!existsSync(fresh) || (existsSync(path) && existsSync(kept))) return;
  // The WAL first: a new file must never meet the old one's.
  for (const part of ["-wal", "-shm", ""]) if (existsSync(path + part)) renameSync(path + part, kept + part);
  // Of one who opened the file at this very moment.
  for (const part of ["-wal", "-shm"]) if (existsSync(path + part)) renameSync(path + part, `${kept}.late${part}`);
  renameSync(fresh, path);
}
