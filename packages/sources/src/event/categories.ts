// The closed list of categories. A type is `category.action`; actions grow, categories do not.

/** All categories. @public */
export const CATEGORIES = [
  "prompt",
  "tool",
  "agent",
  "session",
  "message",
  "cron",
  "gateway",
  "config",
  "security",
  "system",
] as const;

/** A category of events. @public */
export type Category = (typeof CATEGORIES)[number];

const TYPE = /^([a-z]+)\.[a-z][a-z0-9_]{0,63}$/;
const known = new Map<string, Category | undefined>();

/** The category of a well-formed type, or undefined for anything else. @public */
export function categoryOf(type: string): Category | undefined {
  // A trail has a few dozen types; the cache saves a regex run per event.
  const cached = known.get(type);
  if (cached !== undefined) return cached;
  const prefix = TYPE.exec(type)?.[1];
  const category = CATEGORIES.find((c) => c === prefix);
  if (category !== undefined && known.size < 1000) known.set(type, category);
  return category;
}

/** `toolCallBegin`, `tool-call.begin` -> `tool_call_begin`; always fit to stand as an action. @public */
export function snakeCase(name: string): string {
  const words = name
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[_0-9]+|_+$/g, "");
  return words.slice(0, 64) || "unknown";
}
