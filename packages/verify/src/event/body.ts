// The event as it is hashed: the members of JCS(event) (formats.md, section 2) and nothing else.
import { checkMembers, isObject, isTimestamp, type JsonObject, jcs, uuidV7 } from "@sealtrail/smt/formats";
import { type FieldsWith, fieldNames, type HashedValue } from "./fields.js";

/**
 * An absent member is left out, never `null`. Hashes are lower-case hex, times ISO 8601 in UTC with milliseconds; fields.ts has
 * the list. `machineId` is the trail's.
 */
export type EventBody = { format: "sealtrail-event/1"; machineId: string; metadata: JsonObject } & {
  [Name in Exclude<FieldsWith<{ hashed: true }>, OptionalName | "metadata">]: HashedValue<Name>;
} & { [Name in OptionalName]?: HashedValue<Name> };

type OptionalName = FieldsWith<{ hashed: true; optional: true }>;

const required = ["format", "machineId", ...fieldNames(({ hashed, optional }) => hashed === true && optional !== true)];
const optional = fieldNames(({ hashed, optional }) => hashed === true && optional === true);
const numbers: ReadonlySet<string> = new Set(fieldNames(({ kind }) => kind === "count"));
const hashes: ReadonlySet<string> = new Set(fieldNames(({ kind }) => kind === "hash"));

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

/** Whether a parsed JSON value has exactly an event's members, each of the right type. For evidence from strangers. */
export function isEventBody(value: unknown): value is EventBody {
  if (!isObject(value) || checkMembers(value, required, optional) !== undefined) return false;
  const members = value;
  for (const [name, member] of Object.entries(members)) {
    if (name === "metadata") {
      if (!isObject(member) || !hasFewValues(member)) return false;
    } else if (numbers.has(name)) {
      if (!Number.isSafeInteger(member) || (member as number) < 0) return false;
    } else if (typeof member !== "string") return false;
    else if (hashes.has(name) && !/^[0-9a-f]{64}$/.test(member)) return false;
  }
  return (
    members.format === "sealtrail-event/1" &&
    (members.sequence as number) >= 1 &&
    uuidV7.test(members.id as string) &&
    isTimestamp(members.createdAt) &&
    (members.occurredAt === undefined || isTimestamp(members.occurredAt)) &&
    (members.type as string).startsWith(`${members.category as string}.`)
  );
}
