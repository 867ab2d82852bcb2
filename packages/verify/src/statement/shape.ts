// Closed shapes: what a JSON object may and must have. The input is a stranger's.
import { checkMembers, membersOf, type ShapeCode } from "@sealtrail/smt/formats";

export type JsonObject = { readonly [name: string]: unknown };

/** Is it a plain object whose own members are all of `required` and at most those of `optional`? The code says what is wrong. */
export function closedObject(
  json: unknown,
  required: readonly string[],
  optional: readonly string[] = [],
): { ok: true; object: JsonObject } | { ok: false; code: ShapeCode } {
  const object = membersOf(json);
  if (object === undefined) return { ok: false, code: "not-an-object" };
  const code = checkMembers(object, required, optional);
  return code === undefined ? { ok: true, object } : { ok: false, code };
}

/** Lower-case hex of a length in digits. */
export function isHex(value: unknown, min: number, max = min): value is string {
  return typeof value === "string" && value.length >= min && value.length <= max && /^[0-9a-f]*$/.test(value);
}
