// Small questions that every reader of a format asks of a JSON value: is it an object with just these members, is this 32 bytes in hex?
import type { ShapeCode } from "../codes.js";

export type Members = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object's own members, each read once: what was checked is what is used, whatever a getter says the second time. */
export function membersOf(value: unknown): Members | undefined {
  try {
    return isObject(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `value` is an object of `format` with the members that it must and may have, and no others. */
export function checkShape(
  value: unknown,
  format: string,
  must: readonly string[],
  may: readonly string[] = [],
): ShapeCode | undefined {
  if (!isObject(value)) return "not-an-object";
  const fault = checkMembers(value, ["format", ...must], may);
  if (fault !== undefined) return fault;
  return value.format === format ? undefined : "wrong-format";
}

/** The same for an object inside a format, that has no `format` of its own. */
export function checkMembers(
  value: Members,
  must: readonly string[],
  may: readonly string[] = [],
): ShapeCode | undefined {
  for (const name of Object.keys(value)) if (!must.includes(name) && !may.includes(name)) return "unknown-field";
  for (const name of must) if (!Object.hasOwn(value, name)) return "missing-field";
  return undefined;
}

/** Whether `value` is lower-case hex of `min` to `max` bytes. */
export function checkHex(value: unknown, min: number, max = min): ShapeCode | undefined {
  if (typeof value !== "string") return "bad-field";
  if (!/^[0-9a-f]*$/.test(value)) return "bad-hex";
  return value.length % 2 === 0 && value.length >= 2 * min && value.length <= 2 * max ? undefined : "wrong-length";
}

export function isCount(value: unknown, min = 0): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min;
}

/** Whether a value is 32 bytes in lower-case hex. */
export function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
