// The form in which token formats are written down: data, so that one engine, one test and one corpus can serve them all.

/** The format of one kind of token. A match is `before`, then one of `starts`, then `rest`. */
export interface TokenFormat {
  /** Kind of the spans, as `metadata.redactions` shows it: lower case and hyphens. */
  readonly name: string;
  /** Who issues such tokens. */
  readonly provider: string;
  /** Where the format is documented. */
  readonly source: string;
  /** Literals of three characters or more, as written. Every match holds one; the pre-filter looks for them. */
  readonly starts: readonly string[];
  /** Regular expression for what follows the literal. Every repetition in it is bounded. */
  readonly rest: string;
  /** What stands before the literal and belongs to the token. */
  readonly before?: { readonly of: string; readonly least: number; readonly most: number };
  /** The literal is no part of the secret and stays readable, as in `AccountKey=`. */
  readonly keeps?: boolean;
  /** The token must hold a digit: tells it from words of prose and code that are joined in the same way. */
  readonly digit?: boolean;
  /** The token may follow a letter or digit directly. */
  readonly anywhere?: boolean;
  /** The literal's case does not matter. */
  readonly anyCase?: boolean;
  /**
   * Samples that must be found whole. `<a36>` stands for 36 characters: a letter or digit, d digit, l lower-case letter or
   * digit, U upper-case letter or digit, x hexadecimal, X the same in upper case, w base64url, b base64, s base32.
   */
  readonly samples: readonly string[];
  /** Texts in the same notation in which nothing is to be found. */
  readonly clear?: readonly string[];
}

export type Extra = Partial<Omit<TokenFormat, "name" | "provider" | "starts" | "rest" | "source">>;

/** Shorthand for the tables: `samples` is one sample or several. */
export function format(
  name: string,
  provider: string,
  starts: string | readonly string[],
  rest: string,
  samples: string | readonly string[],
  source: string,
  extra: Extra = {},
): TokenFormat {
  return {
    name,
    provider,
    starts: typeof starts === "string" ? [starts] : starts,
    rest,
    samples: typeof samples === "string" ? [samples] : samples,
    source,
    ...extra,
  };
}

// Character classes of the tables.
export const A = "[A-Za-z0-9]";
export const W = "[A-Za-z0-9_-]";
export const B = "[A-Za-z0-9+/]";
export const H = "[0-9a-f]";
export const HX = "[0-9A-Fa-f]";
export const U = "[A-Z0-9]";
export const L = "[a-z0-9]";
/** Not followed by another letter or digit: for tokens of a fixed length. */
export const END = "(?![A-Za-z0-9])";
export const UUID = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}";
export const UUID_SAMPLE = "<x8>-<x4>-4<x3>-a<x3>-<x12>";

export const ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Each prefix with each ending: literals of three characters for prefixes of two. */
export const each = (prefixes: readonly string[], endings: string): string[] =>
  prefixes.flatMap((prefix) => [...endings].map((ending) => prefix + ending));
