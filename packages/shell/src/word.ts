// A word without its quotes and escapes, as the shell takes them away, with the place of every unit that is left.
import { type Level, placeOf } from "./level.js";
import { skipAnsi, skipExpansion, skipSingle } from "./skip.js";
import type { Word } from "./types.js";

interface Bare {
  value: string;
  /** Offsets in the level's text, one more than `value` has units; absent where the word is written as it reads. */
  offsets: number[] | undefined;
  literal: boolean;
}

export class SourceWord implements Word {
  readonly start: number;
  readonly end: number;
  isScript = false;
  readonly #level: Level;
  readonly #from: number;
  readonly #to: number;
  #bare: Bare | undefined;

  /** The word at [from, to) of the level's text. */
  constructor(level: Level, from: number, to: number) {
    this.#level = level;
    this.#from = Math.min(from, level.text.length);
    this.#to = Math.min(to, level.text.length);
    this.start = placeOf(level, from);
    this.end = placeOf(level, to);
  }

  get value(): string {
    return this.#read().value;
  }

  get literal(): boolean {
    return this.#read().literal;
  }

  at(index: number): number {
    const { offsets } = this.#read();
    if (offsets === undefined) return placeOf(this.#level, Math.min(this.#from + index, this.#to));
    return placeOf(this.#level, offsets[Math.max(0, Math.min(index, offsets.length - 1))]!);
  }

  /** The word's value as a text to be read as a script. */
  script(): Level {
    const { value, offsets } = this.#read();
    const places = new Uint32Array(value.length + 1);
    for (let i = 0; i <= value.length; i++) places[i] = placeOf(this.#level, offsets?.[i] ?? this.#from + i);
    return { text: value, places, depth: this.#level.depth + 1 };
  }

  #read(): Bare {
    this.#bare ??= bare(this.#level.text, this.#from, this.#to);
    return this.#bare;
  }
}

const SPECIAL = /["'\\$`*?[{~<>]/;

function bare(text: string, from: number, to: number): Bare {
  const written = text.slice(from, to);
  if (!SPECIAL.test(written)) return { value: written, offsets: undefined, literal: true };
  const pieces: string[] = [];
  const offsets: number[] = [];
  let literal = true;
  let last = from;
  const take = (start: number, end: number) => {
    if (end <= start) return;
    pieces.push(text.slice(start, end));
    for (let i = start; i < end; i++) offsets.push(i);
    last = end;
  };
  const put = (value: string, at: number, end: number) => {
    pieces.push(value);
    for (let i = 0; i < value.length; i++) offsets.push(at);
    last = end;
  };
  const expansion = (at: number): number => {
    const end = skipExpansion(text, at, to);
    take(at, end);
    literal = false;
    return end;
  };
  for (let i = from; i < to; ) {
    const c = text[i]!;
    const next = text[i + 1];
    if (c === "'") {
      const end = skipSingle(text, i + 1, to);
      take(i + 1, text[end - 1] === "'" && end > i + 1 ? end - 1 : end);
      i = end;
    } else if (c === '"' || (c === "$" && next === '"')) {
      i = double(i + (c === '"' ? 1 : 2));
    } else if (c === "$" && next === "'") {
      i = ansi(i + 2);
    } else if (c === "\\") {
      if (next !== "\n" && i + 1 < to) put(next!, i, i + 2);
      i += 2;
    } else if (c === "`" || (next === "(" && (c === "$" || c === "<" || c === ">")) || (c === "$" && next === "{")) {
      i = expansion(i);
    } else {
      if (c === "$" || c === "*" || c === "?" || c === "[" || c === "{" || (c === "~" && i === from)) literal = false;
      take(i, i + 1);
      i++;
    }
  }
  offsets.push(last);
  return { value: pieces.join(""), offsets, literal };

  function double(start: number): number {
    for (let i = start; i < to; ) {
      const c = text[i]!;
      const next = text[i + 1];
      if (c === '"') return i + 1;
      if (c === "\\" && next !== undefined && '$`"\\\n'.includes(next)) {
        if (next !== "\n") put(next, i, i + 2);
        i += 2;
      } else if (c === "`" || (c === "$" && (next === "(" || next === "{"))) {
        i = expansion(i);
      } else {
        if (c === "$" && next !== undefined && /[\w@*#?$!-]/.test(next)) literal = false;
        take(i, i + 1);
        i++;
      }
    }
    return to;
  }

  function ansi(start: number): number {
    const end = skipAnsi(text, start, to);
    const stop = text[end - 1] === "'" && end > start ? end - 1 : end;
    for (let i = start; i < stop; ) {
      if (text[i] !== "\\") {
        take(i, i + 1);
        i++;
        continue;
      }
      const sequence = /\\(?:x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|[0-7]{1,3}|[\s\S])/y;
      sequence.lastIndex = i;
      const found = sequence.exec(text)?.[0] ?? "\\";
      put(unescaped(found), i, Math.min(stop, i + found.length));
      i += found.length;
    }
    return end;
  }
}

const SIMPLE: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  E: "\x1b",
  f: "\f",
  v: "\v",
};

function unescaped(sequence: string): string {
  const kind = sequence[1] ?? "";
  if (kind === "x" || kind === "u") return String.fromCharCode(Number.parseInt(sequence.slice(2), 16) || 0);
  if (kind >= "0" && kind <= "7") return String.fromCharCode(Number.parseInt(sequence.slice(1), 8) & 255);
  return SIMPLE[kind] ?? kind;
}
