// Run markers: a long-lived writer leaves a small file while it runs and removes it on a clean stop. One that is left
// over means that its writer died with events it may not have written: the next writer puts that on record.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { DedupeKeys } from "../ingest/dedupe.js";
import { ownEvent } from "../log/own-event.js";
import { type Random, systemRandom } from "../log/random.js";
import type { Trail } from "../trail.js";

/** A writer touches its marker this often; one untouched for `staleMs` is left over even where its process can't be seen. */
export const heartbeatMs = 30_000;
const staleMs = 5 * 60_000;

interface Marker {
  writer: string;
  pid: number;
  /** Tells a process from a later one with the same number. */
  processStart: string;
  machine: string;
  startedAt: string;
}

export interface RunMarker {
  /** To be called every `heartbeatMs`. */
  touch(): void;
  /** On a clean stop, after the last event is written. */
  remove(): void;
}

function folderOf(db: string): string {
  return `${resolve(db)}.run`;
}

/** @param writer what is running: "openclaw", "follow" */
export function leaveMarker(db: string, writer: string, options: { now: number; random?: Random }): RunMarker {
  const folder = folderOf(db);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unique = Buffer.from((options.random ?? systemRandom)(9)).toString("base64url");
  const path = join(folder, `${process.pid}-${unique}.json`);
  const marker: Marker = {
    writer,
    pid: process.pid,
    processStart: processStart(process.pid),
    machine: machine(),
    startedAt: new Date(options.now).toISOString(),
  };
  writeFileSync(path, `${JSON.stringify(marker)}\n`, { mode: 0o600, flag: "wx" });
  return {
    touch() {
      const now = new Date();
      attempt(() => utimesSync(path, now, now));
    },
    remove() {
      attempt(() => unlinkSync(path));
      attempt(() => rmdirSync(folder));
    },
  };
}

/** Puts every left-over marker on record as `system.degraded {unknown: true}` and removes it. Returns how many there were. */
export function settleMarkers(trail: Trail, options: { now: number; random?: Random }): number {
  const { now, random = systemRandom } = options;
  const left = runMarkers(trail.path, now).filter((m) => !m.alive);
  if (left.length === 0) return 0;
  const keys = new DedupeKeys(trail.dedupeSecret);
  for (const { path, name, marker } of left) {
    const note = ownEvent("system.degraded", {
      description: "a writer ended without a clean stop: its last events may be missing",
      metadata: {
        unknown: true,
        reason: "unclean-stop",
        ...(marker && { writer: marker.writer, runningSince: marker.startedAt }),
      },
      random,
    });
    trail.append([{ ...note, dedupe: keys.ofIdentity("marker", name, "") }]);
    attempt(() => unlinkSync(path));
  }
  attempt(() => rmdirSync(folderOf(trail.path)));
  return left.length;
}

/** The markers there are, for `status` too. */
export function runMarkers(
  db: string,
  now: number,
): { path: string; name: string; marker: Marker | undefined; alive: boolean }[] {
  const folder = folderOf(db);
  let names: string[] = [];
  attempt(() => {
    names = readdirSync(folder);
  });
  return names.map((name) => {
    const path = join(folder, name);
    const marker = read(path);
    return { path, name, marker, alive: isAlive(path, marker, now) };
  });
}

function isAlive(path: string, marker: Marker | undefined, now: number): boolean {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (touched === undefined) return true; // removed just now: a clean stop
  // A time in the future was written by a clock that has been set back since: a heartbeat would have mended it.
  const fresh = Math.abs(now - touched) < staleMs;
  if (marker === undefined) return fresh; // perhaps being written
  // In a container of its own the process can't be seen from here; its heartbeat can.
  if (marker.machine !== machine()) return fresh;
  try {
    process.kill(marker.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return marker.processStart === "" || processStart(marker.pid) === marker.processStart;
}

function read(path: string): Marker | undefined {
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<Marker>;
    const texts = [value.writer, value.processStart, value.machine, value.startedAt];
    if (!Number.isSafeInteger(value.pid) || value.pid! < 1 || texts.some((t) => typeof t !== "string"))
      return undefined;
    return value as Marker;
  } catch {
    return undefined;
  }
}

/** Host name and boot, where the system tells: process numbers mean nothing across either. */
function machine(): string {
  let boot = "";
  let namespace = "";
  attempt(() => {
    boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    namespace = String(statSync("/proc/self/ns/pid", { bigint: true }).ino);
  });
  return `${hostname()} ${boot} ${namespace}`;
}

/** Clock ticks since boot at which the process began (Linux); empty where the system does not tell. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in brackets and may hold anything: count from its end. Start time is field 22.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Each is a clean-up or a look that may fail without harm.
  }
}
