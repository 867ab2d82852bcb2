/** The branches of the `case` statements in the scripts for bash and zsh. */
import type { Candidates, Place } from "./model.js";

/** How one shell writes what is offered. */
export interface Syntax {
  /** Statements that set the words and the options of a place. */
  readonly words: (place: Place) => string;
  /** The statement that offers the candidates of a value. */
  readonly offer: (candidates: Candidates) => string;
}

export interface Cases {
  /** By the command: `smt proof`. */
  readonly words: string;
  /** By the command and the number of the positional: `smt proof#0`. */
  readonly positionals: string;
  /** By the command and the option: `smt proof --at`. */
  readonly values: string;
}

export function casesOf(places: readonly Place[], { words, offer }: Syntax): Cases {
  const offered = (pattern: string, candidates: Candidates | undefined): string[] =>
    candidates === undefined || candidates.kind === "none" ? [] : [`      '${pattern}') ${offer(candidates)} ;;`];
  return {
    words: places.map((place) => `    '${place.path}') ${words(place)} ;;`).join("\n"),
    positionals: places
      .flatMap(({ path, positionals }) => positionals.flatMap((candidates, i) => offered(`${path}#${i}`, candidates)))
      .join("\n"),
    values: places
      .flatMap(({ path, options }) => options.flatMap(({ name, value }) => offered(`${path} ${name}`, value)))
      .join("\n"),
  };
}

/** Every command as a pattern: `'smt proof'|'smt root'`. */
export function commandPattern(places: readonly Place[]): string {
  return places
    .filter(({ path }) => path !== "")
    .map(({ path }) => `'${path}'`)
    .join("|");
}
