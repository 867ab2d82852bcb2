// Secrets in tables: a header row names the columns, and what stands under a secret's name is masked. Reads tables with bars
// (Markdown, psql, box drawing), with tabs, with commas or semicolons, and with blanks between the columns.
//
// A table ends at the first line that has another shape, so that text below it stays. Each line is read once as a header and once
// as a row at most.
import { type KeyVerdict, keyVerdict } from "./keywords.js";
import type { Span } from "./span.js";
import { looksChosen, looksOpaque } from "./values.js";
import { type Share, UNBOUNDED } from "./work.js";

const NAMED = /secret|pass|pwd|cred|token|key|cookie|jwt|psk|auth/gi;
/** Longer lines are no header, and of longer rows nothing is read. */
const LONGEST_HEADER = 1_000;
const LONGEST_ROW = 8_000;
const MOST_CELLS = 64;

/** Units [start, end) of the text, without blanks and quotes around. */
interface Cell {
  readonly start: number;
  readonly end: number;
}

type Split = (text: string, start: number, end: number) => Cell[];

interface Table {
  readonly split: Split;
  readonly header: readonly Cell[];
  readonly columns: readonly { readonly name: string; readonly verdict: KeyVerdict; readonly isPassword: boolean }[];
  /** The signs around or below the header say that this is a table: then also a plain word is a password. */
  readonly isCertain: boolean;
  /** Columns of blanks: a cell may be missing, and is then found by its place in the line. */
  readonly isPlaced: boolean;
}

const PASSWORD_NAME = /(?:pass(?:word|wd|phrase|code)|pwd|passwort)s?$/i;
/** What a column under such a name tells about passwords. */
const STATE =
  /^(?:true|false|null|undefined|none|nil|string|text|varchar|char|number|boolean|bool|required|optional|never|always|enabled|disabled|expired|active|locked|hidden|weak|strong|unset|empty|missing|present|\*+|\.+|-+|n\/a|\d{1,3})$/i;
