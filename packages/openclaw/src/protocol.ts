// What the host's thread and the writing thread say to each other. Types, and the one piece of shared memory.
import type { PressureLimits, SinkOptions, SpooledEvent } from "@sealtrail/trail";

export type ToWorker =
  | { readonly id: number; readonly event: SpooledEvent }
  /** Write what is there, close the file, take the run marker away. The next event opens it again. */
  | { readonly id: number; readonly park: true };

export type FromWorker = Done | { readonly warning: string };

export interface Done {
  /** Every message up to this id is done. */
  readonly upTo: number;
  /** Whether the events among them are on record; what is not was put into the spool. */
  readonly recorded: boolean;
  readonly trouble?: string;
}

export interface WorkerSettings {
  readonly db: string;
  readonly done: SharedArrayBuffer;
  readonly sink: SinkOptions | undefined;
  readonly limits: PressureLimits;
}

/** One 32-bit number: the newest id that is done. The host's thread may wait for it in a hook that must be synchronous. */
export function doneCell(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}
