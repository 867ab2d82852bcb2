// Events in our own terms, one JSON object a line, checked by a schema: each refused line gets a reason that names the field.
// The schema library is loaded with the first line: it would cost every other command, and every hook, 40 ms.
import { createRequire } from "node:module";
import type * as zod from "zod";
import { CATEGORIES, categoryOf } from "../event/categories.js";
import type { EventDraft, Normalised, Source } from "../event/draft.js";
import { isoTime } from "../event/time.js";
import { isOwnType } from "../shared/own-types.js";

function lineSchema() {
  const { z } = createRequire(import.meta.url)("zod") as typeof zod;
  const text = z.string({ error: (issue) => (issue.input === undefined ? "is missing" : "expected a string") });
  const length = "expected 1 to 512 characters";
  const name = text.min(1, length).max(512, length);
  return z.strictObject({
    type: text
      .refine((type) => categoryOf(type) !== undefined, {
        error: `expected category.action in snake_case, the category one of ${CATEGORIES.join(", ")}`,
      })
      .refine((type) => !isOwnType(type), { error: "is written by the trail itself only" }),
    category: text.optional(),
    occurredAt: text
      .refine((time) => isoTime(time) !== undefined, {
        error: "expected an ISO 8601 time, such as 2026-01-31T12:00:00.000Z",
      })
      .optional(),
    sessionId: name.optional(),
    agentId: name.optional(),
    runId: name.optional(),
    userId: name.optional(),
    orgId: name.optional(),
    description: text.optional(),
    // Only that it is an object: what stands in it is brought into shape and not refused.
    metadata: z.custom<Record<string, unknown>>(isPlainObject, { error: "expected an object" }).optional(),
    content: text.optional(),
    dedupeKey: name.optional(),
  });
}

const FIELDS = new Set(
  "type,category,occurredAt,sessionId,agentId,runId,userId,orgId,description,metadata,content,dedupeKey".split(","),
);

let schema: ReturnType<typeof lineSchema> | undefined;

export const ndjson: Source = {
  name: "ndjson",
  standalone: true,
  recognises(value) {
    if (!isPlainObject(value)) return false;
    const type = (value as Record<string, unknown>).type;
    return (
      typeof type === "string" &&
      categoryOf(type) !== undefined &&
      Object.keys(value as object).every((name) => FIELDS.has(name))
    );
  },
  normalise(value: unknown): Normalised {
    if (!isPlainObject(value)) return { refused: "expected a JSON object" };
    schema ??= lineSchema();
    const checked = schema.safeParse(value);
    if (!checked.success) return { refused: reasonOf(checked.error) };
    const { category, ...draft } = checked.data;
    if (category !== undefined && category !== categoryOf(draft.type)) {
      return { refused: `category: ${quote(category)} is not the category of type ${quote(draft.type)}` };
    }
    return { events: [draft as EventDraft] };
  },
};

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All that is wrong, a field at a time, and never a value: the rejects file must not hold what was refused. */
function reasonOf(error: zod.ZodError): string {
  return error.issues
    .slice(0, 4)
    .map((issue) => {
      if (issue.code === "unrecognized_keys") return `unknown fields: ${issue.keys.slice(0, 4).map(quote).join(", ")}`;
      return `${issue.path.join(".")}: ${issue.message}`;
    })
    .join("; ");
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
