// Closed shapes: what a JSON object may and must have. Relies on nothing; the input is a stranger's.
import type { ShapeCode } from "./codes.js";

export type JsonObject = { readonly [name: string]: unknown };

/** Is it a plain object whose own members are all of `required` and at most those of `optional`? The code says what is wrong. */
export function closedObject(
  json: unknown,
  required: readonly string[],
  optional: readonly string[] = [],
): { ok: true; object: JsonObject } | { ok: false; code: ShapeCode } {
  const object = membersOf(json);
  if (object === undefined) return { ok: false, code: "not-an-object" };
  const names = Object.keys(object);
  for (const name of names) {
    if (!required.includes(name) && !optional.includes(name)) return { ok: false, code: "unknown-field" };
  }
  for (const name of required) {
    if (!names.includes(name)) return { ok: false, code: "missing-field" };
  }
  return { ok: true, object };
}

/** Each member read once: what was checked is what is used, whatever a getter says the second time. */
function membersOf(json: unknown): JsonObject | undefined {
  try {
    return typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json } : undefined;
  } catch {
    return undefined;
  }
}

/** Lower-case hex of a length in digits. */
export function isHex(value: unknown, min: number, max = min): value is string {
  return typeof value === "string" && value.length >= min && value.length <= max && /^[0-9a-f]*$/.test(value);
}