const NAME = /^[A-Za-z_][\w .()#/-]{0,48}$/;
const BAR = /[|\u2502\u2503\u2551]/;
const RULE = /^[ \t]*[-+=|:\u2500-\u257f][-+=|: \t\u2500-\u257f]*$/;

export function tablesIn(text: string, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  NAMED.lastIndex = 0;
  let floor = 0;
  for (let hit = NAMED.exec(text); hit !== null; hit = NAMED.exec(text)) {
    if (!share.take(1, hit.index)) break;
    const start = Math.max(floor, text.lastIndexOf("\n", hit.index) + 1);
    const end = endOfLine(text, hit.index);
    floor = end;
    const table = end < text.length && end - start <= LONGEST_HEADER ? tableAt(text, start, end) : undefined;
    if (table !== undefined) floor = rowsOf(text, table, end + 1, share, found);
    NAMED.lastIndex = floor;
  }
  return found;
}

const isBarred = (line: string): boolean => line.length > 2 && BAR.test(line[0]!) && BAR.test(line.at(-1)!);

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** The table whose header stands in this line. */
function tableAt(text: string, start: number, end: number): Table | undefined {
  const line = text.slice(start, end);
  const below = end + 1;
  const isRuled = RULE.test(text.slice(below, Math.min(endOfLine(text, below), below + LONGEST_HEADER)).trimEnd());
  const kinds: readonly [boolean, Split, boolean, boolean][] = [
    [BAR.test(line), byBars, true, false],
    [line.includes("\t"), byTabs, true, false],
    [line.includes(","), byCommas, !line.includes(", "), false],
    [line.includes(";"), bySemicolons, !line.includes("; "), false],
    [isRuled || /[^ ] {2,}[^ ]/.test(line), byBlanks, isRuled, true],
  ];
  for (const [mayBe, split, isCertain, isPlaced] of kinds) {
    if (!mayBe) continue;
    const header = split(text, start, end);
    const isOne = header.length === 1 && (isRuled || isBarred(line.trim()));
    if ((header.length < 2 && !isOne) || header.length > MOST_CELLS) return undefined;
    const names = header.map((cell) => text.slice(cell.start, cell.end));
    if (!names.every((name) => NAME.test(name))) return undefined;
    const columns = names.map((name) => ({ name, verdict: keyVerdict(name), isPassword: isPasswordName(name) }));
    if (columns.every(({ verdict }) => verdict === "clear")) return undefined;
    const places = header.map((cell) => ({ start: cell.start - start, end: cell.end - start }));
    return { split, header: places, columns, isCertain, isPlaced };
  }
  return undefined;
}

/** Reads the rows below a header, and returns where the table ends. */
function rowsOf(text: string, table: Table, from: number, share: Share, found: Span[]): number {
  for (let start = from; start < text.length; ) {
    const end = endOfLine(text, start);
    if (!share.take(1 + table.header.length / 4, start) || end - start > LONGEST_ROW) return start;
    const line = text.slice(start, end).trimEnd();
    if (line === "") return start;
    if (!RULE.test(line)) {
      const cells = table.split(text, start, end);
      const columns = columnsOf(text, table, cells, start);
      if (columns === undefined) return start;
      for (const [i, cell] of cells.entries()) {
        const { name, verdict, isPassword } = table.columns[columns[i]!]!;
        if (verdict === "clear") continue;
        const value = text.slice(cell.start, cell.end);
        if (value === name) continue; // the header once more
        if (isSecretCell(value, verdict, isPassword && table.isCertain, text[cell.start - 1] === '"'))
          found.push({ start: cell.start, end: cell.end, kind: "table-secret" });
      }
    }
    start = end + 1;
  }
  return text.length;
}

/** The column of each cell; undefined where the line is no row of this table. */
function columnsOf(text: string, table: Table, cells: readonly Cell[], line: number): number[] | undefined {
  const { header, isPlaced } = table;
  if (cells.length === 0) return undefined;
  if (cells.length === header.length) return cells.map((_, i) => i);
  // A mark that stands there moved what follows it.
  if (!isPlaced || cells.length > header.length || text.slice(line, cells.at(-1)!.end).includes("[REDACTED"))
    return undefined;
  const found = cells.map((cell) => header.findIndex(({ start }) => start === cell.start - line));
  return found.includes(-1) ? undefined : found;
}

/** Whether a name says that each value under it is a password. */
export const isPasswordName = (name: string): boolean => PASSWORD_NAME.test(name);

/** Whether a value that stands somewhere under a name is a secret. `isPassword`: a plain word is one as well. */
export function isSecretCell(value: string, verdict: KeyVerdict, isPassword: boolean, isQuoted: boolean): boolean {
  if (
    value.length < 4 ||
    value.includes("[REDACTED") ||
    (/\s/.test(value) && !(isPassword && isQuoted)) ||
    STATE.test(value) ||
    /^(?:\$\{?\w|<|%\w+%$)/.test(value)
  )
    return false;
  if (isPassword) return true;
  if (verdict === "key") return looksOpaque(value);
  // Names such as `db-creds-v2` are no values.
  return (
    looksOpaque(value) ||
    (value.length >= 6 && looksChosen(value) && /\d/.test(value) && !/^[a-z\d]+(?:[-._:/][a-z\d]+)+$/.test(value))
  );
}

/** Without blanks and without one pair of quotes around. */
function trimmed(text: string, from: number, to: number): Cell {
  let [start, end] = [from, to];
  while (start < end && /\s/.test(text[start]!)) start++;
  while (end > start && /\s/.test(text[end - 1]!)) end--;
  if (end - start >= 2 && /["'`]/.test(text[start]!) && text[end - 1] === text[start])
    return { start: start + 1, end: end - 1 };
  return { start, end };
}

const bySign =
  (isSign: (code: number) => boolean): Split =>
  (text, start, end) => {
    const cells: Cell[] = [];
    let from = start;
    let isQuoted = false;
    for (let i = start; i < end; i++) {
      const code = text.charCodeAt(i);
      // A quoted cell may hold the sign.
      if (code === 34 && (isQuoted || i === from)) isQuoted = !isQuoted;
      if (isQuoted || !isSign(code)) continue;
      cells.push(trimmed(text, from, i));
      from = i + 1;
    }
    cells.push(trimmed(text, from, end));
    return cells;
  };

const byTabs = bySign((code) => code === 9);
const byCommas = bySign((code) => code === 44);
const bySemicolons = bySign((code) => code === 59);
const byEachBar = bySign((code) => code === 124 || code === 0x2502 || code === 0x2503 || code === 0x2551);

/** The bars around the row bound no cells. */
function byBars(text: string, start: number, end: number): Cell[] {
  const cells = byEachBar(text, start, end);
  const isEmpty = (cell: Cell | undefined) => cell !== undefined && cell.start === cell.end;
  if (cells.length < 2) return [];
  if (isEmpty(cells[0]) && isEmpty(cells.at(-1)) && cells.length > 2) return cells.slice(1, -1);
  return cells;
}

/** Cells with two blanks or more between. */
function byBlanks(text: string, start: number, end: number): Cell[] {
  const cells: Cell[] = [];
  let from = -1;
  let last = start;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 32 || code === 13) continue;
    if (from >= 0 && i - last > 2) {
      cells.push({ start: from, end: last + 1 });
      from = i;
    } else if (from < 0) from = i;
    last = i;
  }
  if (from >= 0) cells.push({ start: from, end: last + 1 });
  return cells;
}
