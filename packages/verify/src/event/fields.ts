// Every field of an event, once, in the order of the table `events`. The hashed text, the table, the insert, exports, what an
// erasure leaves and what `audit verify` reads are made from this list: a field is added here and nowhere else.

/** What a field holds. In the hashed text a hash is lower-case hex; in the table it is bytes. */
export type FieldKind =
  /** An integer from 0. */
  | "count"
  /** UUIDv7, lower case. */
  | "uuid"
  /** ISO 8601, UTC, milliseconds. */
  | "time"
  | "text"
  /** An id that a host or the configuration gives. */
  | "id"
  /** RFC 8785 text of an object. */
  | "object"
  /** 32 bytes. */
  | "hash"
  | "bytes";

export interface EventField {
  readonly name: string;
  readonly kind: FieldKind;
  /** A member of the event's hashed text, and so covered by the raw key. Others follow from the place of the event, or hash to it. */
  readonly hashed?: true;
  /** Absent from the hashed text, or NULL in the table, in some events. */
  readonly optional?: true;
  /** Known only once the event has its place in the log. */
  readonly placed?: true;
  /** Stays when the event's payload is erased or pruned. */
  readonly kept?: true;
}

export const EVENT_FIELDS = [
  { name: "sequence", kind: "count", hashed: true, placed: true, kept: true },
  { name: "id", kind: "uuid", hashed: true, placed: true, kept: true },
  { name: "createdAt", kind: "time", hashed: true, placed: true, kept: true },
  { name: "occurredAt", kind: "time", hashed: true, optional: true },
  { name: "type", kind: "text", hashed: true, kept: true },
  { name: "category", kind: "text", hashed: true, kept: true },
  { name: "source", kind: "text", hashed: true },
  { name: "sessionId", kind: "id", hashed: true, optional: true },
  { name: "agentId", kind: "id", hashed: true, optional: true },
  { name: "runId", kind: "id", hashed: true, optional: true },
  { name: "userId", kind: "id", hashed: true, optional: true },
  { name: "orgId", kind: "id", hashed: true, optional: true },
  { name: "description", kind: "text", hashed: true },
  { name: "metadata", kind: "object", hashed: true },
  { name: "contentHash", kind: "hash", hashed: true, optional: true },
  { name: "contentLength", kind: "count", hashed: true, optional: true },
  { name: "content", kind: "bytes", optional: true },
  { name: "contentSalt", kind: "hash" },
  { name: "previousHash", kind: "hash", hashed: true, placed: true, kept: true },
  { name: "chainPrev", kind: "hash", placed: true, optional: true, kept: true },
  { name: "epoch", kind: "count", placed: true, kept: true },
  { name: "rawHash", kind: "hash", placed: true, kept: true },
  { name: "censoredHash", kind: "hash", placed: true, kept: true },
] as const satisfies readonly EventField[];

export type EventFieldEntry = (typeof EVENT_FIELDS)[number];
export type EventFieldName = EventFieldEntry["name"];
type Having<Property> = Extract<EventFieldEntry, Property>;

/** Names of the fields that have all of these properties. */
export type FieldsWith<Properties> = Having<Properties>["name"];

/** Type of a field in the hashed text, before it is parsed: `metadata` is its RFC 8785 text. */
export type HashedValue<Name extends EventFieldName> = Extract<EventFieldEntry, { name: Name }>["kind"] extends "count"
  ? number
  : string;

type Optional = FieldsWith<{ hashed: true; optional: true }>;

/** The members of the hashed text that are known before the event has its place; `null` where the event lacks one. */
export type UnplacedFields = {
  [Name in Exclude<FieldsWith<{ hashed: true }>, FieldsWith<{ placed: true }>>]: Name extends Optional
    ? HashedValue<Name> | null
    : HashedValue<Name>;
};

const fields: readonly (EventField & { readonly name: EventFieldName })[] = EVENT_FIELDS;

/** The names for which `wanted` is true, in the order of the table. */
export function fieldNames<Name extends EventFieldName = EventFieldName>(
  wanted: (field: EventField) => boolean,
): readonly Name[] {
  return fields.filter(wanted).map(({ name }) => name as Name);
}
