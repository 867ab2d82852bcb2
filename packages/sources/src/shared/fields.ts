// Reading what a host sent: every field may be missing, of another type, or a getter that throws.

export type Fields = Readonly<Record<string, unknown>>;

const NONE: Fields = Object.freeze({});

/** The value as an object with fields; anything else has none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : NONE;
}

/** A field by its own name only: a host's `constructor` or `toString` is not inherited data. */
export function field(from: Fields, name: string): unknown {
  try {
    return Object.hasOwn(from, name) ? from[name] : undefined;
  } catch {
    return undefined;
  }
}

export function text(from: Fields, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = field(from, name);
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

export function number(from: Fields, ...names: string[]): number | undefined {
  for (const name of names) {
    const value = field(from, name);
    if (typeof value === "number") return value;
  }
  return undefined;
}

/** Copies the named scalars that are there. `a>b` writes the host's `a` under our name `b`. */
export function pick(from: Fields, names: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const spec of names) {
    const [theirs = spec, ours = theirs] = spec.split(">");
    const value = field(from, theirs);
    if (typeof value === "string" ? value !== "" : typeof value === "number" || typeof value === "boolean") {
      picked[ours] = value;
    }
  }
  return picked;
}

/** How many elements a history or a list has: such arrays are counted, not stored. */
export function count(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

export function length(value: unknown): number | undefined {
  return typeof value === "string" ? value.length : undefined;
}

/** Drops the members that are undefined, so that an absent field stays absent. */
export function compact(members: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(members)) if (members[name] !== undefined) kept[name] = members[name];
  return kept;
}

/** What an error field says: hosts send a string, an Error or an object with a message. */
export function errorText(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (value instanceof Error) return value.message;
  return text(fieldsOf(value), "message", "error");
}

export function firstLine(said: string): string {
  const end = said.search(/[\r\n]/);
  return end < 0 ? said : said.slice(0, end);
}

/** The argument that tells a person most about a tool call: the command, the file, the address. */
export function gist(args: unknown): string {
  if (typeof args === "string") return args;
  const fields = fieldsOf(args);
  const said = text(fields, "command", "cmd", "path", "file_path", "filePath", "url", "query", "pattern", "id", "name");
  if (said !== undefined) return said;
  const command = field(fields, "command");
  return Array.isArray(command) ? command.filter((part) => typeof part === "string").join(" ") : "";
}

/** The text of a message or result that may be a string or a list of parts; a value of another shape is kept as it is. */
export function contentOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value === null ? undefined : value;
  const texts = value.map((part: unknown) => (typeof part === "string" ? part : text(fieldsOf(part), "text")));
  const plain = value.every((part, i) => typeof part === "string" || (texts[i] !== undefined && isTextPart(part)));
  return plain ? texts.join("\n") : value;
}

function isTextPart(part: unknown): boolean {
  const type = field(fieldsOf(part), "type");
  return type === "text" || type === "input_text" || type === "output_text" || type === undefined;
}
