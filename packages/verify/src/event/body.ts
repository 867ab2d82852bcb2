// The event as it is hashed: the members of JCS(event) (formats.md, section 2) and nothing else.
import { isCount, isHash, isObject, isTimestamp, type JsonObject, jcs, uuidV7 } from "@sealtrail/smt/formats";
import { EVENT_FIELDS, type EventField, type FieldKind, type FieldsWith, type HashedValue } from "./fields.js";

/**
 * An absent member is left out, never `null`. Hashes are lower-case hex, times ISO 8601 in UTC with milliseconds; fields.ts has
 * the list. `machineId` is the trail's.
 */
export type EventBody = { format: "sealtrail-event/1"; machineId: string; metadata: JsonObject } & {
  [Name in Exclude<FieldsWith<{ hashed: true }>, OptionalName | "metadata">]: HashedValue<Name>;
} & { [Name in OptionalName]?: HashedValue<Name> };

type OptionalName = FieldsWith<{ hashed: true; optional: true }>;

/** Of one event, and of one line of an export. The recorder writes at most 64 KiB of metadata: half as many values as bytes. */
export const MAX_VALUES = 100_000;

/** Whether the value, with all that is in it, is at most `MAX_VALUES` values. */
export function hasFewValues(value: unknown): boolean {
  let left = MAX_VALUES;
  const count = (value: unknown): boolean =>
    --left >= 0 && (typeof value !== "object" || value === null || Object.values(value).every(count));
  return count(value);
}

/** RFC 8785 text of an event. Throws where the value cannot be canonicalised. */
export function canonicalEvent(event: EventBody): string {
  return jcs(event as unknown as JsonObject);
}

const fields: readonly EventField[] = EVENT_FIELDS;

/** Whether a parsed JSON value has exactly an event's members, each of the right type. For evidence from strangers. */
export function isEventBody(value: unknown): value is EventBody {
  if (!isObject(value) || value.format !== "sealtrail-event/1" || typeof value.machineId !== "string") return false;
  let others = Object.keys(value).length - 2;
  for (const { name, kind, hashed, optional } of fields) {
    const member = value[name];
    if (!hashed || (optional && member === undefined)) continue;
    if (!holds(kind, member)) return false;
    others--;
  }
  return (
    others === 0 && (value.sequence as number) >= 1 && (value.type as string).startsWith(`${value.category as string}.`)
  );
}

function holds(kind: FieldKind, member: unknown): boolean {
  if (kind === "count") return isCount(member);
  if (kind === "object") return isObject(member) && hasFewValues(member);
  if (kind === "time") return isTimestamp(member);
  if (kind === "hash") return isHash(member);
  return typeof member === "string" && (kind !== "uuid" || uuidV7.test(member));
}
