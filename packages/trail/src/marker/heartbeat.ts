// Run markers: a long-lived writer leaves a small file while it runs and removes it on a clean stop. One that is left
// over means that its writer died with events it may not have written: the next writer puts that on record.
import {
  lstatSync,
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
import { attempt } from "../attempt.js";
import { DedupeKeys } from "../ingest/dedupe.js";
import { type Random, systemRandom } from "../log/random.js";
import { systemEvent } from "../log/system-event.js";
import { putAside, readRegular } from "../regular-file.js";
import type { Trail } from "../trail.js";
import { processStart } from "./process-start.js";

/** A writer touches its marker this often; one untouched for `staleMs` is left over even where its process can't be seen. */
export const heartbeatMs = 30_000;
const staleMs = 5 * 60_000;
/** Of a marker. A longer file is none of ours. */
const mostBytes = 4_096;
/** Markers that are looked at: more than any machine has writers, and a bound on the time that a look takes. */
const mostMarkers = 1_000;
const NAME = /^\d+-[\w-]+\.json$/;

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

/**
 * Never throws: recording must go on without a marker. Where the marker could not be written, each touch tries again.
 *
 * @param writer what is running: "openclaw", "follow"
 */
export function startHeartbeat(db: string, writer: string, options: { now: number; random?: Random }): RunMarker {
  const folder = folderOf(db);
  const unique = Buffer.from((options.random ?? systemRandom)(9)).toString("base64url");
  const path = join(folder, `${process.pid}-${unique}.json`);
  const marker: Marker = {
    writer,
    pid: process.pid,
    processStart: processStart(process.pid),
    machine: machine(),
    startedAt: new Date(options.now).toISOString(),
  };
  const leave = () =>
    attempt(() => {
      // A file or a pipe in the folder's place would make this fail, and a link would lead elsewhere.
      if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) putAside(folder, unique);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(path, `${JSON.stringify(marker)}\n`, { mode: 0o600, flag: "wx" });
    });
  leave();
  return {
    touch() {
      const now = new Date();
      try {
        utimesSync(path, now, now);
      } catch {
        leave();
      }
    },
    remove() {
      attempt(() => unlinkSync(path));
      attempt(() => rmdirSync(folder));
    },
  };
}

/** Puts every left-over marker on record as `system.degraded {unknown: true}` and removes it. Returns how many there were. */
export function reapHeartbeats(trail: Trail, options: { now: number; random?: Random }): number {
  const { now, random = systemRandom } = options;
  const left = runMarkers(trail.path, now).filter((m) => !m.alive);
  if (left.length === 0) return 0;
  const keys = new DedupeKeys(trail.dedupeSecret);
  for (const { path, name, marker } of left) {
    const note = systemEvent("system.degraded", {
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

/**
 * The markers in the folder. Anything that no writer of ours leaves (another name, a pipe, a folder, a link) is passed over.
 */
export function runMarkers(
  db: string,
  now: number,
): { path: string; name: string; marker: Marker | undefined; alive: boolean }[] {
  const folder = folderOf(db);
  let names: string[] = [];
  attempt(() => {
    names = readdirSync(folder).filter((name) => NAME.test(name));
  });
  return names.slice(0, mostMarkers).flatMap((name) => {
    const path = join(folder, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true) return []; // not there any more: a clean stop
    const marker = read(path);
    return [{ path, name, marker, alive: isAlive(marker, stat.mtimeMs, now) }];
  });
}

/** `touched`: when its writer last touched it, milliseconds since 1970. */
function isAlive(marker: Marker | undefined, touched: number, now: number): boolean {
  // A time in the future comes from a clock that was set back since. A living writer's next heartbeat would have corrected it.
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
    const found = readRegular(path, mostBytes);
    if (!("bytes" in found)) return undefined;
    const value = JSON.parse(found.bytes.toString("utf8")) as Partial<Marker>;
    const { writer, pid, processStart, machine, startedAt } = value;
    if (!Number.isSafeInteger(pid) || pid! < 1) return undefined;
    if (typeof processStart !== "string" || typeof machine !== "string") return undefined;
    // `writer` and `startedAt` go on record, so their characters are checked.
    if (typeof writer !== "string" || !/^[\w-]{1,40}$/.test(writer)) return undefined;
    if (typeof startedAt !== "string" || !/^[\dT:.Z-]{1,30}$/.test(startedAt)) return undefined;
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
