/**
 * What may be typed at each place of a command line, derived from the declarations of the commands. The shells' scripts are
 * made from it.
 */
import { type Entry, GLOBAL_OPTIONS, type Option, type Positional } from "../command.js";

/** Where the candidates of a value come from. Sessions, events and holds are the trail's: the script asks `audit completion` for them. */
export type Candidates =
  | { readonly kind: "none" | "file" | "at-file" }
  | { readonly kind: "word" | "types"; readonly words: readonly string[] }
  | { readonly kind: "trail"; readonly what: TrailCandidates };

export const TRAIL_CANDIDATES = ["sessions", "events", "holds"] as const;
export type TrailCandidates = (typeof TRAIL_CANDIDATES)[number];

export interface CompletedOption {
  /** `--last` */
  readonly name: string;
  readonly about: string;
  /** Undefined for a flag. */
  readonly value: Candidates | undefined;
}

/** A command, or the beginning of some: `smt`. */
export interface Place {
  readonly path: string;
  /** Words that may follow, to make a longer command. */
  readonly next: readonly { readonly word: string; readonly summary: string }[];
  readonly positionals: readonly Candidates[];
  readonly options: readonly CompletedOption[];
}

export interface Vocabulary {
  readonly types: readonly string[];
  readonly categories: readonly string[];
}

const NONE: Candidates = { kind: "none" };

function ofOption(name: string, option: Option, { types, categories }: Vocabulary): Candidates | undefined {
  if (option.kind === "flag") return undefined;
  if (option.kind === "value" && option.choices) return { kind: "word", words: option.choices };
  const { hint } = option;
  if (hint === "file") return { kind: "file" };
  if (hint.includes("@file")) return { kind: "at-file" };
  if (hint === "type") return { kind: "types", words: [...types, ...categories] };
  if (hint === "category") return { kind: "word", words: categories };
  if (hint === "event") return { kind: "trail", what: "events" };
  return name === "session" ? { kind: "trail", what: "sessions" } : NONE;
}

const BY_NAME: Readonly<Record<string, Candidates>> = {
  file: { kind: "file" },
  event: { kind: "trail", what: "events" },
  hash: { kind: "trail", what: "events" },
  session: { kind: "trail", what: "sessions" },
  hold: { kind: "trail", what: "holds" },
};

function ofPositional(name: string, { choices }: Positional): Candidates {
  return choices ? { kind: "word", words: choices } : (BY_NAME[name] ?? NONE);
}

/** Every place, the empty path (no command yet) first. */
export async function placesOf(table: readonly Entry[], vocabulary: Vocabulary): Promise<Place[]> {
  const optionsOf = (options: Readonly<Record<string, Option>>) =>
    Object.entries({ ...options, ...GLOBAL_OPTIONS }).map(([name, option]) => ({
      name: `--${name}`,
      about: option.about,
      value: ofOption(name, option, vocabulary),
    }));
  const entries = new Map(table.map((entry) => [entry.words.join(" "), entry]));
  const beginnings = table.flatMap(({ words }) => words.map((_, i) => words.slice(0, i).join(" ")));
  const places: Place[] = [];
  for (const path of new Set([...beginnings, ...entries.keys()])) {
    const command = await entries.get(path)?.load();
    const before = path === "" ? [] : path.split(" ");
    const longer = table.filter(({ words }) => words.length > before.length && before.every((w, i) => words[i] === w));
    const next = [...new Set(longer.map(({ words }) => words[before.length]!))].map((word) => {
      const summary = entries.get([...before, word].join(" "))?.summary;
      return { word, summary: summary ?? `${word} commands` };
    });
    places.push({
      path,
      next,
      positionals: Object.entries(command?.positionals ?? {}).map(([name, p]) => ofPositional(name, p)),
      options: optionsOf(command?.options ?? {}),
    });
  }
  return places;
}

/** Options that take a value in some command: the next word is not a positional. */
export function valuedOptions(places: readonly Place[]): string[] {
  const names = places.flatMap(({ options }) => options.filter((o) => o.value !== undefined).map((o) => o.name));
  return [...new Set(names)];
}
