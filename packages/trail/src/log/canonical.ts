// JCS(event) (formats.md, section 2) by joining columns, without building an object or sorting: keys stand in JCS order here,
// metadata is stored as its JCS, and JSON.stringify escapes strings as RFC 8785 does. Tested against the JCS library.
import { EVENT_FIELDS, type EventFieldName, type FieldKind, type UnplacedFields } from "@sealtrail/verify/event";

/** What is known of an event before the log's lock is taken. */
export type EventColumns = UnplacedFields;

/** What its place in the log adds. */
export interface EventPlacement {
  createdAt: string;
  id: string;
  previousHash: string;
  sequence: number;
}

/** The stretches of the text between the members that the placement fills in. */
export type CanonicalParts = readonly string[];

const quote = JSON.stringify;

interface Member {
  name: EventFieldName | "format" | "machineId";
  /** The quoted name with its colon. */
  key: string;
  kind: FieldKind | "constant" | "machine" | "placed";
}

const members: readonly Member[] = [
  { name: "format" as const, kind: "constant" as const },
  { name: "machineId" as const, kind: "machine" as const },
  ...EVENT_FIELDS.flatMap((field) =>
    "hashed" in field ? [{ name: field.name, kind: "placed" in field ? ("placed" as const) : field.kind }] : [],
  ),
]
  .sort((a, b) => (a.name < b.name ? -1 : 1))
  .map((member) => ({ ...member, key: `"${member.name}":` }));

const placed = members.filter(({ kind }) => kind === "placed").map(({ name }) => name as keyof EventPlacement);

export function canonicalParts(columns: EventColumns, machineId: string): CanonicalParts {
  const parts: string[] = [];
  let text = "{";
  let separator = "";
  for (const { name, key, kind } of members) {
    if (kind === "placed") {
      parts.push(text + separator + key);
      text = "";
    } else if (kind === "constant") text += `${separator}${key}"sealtrail-event/1"`;
    else if (kind === "machine") text += separator + key + quote(machineId);
    else {
      const value = columns[name as keyof EventColumns];
      if (value === null) continue;
      text += separator + key + (kind === "count" || kind === "object" ? value : quote(value));
    }
    separator = ",";
  }
  parts.push(`${text}}`);
  return parts;
}

export function canonicalText(parts: CanonicalParts, at: EventPlacement): string {
  let text = parts[0]!;
  for (let i = 0; i < placed.length; i++) text += quote(at[placed[i]!]) + parts[i + 1]!;
  return text;
}
