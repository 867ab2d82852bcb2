// What the host's thread and the writing thread say to each other. Types, and the one piece of shared memory.
import type { PressureLimits, Recorded, SinkOptions } from "@sealtrail/trail/recorder";
import type { SpooledEvent } from "@sealtrail/trail/spool";

export type ToWorker =
  | { readonly id: number; readonly event: SpooledEvent }
  /** Write what is there, close the file, take the run marker away. The next event opens it again. */
  | { readonly id: number; readonly park: true };

export type FromWorker = Done | { readonly warning: string };

/** Whether the events of every message up to `upTo` are on record; those that are not wait, or are in the spool. */
export interface Done extends Recorded {
  readonly upTo: number;
}

export interface WorkerSettings {
  readonly db: string;
  readonly done: SharedArrayBuffer;
  /** Every append survives power loss. */
  readonly durable: boolean;
  readonly sink: SinkOptions | undefined;
  readonly limits: PressureLimits;
}

/** One 32-bit number: the newest id that is done. The host's thread may wait for it in a hook that must be synchronous. */
export function doneCell(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}
