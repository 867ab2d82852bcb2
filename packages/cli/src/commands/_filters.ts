/** The filter options that `list` and `export` share, and the query of the trail that they make. */
import type { EventQuery, Trail } from "@sealtrail/trail";
import type { Context } from "../context.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { nearest } from "../text.js";
import { time, timeUntil } from "../values.js";

export const FILTERS = {
  type: {
    kind: "values",
    hint: "type",
    about: "only this type, like tool.denied; several with commas; tool stands for all of a category",
  },
  category: { kind: "value", hint: "category", about: "only this category, like tool" },
  session: {
    kind: "value",
    hint: "id",
    about: "only this session: its id, or as much of its beginning as no other has",
  },
  since: { kind: "value", hint: "time", about: "from then on: ISO 8601, a date, yesterday, or 2h for two hours ago" },
  until: { kind: "value", hint: "time", about: "up to then; a date excludes that day" },
} as const;

export const FILTER_NOTE =
  "Times are the host's own where an event has one (occurredAt), else the trail's (createdAt). A type that no host reports and no event has is refused, because an empty list would look like a result.";

export interface FilterArguments {
  readonly type: readonly string[];
  readonly category: string | undefined;
  readonly session: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
}

/** Read before the trail is opened, so that an invalid time is reported first. */
export function timesOf(args: FilterArguments, now: number): Pick<EventQuery, "since" | "until"> {
  return {
    ...(args.since === undefined ? {} : { since: time(args.since, "--since", now) }),
    ...(args.until === undefined ? {} : { until: timeUntil(args.until, "--until", now) }),
  };
}

/**
 * Throws a CliError where a filter can match nothing: a type or category that does not exist (64), a session that does not
 * exist (66).
 */
export async function filterOf(
  context: Context,
  trail: Trail,
  args: FilterArguments,
  times: ReturnType<typeof timesOf>,
): Promise<EventQuery> {
  const types = await typesNamed(trail, args.type);
  if (args.category !== undefined) await checkCategory(args.category);
  const session = args.session === undefined ? undefined : await sessionNamed(context, trail, args.session);
  return {
    ...(types.length === 0 ? {} : { type: types.length === 1 ? types[0]! : types }),
    ...(args.category === undefined ? {} : { category: args.category }),
    ...(session === undefined ? {} : { session }),
    ...times,
  };
}

const MOST_TYPES = 100;

async function typesNamed(trail: Trail, texts: readonly string[]): Promise<string[]> {
  const words = texts.flatMap((text) => text.split(",")).map((word) => word.trim());
  if (words.length === 0) return [];
  if (words.length > MOST_TYPES) throw usage(`--type names more than ${MOST_TYPES} types`, "use --category");
  const { CATEGORIES, KNOWN_TYPES } = await import("@sealtrail/trail/ingest");
  let own: readonly string[] | undefined;
  return words.map((word) => {
    if (KNOWN_TYPES.includes(word)) return word;
    const category = word.endsWith(".*") ? word.slice(0, -2) : word;
    if ((CATEGORIES as readonly string[]).includes(category)) return `${category}.*`;
    own ??= trail.types();
    if (own.includes(word)) return word;
    const all = [...new Set([...own, ...KNOWN_TYPES, ...CATEGORIES])];
    const meant = typeMeant(word, all);
    throw usage(
      `--type: no event has the type ${JSON.stringify(word)}`,
      meant.length > 0 ? `did you mean ${meant.join(", ")}?` : `a category is one of ${CATEGORIES.join(", ")}`,
    );
  });
}

/**
 * Suggestions for a type that does not exist: the one that is one or two edits away; else those with the same beginning
 * (`tool.deny`) or with the word as their action (`denied`).
 */
function typeMeant(word: string, all: readonly string[]): string[] {
  const near = nearest(word, all);
  if (near !== undefined) return [near];
  const [, action = ""] = word.split(".");
  const alike = all.filter((type) => {
    const [category, known] = type.split(".");
    if (known === undefined) return false;
    return (
      known === word || (word.startsWith(`${category}.`) && action.length > 2 && known.startsWith(action.slice(0, 3)))
    );
  });
  if (alike.length > 0) return alike.slice(0, 3);
  const action2 = nearest(
    word,
    all.map((type) => type.split(".")[1] ?? type),
  );
  return action2 === undefined ? [] : all.filter((type) => type.endsWith(`.${action2}`)).slice(0, 3);
}

async function checkCategory(word: string): Promise<void> {
  const { CATEGORIES } = await import("@sealtrail/trail/ingest");
  if ((CATEGORIES as readonly string[]).includes(word)) return;
  const meant = nearest(word, CATEGORIES);
  throw usage(
    `--category: there is no category ${JSON.stringify(word)}`,
    meant ? `did you mean ${meant}?` : `it is one of ${CATEGORIES.join(", ")}`,
  );
}

const SHOWN = 5;

/** A session's id as it is on record, which may be a digest of the one that the host gave; undefined where it is not. */
export async function recordedSession(context: Context, trail: Trail, id: string): Promise<string | undefined> {
  const [first, ...others] = trail.recordedSessions(id);
  for (const other of others)
    await context.warn(`events of this session are also on record under ${other}: ask for that too`);
  return first;
}

/**
 * The session with this id, else the one whose id begins with it. Throws a CliError where there is none (66) or several (64).
 */
export async function sessionNamed(context: Context, trail: Trail, text: string): Promise<string> {
  const recorded = await recordedSession(context, trail, text);
  if (recorded !== undefined) return recorded;
  const found = trail.sessions(text, SHOWN + 1);
  if (found.length === 1) return found[0]!;
  if (found.length === 0) {
    const hint = nearest(text, trail.sessions("", 1000));
    throw new CliError(
      "no-session",
      EXIT.missing,
      `no events of session ${text}`,
      hint === undefined ? "audit list shows sessions" : `did you mean ${hint}?`,
    );
  }
  const some = found.slice(0, SHOWN).join(", ");
  throw usage(
    `${found.length > SHOWN ? "many" : found.length} sessions begin with ${text}`,
    `give more of it: ${some}${found.length > SHOWN ? ", ..." : ""}`,
  );
}
