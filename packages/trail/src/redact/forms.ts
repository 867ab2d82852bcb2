// Files and lines that hold secrets in places of their own: netrc, pgpass, SQL statements, connection strings.
import type { Span } from "./span.js";
import { looksChosen } from "./values.js";

interface Form {
  readonly kind: string;
  /** `before` and `value` are its two groups. */
  readonly pattern: RegExp;
  readonly accepts?: (value: string) => boolean;
}

const PORTS = "5432 5433 5434 5435 5439 6432 6543 15432 25432 54320 54321 54322 *".split(" ");

/** What the pre-filter looks for, besides the names of secrets. */
export const FORM_LITERALS: readonly string[] = [...PORTS.map((port) => `:${port}:`), "identified by", "machine "];

const isMarked = (value: string): boolean => value.includes("[REDACTED") || /^\$\{?\w/.test(value);

const FORMS: readonly Form[] = [
  {
    kind: "netrc-password",
    // netrc(5): machine NAME login NAME password SECRET, on one line or several.
    pattern:
      /(\blogin[ \t\r\n]{1,16}[^\s]{1,200}[ \t\r\n]{1,16}(?:account[ \t\r\n]{1,16}[^\s]{1,200}[ \t\r\n]{1,16})?password[ \t\r\n]{1,16})([^\s"']{1,1000})/g,
  },
  {
    kind: "netrc-password",
    pattern: /(\b(?:machine[ \t]{1,8}[^\s]{1,200}|default)[ \t\r\n]{1,16}password[ \t\r\n]{1,16})([^\s"']{1,1000})/g,
  },
  {
    kind: "pgpass-password",
    // PostgreSQL's password file: host:port:database:user:password.
    pattern:
      /((?:^|\n|\\n|[ \t"'])(?:[A-Za-z0-9.*_-]{1,200}|\[[0-9A-Fa-f:]{2,40}\]):(?:\d{4,5}|\*):[^\s:"']{1,64}:[^\s:"']{1,64}:)([^\s"']{1,400})/g,
    accepts: (value) => value.length >= 4 && !/^\d{1,5}$/.test(value),
  },
  {
    kind: "sql-password",
    // CREATE USER u IDENTIFIED BY 'x', IDENTIFIED WITH plugin AS 'x', PASSWORD 'x'.
    pattern:
      /(\b[iI][dD][eE][nN][tT][iI][fF][iI][eE][dD] (?:[wW][iI][tT][hH] [\w'"`]{1,60} )?(?:[bB][yY]|[aA][sS]) (?:[pP][aA][sS][sS][wW][oO][rR][dD] )?["'`]?)([^\s"'`;]{1,200})/g,
  },
  {
    kind: "sql-password",
    pattern: /(\b(?:PASSWORD|password|Password) {1,4}(?:FOR {1,4}[^\s]{1,100} {0,4}= {0,4})?')([^'\n]{1,200})(?=')/g,
    accepts: (value) => looksChosen(value) || /^[^\s]{4,200}$/.test(value),
  },
];

/** The patterns, for the proof that they are linear. */
export const FORM_PATTERNS: readonly RegExp[] = FORMS.map((form) => form.pattern);

export function formsIn(text: string): Span[] {
  const found: Span[] = [];
  for (const { kind, pattern, accepts } of FORMS) {
    for (const match of text.matchAll(pattern)) {
      const value = match[2]!;
      if (isMarked(value) || accepts?.(value) === false) continue;
      const end = match.index + match[0].length;
      found.push({ start: end - value.length, end, kind });
    }
  }
  return found;
}
