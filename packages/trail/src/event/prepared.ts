// An event with everything done that needs no lock: redacted, capped, canonical, safe to write. Types only.
import type { CallRole, EventSource, Yields } from "@sealtrail/sources/event";
import type { FieldsWith } from "@sealtrail/verify/event";

/** Each id as it is stored: redacted, and cut or replaced by a keyed digest where it is too long. */
type Ids = { [Name in FieldsWith<{ kind: "id" }>]?: string };

/** A redacted event that can be appended. `prepare` makes it. @public */
export interface PreparedEvent extends Ids {
  /** `category.action` */
  type: string;
  category: string;
  source: EventSource;
  /** ISO 8601 UTC with milliseconds. To be left out of the event when within 1 s of `createdAt`. */
  occurredAt?: string;
  description: string;
  /** RFC 8785 text of the metadata object, at most 64 KiB of UTF-8. */
  metadata: string;
  /** The content, redacted and capped: UTF-8. */
  content?: Uint8Array;
  /** Its packed form, which `contentSalt` is bound to; absent where the content is stored as it is. */
  packed?: Uint8Array;
  /** Bytes of the redacted content before the cap. */
  contentLength?: number;
  /** 16 bytes; absent when this event is always new. */
  dedupe?: Uint8Array;
  /**
   * What the dedupe key is made from. "place" (default): the place of the event in its file; an equal key is the same event.
   * "identity": an id that a host or model chose (first 10 bytes) and the essence (last 6 bytes); an event with the same first
   * ten bytes and different last six is marked `idReused`. "moment": the essence alone; the event is always recorded, and
   * marked `repeated` where an equal one happened within the five seconds before.
   */
  dedupeBy?: "place" | "identity" | "moment";
  /** 16 bytes, by which the event is found where the host's other record lacks its id; of source, session and text. */
  alike?: Uint8Array;
  /** 16 bytes, of the line that the event was read from (`EventDraft.lineKey`) and of the essence. */
  line?: Uint8Array;
  /** Further dedupe keys, 16 bytes each: where an event has one of them, this one is known (`EventDraft.sessions`). */
  elsewhere?: Uint8Array;
  /** Of an event of a tool call. `key`: 16 bytes, of source, session and call id. */
  call?: { key: Uint8Array; role: CallRole };
  /** Told by a hook as it happened: a call id that is seen again after its outcome names another call. */
  live?: true;
  /** Read from a log that the host keeps for itself. */
  fromLog?: true;
  /** Of an outcome: whether it counts as known where the call has one on record (`EventDraft.yields`). */
  yields?: Yields;
  /** Dedupe keys of the events that were put together into this one, 16 bytes each: from now on each is known. */
  coalescedKeys?: Uint8Array;
  /** 32 random bytes, the last 12 of them a hash of the packed form where there is one. */
  contentSalt: Uint8Array;
}

/** How far a file was read, and by what it is known again; kept in the trail with the events that it covers. */
export interface FilePosition {
  /** Names the file in the keys of its lines: 16 random bytes, hex. */
  file: string;
  source: string;
  path: string;
  /** Device and inode. */
  inode: string;
  /** Keyed hash of the first line, hex; empty where there is none yet. */
  head: string;
  /** Offset behind the last whole line. */
  bytes: number;
  /** Lines up to there; those that are not blank; those that were refused. */
  number: number;
  lines: number;
  refused: number;
  /** Keyed SHA-256 of all bytes up to there, hex. */
  hash: string;
}

/** How far a file was read that a short process only looks into (`readTail`). */
export interface TailPosition {
  inode: string;
  offset: number;
  /** SHA-256 of the bytes before the offset, by which the file is known again. */
  before: string;
}

/** An event of a tool call, as it is on record. */
export interface RecordedToolEvent {
  sequence: number;
  type: string;
  runId: string | null;
  metadata: Record<string, unknown>;
}

/** What ingest needs of a trail. `position` is to be stored in the same transaction as the events. */
export interface EventSink {
  append(events: readonly PreparedEvent[], position?: FilePosition): { added: number; duplicate: number };
  /** Whether an event with this dedupe key is on record; for what must not be put together with others again. */
  knows?(dedupe: Uint8Array): boolean;
  /**
   * Tool events of a session with a sequence above `after`, in order, a page of them. Used to join records that name no call
   * id.
   */
  toolEvents?(source: string, sessionId: string, after: number): readonly RecordedToolEvent[];
}
