// Faults in the log's own file operations, by strace: each system call on the trail's files made to fail before it takes
// effect, or the process killed right after it did. Whatever the writer had acknowledged must be there, and the file sound.
import { execFile, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Trail } from "../../src/trail.js";
import { oneFile } from "./one-file.js";
import { variedEvents } from "./trails.js";

/** `error=`: fails once, without effect; `error=...+`: from then on always. `signal=`: takes effect, and the process is gone. */
export type Fault =
  | "error=EIO"
  | "error=ENOSPC+"
  | "error=EROFS+"
  | "error=EACCES"
  | "error=EMFILE"
  | "error=ENOLCK"
  | "error=ENOMEM"
  | "signal=SIGABRT";

const gone = "signal=SIGABRT";

/** What SQLite does to the file, its WAL and its shared memory, each with what can befall it. */
export const FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  openat: ["error=EIO", "error=ENOSPC+", "error=EROFS+", "error=EACCES", "error=EMFILE", gone],
  pwrite64: ["error=EIO", "error=ENOSPC+", gone],
  pread64: ["error=EIO", gone],
  // Which of the two is called is SQLite's choice when it was built.
  fdatasync: ["error=EIO", gone],
  fsync: ["error=EIO", "error=ENOSPC+", gone],
  ftruncate: ["error=EIO", "error=ENOSPC+", gone],
  // One that fails to give a lock back leaves it taken until the process ends.
  fcntl: ["error=EIO", "error=ENOLCK", gone],
  fstat: ["error=EIO", gone],
  stat: ["error=EIO", "error=EACCES", gone],
  access: ["error=EACCES", gone],
  mmap: ["error=ENOMEM", gone],
  fchown: ["error=EIO", gone],
  close: ["error=EIO", gone],
  unlink: ["error=EIO", "error=EACCES", gone],
};

export interface Case {
  call: string;
  fault: Fault;
  /** Which of the calls, from 1. */
  nth: number;
}

export interface Outcome {
  /** False: the program makes fewer such calls. */
  hit: boolean;
  acknowledged: number;
  /** What is wrong; empty when all is well. */
  wrong: string[];
}

const WRITER = fileURLToPath(new URL("./writer.mjs", import.meta.url));

/** Installed, and allowed to trace: a container may lack that. */
export function hasStrace(): boolean {
  return spawnSync("strace", ["-qq", "-o", "/dev/null", "true"], { stdio: "ignore" }).status === 0;
}

export interface Base {
  readonly file: string;
  readonly events: number;
  /** The program that meets the faults. */
  readonly writer: string;
  remove(): void;
}

/** A trail with some events and a checkpoint, closed: every case works on a copy. */
export function baseTrail(): Base {
  const folder = mkdtempSync(join(tmpdir(), "trail-faults-"));
  const file = join(folder, "base.db");
  const trail = Trail.create(file);
  trail.append(variedEvents(20));
  trail.checkpoint();
  trail.close();
  const writer = oneFile(WRITER);
  const remove = () => {
    writer.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  return { file, events: 20, writer: writer.path, remove };
}

export async function inject(base: Base, { call, fault, nth }: Case): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "trail-fault-"));
  try {
    const file = join(folder, "audit.db");
    copyFileSync(base.file, file);
    const log = join(folder, "strace.log");
    const [what, always] = fault.endsWith("+") ? [fault.slice(0, -1), "+"] : [fault, ""];
    const paths = [file, `${file}-wal`, `${file}-shm`].flatMap((path) => ["-P", path]);
    const options = [
      "-f",
      "-qq",
      "-o",
      log,
      ...paths,
      "-e",
      `trace=${call}`,
      "-e",
      `inject=${call}:${what}:when=${nth}${always}`,
    ];
    const told = await said("strace", [...options, process.execPath, base.writer, file, "8", "1", "yes", "300"]);
    const traced = existsSync(log) ? readFileSync(log, "utf8") : "";
    const hit = traced.includes("(INJECTED)") || traced.includes("SIGABRT");
    const acknowledged = told.split("\n").filter(Boolean).map(Number);
    return {
      hit,
      acknowledged: acknowledged.length,
      wrong: hit ? await wrongWith(file, base.events, acknowledged) : [],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a program prints, however it ends. */
function said(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { encoding: "utf8", timeout: 120_000 }, (_, stdout) => resolve(stdout));
  });
}

async function wrongWith(file: string, before: number, acknowledged: readonly number[]): Promise<string[]> {
  const wrong: string[] = [];
  const trail = Trail.open(file);
  try {
    for (const sequence of acknowledged) {
      if (trail.event(sequence) === undefined) wrong.push(`event ${sequence} was acknowledged and is gone`);
    }
    if (trail.lastSequence < before) wrong.push("events from before the fault are gone");
    const report = await trail.verify();
    if (report.status !== "verified")
      wrong.push(`${report.status}: ${report.findings.map((f) => f.detail).join("; ")}`);
    const next = trail.append(variedEvents(1)).lastSequence;
    trail.checkpoint();
    if (trail.event(next) === undefined) wrong.push("nothing can be appended any more");
  } finally {
    trail.close();
  }
  return wrong;
}
