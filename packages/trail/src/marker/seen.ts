// When a host last ran its hook or plugin: the modification time of one small file beside the trail, whose text is the
// first time. `audit status` goes by it, because events of a host also come out of files. Written by every run of a hook,
// so it costs one system call and loads nothing.
import { lstatSync, lutimesSync, writeFileSync } from "node:fs";
import { readRegular } from "../regular-file.js";

export interface Seen {
  /** ISO 8601. */
  readonly firstAt: string;
  readonly lastAt: string;
}

function seenFile(db: string, host: string): string {
  return `${db}.state-hook-${host}`;
}

/** Never throws: recording must go on without the note. */
export function noteSeen(db: string, host: string, now: number): void {
  const path = seenFile(db, host);
  try {
    lutimesSync(path, now / 1000, now / 1000);
  } catch {
    try {
      writeFileSync(path, `${new Date(now).toISOString()}\n`, { mode: 0o600, flag: "wx" });
      lutimesSync(path, now / 1000, now / 1000);
    } catch {
      // The folder cannot be written, or another hook has made the file meanwhile.
    }
  }
}

/** Undefined where the host never ran its hook for this trail. */
export function seenOf(db: string, host: string): Seen | undefined {
  const path = seenFile(db, host);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isFile() !== true) return undefined;
  const lastAt = there.mtime.toISOString();
  const read = readRegular(path, 100);
  const first = "bytes" in read ? Date.parse(read.bytes.toString("latin1").trim()) : Number.NaN;
  return { firstAt: Number.isNaN(first) ? lastAt : new Date(first).toISOString(), lastAt };
}
