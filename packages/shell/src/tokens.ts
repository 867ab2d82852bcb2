// The simpler reading, for texts that the parser refuses or that are too long for it: one pass that knows quotes, words,
// operators, substitutions and here-documents, and no grammar. A quote that is never closed ends with its line.
import type { Collected, FoundCommand } from "./collect.js";
import { type Level, placeOf } from "./level.js";
import { isShell } from "./runners.js";
import { skipAnsi, skipSingle } from "./skip.js";
import type { Assignment } from "./types.js";
import { SourceWord } from "./word.js";

const ASSIGNMENT = /([A-Za-z_][A-Za-z0-9_]{0,127})\+?=/y;
const OPERATOR = /&?[<>][<>&|]?[<-]?/y;
const RESERVED = new Set(["if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "time"]);
const LONGEST_DELIMITER = 200;
/** Words that are read; what follows them is left out. */
const MOST_WORDS = 100_000;

/** A substitution or the text itself: what is being read. */
interface Frame {
  /** What closes it. */
  readonly closes: ")" | "`" | undefined;
  /** Where its sign stands, and the state of the word around it. */
  readonly start: number;
  readonly word: number;
  readonly quoted: boolean;
  command: FoundCommand | undefined;
  /** Index of `command`. */
  index: number;
  /** How many words of `command` were looked at for a shell, and whether one of them is. */
  asked: number;
  hasShell: boolean;
  /** Index of the command whose output the next one reads. */
  piped: number | undefined;
}

export function readTokens(level: Level, into: Collected): void {
  new Reading(level, into).run();
}

class Reading {
  readonly #level: Level;
  readonly #text: string;
  readonly #into: Collected;
  readonly #frames: Frame[] = [];
  readonly #lastSingle: number;
  readonly #lastDouble: number;
  #at = 0;
  /** Where the word began that is being read; -1 between words. */
  #word = -1;
  #quoted = false;
  #redirect: { operator: string; start: number } | undefined;
  #delimiters: { word: string; isDash: boolean }[] = [];

  constructor(level: Level, into: Collected) {
    this.#level = level;
    this.#text = level.text;
    this.#into = into;
    this.#lastSingle = level.text.lastIndexOf("'");
    this.#lastDouble = level.text.lastIndexOf('"');
    this.#open(undefined);
  }

  run(): void {
    while (this.#at < this.#text.length && this.#into.words.length < MOST_WORDS) {
      if (this.#quoted) this.#inQuotes();
      else this.#unquoted();
    }
    while (this.#frames.length > 0) this.#close(this.#text.length, this.#text.length);
  }

  #inQuotes(): void {
    const c = this.#text[this.#at]!;
    const next = this.#text[this.#at + 1];
    if (c === "\\") this.#at += 2;
    else if (c === '"') {
      this.#quoted = false;
      this.#at++;
    } else if (c === "`" && this.#frames.at(-1)!.closes === "`") this.#close(this.#at, this.#at + 1);
    else if (c === "`") this.#open("`");
    else if (c === "$" && next === "(") this.#open(")");
    else this.#at++;
  }

  #unquoted(): void {
    const text = this.#text;
    const at = this.#at;
    const c = text[at]!;
    const next = text[at + 1];
    switch (c) {
      case "\\":
        if (next === "\n" && this.#word < 0) this.#at += 2;
        else this.#take(at + 2);
        return;
      case " ":
      case "\t":
      case "\r":
        this.#endWord(at);
        this.#at++;
        return;
      case "\n":
        this.#endCommand(at);
        this.#at++;
        for (const delimiter of this.#delimiters.splice(0)) this.#skipBody(delimiter.word, delimiter.isDash);
        return;
      case "#":
        this.#at = this.#word < 0 ? this.#lineEnd(at) : at + 1;
        return;
      case "'":
        this.#take(at < this.#lastSingle ? skipSingle(text, at + 1, text.length) : this.#lineEnd(at));
        return;
      case '"':
        this.#quoted = at < this.#lastDouble;
        this.#take(this.#quoted ? at + 1 : this.#lineEnd(at));
        return;
      case "$":
        if (next === "(") this.#open(")");
        else if (next === "'" && at + 1 < this.#lastSingle) this.#take(skipAnsi(text, at + 2, text.length));
        else this.#take(at + 1);
        return;
      case "`":
        if (this.#frames.at(-1)!.closes === "`") this.#close(at, at + 1);
        else this.#open("`");
        return;
      case "<":
      case ">":
        if (next === "(") this.#open(")");
        else this.#redirection(at);
        return;
      case ")":
        if (this.#frames.at(-1)!.closes === ")") this.#close(at, at + 1);
        else this.#operator(at);
        return;
      case ";":
      case "&":
      case "|":
      case "(":
        if (c === "&" && next === ">") this.#redirection(at);
        else this.#operator(at);
        return;
      default:
        this.#take(at + 1);
    }
  }

  #take(end: number): void {
    if (this.#word < 0) this.#word = this.#at;
    this.#at = Math.min(end, this.#text.length);
  }

  #lineEnd(at: number): number {
    const line = this.#text.indexOf("\n", at);
    return line < 0 ? this.#text.length : line;
  }

  #operator(at: number): void {
    const c = this.#text[at]!;
    const isDouble = this.#text[at + 1] === c && c !== "(" && c !== ")";
    const frame = this.#frames.at(-1)!;
    this.#endWord(at);
    const index = frame.command === undefined ? undefined : frame.index;
    this.#endCommand(at);
    frame.piped = c === "|" && !isDouble ? index : undefined;
    this.#at += isDouble || (c === "|" && this.#text[at + 1] === "&") ? 2 : 1;
  }

  #open(closes: Frame["closes"]): void {
    if (closes !== undefined && this.#level.depth + this.#frames.length > this.#into.bounds.depth) {
      this.#take(this.#at + (closes === "`" ? 1 : 2));
      return;
    }
    if (closes !== undefined && this.#word < 0) this.#word = this.#at;
    this.#frames.push({
      closes,
      start: this.#at,
      word: this.#word,
      quoted: this.#quoted,
      command: undefined,
      index: -1,
      asked: 0,
      hasShell: false,
      piped: undefined,
    });
    this.#word = -1;
    this.#quoted = false;
    if (closes !== undefined) this.#at += closes === "`" ? 1 : 2;
  }

  /** Ends the script that is being read; its sign ends at `end`. */
  #close(at: number, end: number): void {
    this.#quoted = false;
    this.#endCommand(at);
    const frame = this.#frames.pop()!;
    if (frame.closes !== undefined) {
      this.#into.substitutions.push({ start: placeOf(this.#level, frame.start), end: placeOf(this.#level, end) });
    }
    this.#word = frame.word;
    this.#quoted = frame.quoted;
    this.#at = end;
  }

  #endCommand(at: number): void {
    this.#endWord(at);
    this.#redirect = undefined;
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    if (frame.command !== undefined) Object.assign(frame.command, { end: placeOf(this.#level, at) });
    frame.command = undefined;
    frame.piped = undefined;
  }

  #endWord(at: number): void {
    const from = this.#word;
    if (from < 0) return;
    this.#word = -1;
    const frame = this.#frames.at(-1)!;
    const written = this.#text.slice(from, Math.min(at, from + LONGEST_DELIMITER));
    if (frame.command === undefined && this.#redirect === undefined && RESERVED.has(written)) return;
    const command = this.#commandOf(frame, from);
    const word = new SourceWord(this.#level, from, at);
    if (this.#redirect !== undefined) {
      const { operator, start } = this.#redirect;
      this.#redirect = undefined;
      const isBody = operator === "<<" || operator === "<<-";
      // What a shell reads from a here-document is read here as if it stood in the text.
      if (isBody && !hasShell(frame, command)) this.#delimiters.push({ word: word.value, isDash: operator === "<<-" });
      if (!isBody) this.#into.words.push(word);
      command.redirections.push({
        start: placeOf(this.#level, start),
        end: word.end,
        operator,
        target: isBody ? undefined : word,
        body: undefined,
      });
      return;
    }
    ASSIGNMENT.lastIndex = from;
    const assigned = ASSIGNMENT.exec(this.#text);
    if (assigned !== null && ASSIGNMENT.lastIndex <= at) {
      const value = new SourceWord(this.#level, ASSIGNMENT.lastIndex, at);
      this.#into.words.push(value);
      (command.assignments as Assignment[]).push({ start: word.start, end: word.end, name: assigned[1]!, value });
      if (command.words.length > 0) command.words.push(word);
      return;
    }
    this.#into.words.push(word);
    command.words.push(word);
  }

  #commandOf(frame: Frame, from: number): FoundCommand {
    if (frame.command !== undefined) return frame.command;
    const start = placeOf(this.#level, from);
    frame.command = {
      start,
      end: start,
      assignments: [],
      words: [],
      redirections: [],
      pipedFrom: frame.piped,
      depth: this.#level.depth + this.#frames.length - 1,
    };
    frame.piped = undefined;
    frame.asked = 0;
    frame.hasShell = false;
    frame.index = this.#into.commands.push(frame.command) - 1;
    return frame.command;
  }

  #redirection(at: number): void {
    // The number in `2>` is no word.
    if (this.#word >= 0 && /^\d{1,9}$/.test(this.#text.slice(this.#word, Math.min(at, this.#word + 10))))
      this.#word = -1;
    this.#endWord(at);
    OPERATOR.lastIndex = at;
    const operator = OPERATOR.exec(this.#text)?.[0] ?? this.#text[at]!;
    this.#redirect = { operator, start: at };
    this.#at += operator.length;
  }

  /** Passes the body that begins here, with the line that ends it. */
  #skipBody(delimiter: string, isDash: boolean): void {
    const start = this.#at;
    let end = this.#text.length;
    for (let line = start; line < this.#text.length; ) {
      const stop = this.#lineEnd(line);
      const from = isDash && this.#text[line] === "\t" ? line + 1 : line;
      if (stop - from === delimiter.length && this.#text.startsWith(delimiter, from)) {
        end = line;
        this.#at = stop;
        break;
      }
      line = stop + 1;
      this.#at = Math.min(line, this.#text.length);
    }
    this.#into.bodies.push({ start: placeOf(this.#level, start), end: placeOf(this.#level, end) });
  }
}

/** Whether one of the words so far names a shell. No word is asked twice, however many here-documents follow. */
function hasShell(frame: Frame, { words }: FoundCommand): boolean {
  while (!frame.hasShell && frame.asked < words.length) frame.hasShell = isShell(words[frame.asked++]!.value);
  return frame.hasShell;
}
