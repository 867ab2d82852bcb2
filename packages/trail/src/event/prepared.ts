// An event with everything done that needs no lock: redacted, capped, canonical, safe to write. Types only.
import type { EventSource } from "./draft.js";

export interface PreparedEvent {
  /** `category.action` */
  type: string;
  category: string;
  source: EventSource;
  /** ISO 8601 UTC with milliseconds. To be left out of the event when within 1 s of `createdAt`. */
  occurredAt?: string;
  sessionId?: string;
  agentId?: string;
  runId?: string;
  userId?: string;
  orgId?: string;
  description: string;
  /** RFC 8785 text of the metadata object, at most 64 KiB of UTF-8. */
  metadata: string;
  /** The content as stored (redacted, capped, before gzip). */
  content?: Uint8Array;
  /** Bytes of the redacted content before the cap. */
  contentLength?: number;
  /** 16 bytes; absent when this event is always new. */
  dedupe?: Uint8Array;
  /** Dedupe keys of the events that were put together into this one, 16 bytes each: from now on each is known. */
  coalescedKeys?: Uint8Array;
  /** 32 random bytes. */
  contentSalt: Uint8Array;
}

/** Where a followed file was read up to; kept in the trail with the events that it covers. */
export interface FilePosition {
  inode: string;
  offset: number;
  /** Rotations seen since following began: tells equal lines of different files apart. */
  generation: number;
}

/** What ingest needs of a trail. `position` is to be stored in the same transaction as the events. */
export interface EventSink {
  append(events: readonly PreparedEvent[], position?: FilePosition): { added: number; duplicate: number };
  /** Whether an event with this dedupe key is on record; for what must not be put together with others again. */
  knows?(dedupe: Uint8Array): boolean;
}
