/** When each job of `audit due` was last done, and how it went: the note beside the trail, and its lines in `status`. */
import { readNote, timeIn, writeNote } from "../beside.js";
import type { Context } from "../context.js";
import { JOB_NAMES, JOBS, type JobName, type JobResult, type JobState } from "./jobs.js";

export interface JobNote extends JobResult {
  readonly job: JobName;
  readonly at: string;
}

const STATES: readonly string[] = ["done", "off", "later", "bad"];

/** Jobs that were done once, in their order. */
export function jobNotes(db: string): JobNote[] {
  const note = readNote(db, "due");
  const notes: JobNote[] = [];
  for (const job of JOB_NAMES) {
    const { at, state, what } = (note?.[job] ?? {}) as Record<string, unknown>;
    const time = timeIn(at);
    if (time === undefined || typeof state !== "string" || !STATES.includes(state)) continue;
    notes.push({ job, at: time, state: state as JobState, what: String(what).slice(0, 500) });
  }
  return notes;
}

/** True when the job's time has come, or the clock was set back. */
export function isDue(job: JobName, notes: readonly JobNote[], now: number): boolean {
  const last = notes.find((note) => note.job === job);
  if (last === undefined) return true;
  const age = now - Date.parse(last.at);
  return age < 0 || age >= JOBS[job].everyMs;
}

export function keepNotes(context: Context, notes: readonly JobNote[]): void {
  const byJob = Object.fromEntries(notes.map(({ job, ...note }) => [job, note]));
  writeNote(context.io, context.db, "due", byJob);
}
