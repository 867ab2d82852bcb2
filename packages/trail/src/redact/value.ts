// Any value of a host becomes RFC 8785 text in one walk: brought into the shape of formats.md, redacted by keys and by
// shape, strings capped. One walk and text at once, because this runs for every event: it never throws, and its work is
// bounded by a budget, so that shared references ("a" holds "b" twice, "b" holds "c" twice ...) cannot multiply.
import { cleanText, cut } from "./clean.js";
import { isSecretUnder, type KeyVerdict, keyVerdict } from "./keywords.js";
import { REDACTED, type Redacted } from "./marker.js";

/** Redacts one text. It comes in from outside because it reads the JSON in a text with this file's help. */
export type RedactText = (input: string, patterns: readonly RegExp[]) => Redacted;

/** Containers inside one another, the outermost counted (formats.md, opening part). */
export const MAX_DEPTH = 48;

/** Why a value is not shown: it could not be, or not within bounds. */
export type Unserializable =
  | "depth"
  | "size"
  | "cycle"
  | "bigint"
  | "throws"
  | "function"
  | "symbol"
  | "bytes"
  | "map"
  | "set"
  | "date";

/** What stays a number; beyond it a value is a string, and a string of digits may well be a token. */
const MAX_NUMBER = Number.MAX_SAFE_INTEGER;
const QUOTED_MARK = JSON.stringify(REDACTED);
const TOO_DEEP = Symbol("too deep");
const sentinel = (kind: Unserializable) => `{"_unserializable":true,"kind":"${kind}"}`;

interface Key {
  verdict: KeyVerdict;
  /** The key as it is written. */
  text: string;
  /** That, quoted, with the colon. */
  quoted: string;
  count: number;
}

const keys = new Map<string, Key>();

/** A member name, redacted and judged. Hosts use the same few names again and again, so the answers are kept. */
function keyOf(name: string, redactText: RedactText, patterns: readonly RegExp[]): Key {
  const known = patterns.length === 0 ? keys.get(name) : undefined;
  if (known !== undefined) return known;
  const redacted = redactText(name, patterns);
  const text = cut(redacted.text, 256);
  const key = { verdict: keyVerdict(cleanText(name)), text, quoted: `${JSON.stringify(text)}:`, count: redacted.count };
  // Only short clean names are kept: a hostile host could otherwise fill the memory with them.
  if (patterns.length === 0 && name.length <= 64 && redacted.count === 0 && keys.size < 4096) keys.set(name, key);
  return key;
}

export class ValueWriter {
  /** Values replaced so far. */
  redacted = 0;
  /** Something was cut at a cap. */
  truncated = false;
  tooDeep = false;
  readonly #redactText: RedactText;
  readonly #patterns: readonly RegExp[];
  readonly #maxString: number;
  readonly #sorted: boolean;
  #budget: number;
  readonly #path: object[] = [];

  constructor(options: {
    redactText: RedactText;
    patterns: readonly RegExp[];
    maxString: number;
    budget: number;
    sorted?: boolean;
  }) {
    this.#redactText = options.redactText;
    this.#patterns = options.patterns;
    this.#maxString = options.maxString;
    this.#budget = options.budget;
    this.#sorted = options.sorted ?? true;
  }

  /** JSON text of a value, or undefined where JSON has none and the member is left out. */
  write(value: unknown): string | undefined {
    const text = this.#write(value);
    return text === TOO_DEEP ? this.#tooDeep() : text;
  }

  /** The members of an object, each with its text, in no order: for the top of a metadata object. */
  members(value: object): Map<string, string> {
    const members = new Map<string, string>();
    this.#path.push(value);
    const names = namesOf(value);
    for (const name of names ?? []) {
      const key = keyOf(name, this.#redactText, this.#patterns);
      const text = this.#member(value, name, key, "clear");
      if (text === undefined) continue;
      this.redacted += key.count;
      members.set(unused(key.text, members), text === TOO_DEEP ? this.#tooDeep() : text);
    }
    this.#path.pop();
    return members;
  }

  string(input: string): string {
    const { text, count } = this.#redactText(input, this.#patterns);
    this.redacted += count;
    if (text.length <= this.#maxString) return JSON.stringify(text);
    this.truncated = true;
    return JSON.stringify(cut(text, this.#maxString));
  }

  #tooDeep(): string {
    this.tooDeep = true;
    return sentinel("depth");
  }

  #write(value: unknown): string | undefined | typeof TOO_DEEP {
    switch (typeof value) {
      case "string": {
        this.#budget -= value.length;
        return this.#budget < 0 ? this.#tooLarge() : this.string(value);
      }
      case "number":
        // Beyond 2^53-1 verifiers in other languages would disagree about the digits.
        return value <= MAX_NUMBER && value >= -MAX_NUMBER ? `${value}` : `"${value}"`;
      case "boolean":
        return value ? "true" : "false";
      case "undefined":
        return undefined;
      case "bigint":
        return sentinel("bigint");
      case "function":
        return sentinel("function");
      case "symbol":
        return sentinel("symbol");
      default:
        return value === null ? "null" : this.#container(value as object);
    }
  }

  #container(value: object): string | typeof TOO_DEEP {
    this.#budget -= 2;
    if (this.#budget < 0) return this.#tooLarge();
    if (this.#path.includes(value)) return sentinel("cycle");
    // The container that would hold this one becomes the sentinel: nothing deeper than MAX_DEPTH is ever written.
    if (this.#path.length >= MAX_DEPTH) return TOO_DEEP;
    this.#path.push(value);
    try {
      if (Array.isArray(value)) return this.#array(value);
      const special = specialText(value);
      if (special === undefined) return this.#object(value);
      return special.startsWith('"') ? this.string(JSON.parse(special) as string) : special;
    } catch {
      return sentinel("throws"); // a proxy's trap, a toString of the host's
    } finally {
      this.#path.pop();
    }
  }

  #array(array: readonly unknown[]): string | typeof TOO_DEEP {
    let out = "[";
    // `["--password", "x"]`, `["Authorization", "x"]`: the element behind the name is its value.
    let pending: KeyVerdict = "clear";
    for (let i = 0; i < array.length; i++) {
      if (this.#budget < 0) {
        this.truncated = true;
        out += `${i > 0 ? "," : ""}${sentinel("size")}`;
        break;
      }
      const element = array[i];
      const text = this.#valueUnder(element, pending);
      if (text === TOO_DEEP) return this.#tooDeep();
      out += `${i > 0 ? "," : ""}${text ?? "null"}`;
      this.#budget--;
      pending =
        typeof element === "string" && (array.length === 2 ? i === 0 : element.startsWith("-")) && element.length < 64
          ? keyVerdict(element)
          : "clear";
    }
    return `${out}]`;
  }

  #object(value: object): string | typeof TOO_DEEP {
    const names = namesOf(value);
    if (names === undefined) return sentinel("throws");
    // `{name: "DB_PASSWORD", value: "x"}`: the list form of an environment or of headers.
    const holder = names.find((name) => VALUE_NAMES.has(name));
    const named = holder === undefined ? "clear" : verdictOfNamed(value);
    const found: { key: Key; text: string }[] = [];
    let renamed = false;
    for (const name of names) {
      if (this.#budget < 0) {
        this.truncated = true;
        break;
      }
      const key = keyOf(name, this.#redactText, this.#patterns);
      const text = this.#member(value, name, key, name === holder ? named : "clear");
      if (text === undefined) continue;
      if (text === TOO_DEEP) return this.#tooDeep();
      this.#budget -= name.length;
      this.redacted += key.count;
      if (key.text !== name) renamed = true;
      found.push({ key, text });
    }
    if (renamed) distinct(found);
    if (this.#sorted && found.length > 1) found.sort((a, b) => (a.key.text < b.key.text ? -1 : 1));
    let out = "{";
    for (let i = 0; i < found.length; i++) out += `${i > 0 ? "," : ""}${found[i]!.key.quoted}${found[i]!.text}`;
    return `${out}}`;
  }

  #member(holder: object, name: string, key: Key, named: KeyVerdict): string | undefined | typeof TOO_DEEP {
    let value: unknown;
    try {
      value = (holder as Record<string, unknown>)[name];
    } catch {
      return sentinel("throws");
    }
    return this.#valueUnder(value, key.verdict === "clear" ? named : key.verdict);
  }

  /** What stands under a matched key goes whole; `null` says nothing and stays. */
  #valueUnder(value: unknown, verdict: KeyVerdict): string | undefined | typeof TOO_DEEP {
    if (verdict === "clear" || value === null || value === undefined) return this.#write(value);
    const countable = typeof value === "boolean" || (typeof value === "number" && Math.abs(value) <= MAX_NUMBER);
    if (verdict === "token" && countable) return this.#write(value);
    if (verdict === "key" || verdict === "pass") {
      if (typeof value !== "string" || !isSecretUnder(verdict, value)) return this.#write(value);
    }
    if (value !== REDACTED) this.redacted++;
    return QUOTED_MARK;
  }

  #tooLarge(): string {
    this.truncated = true;
    return sentinel("size");
  }
}

function namesOf(value: object): string[] | undefined {
  try {
    return Object.keys(value);
  } catch {
    return undefined;
  }
}

/** JSON text of the few objects that are more than their members. */
function specialText(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype || prototype === null) return undefined;
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? sentinel("date") : `"${value.toISOString()}"`;
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return sentinel("bytes");
  if (value instanceof Map) return sentinel("map");
  if (value instanceof Set) return sentinel("set");
  if (value instanceof Error) return JSON.stringify(`${value.name}: ${value.message}`);
  return undefined;
}

const VALUE_NAMES: ReadonlySet<string> = new Set(["value", "val", "v", "Value", "VALUE"]);

function verdictOfNamed(value: object): KeyVerdict {
  try {
    const holder = value as Record<string, unknown>;
    const name = holder.name ?? holder.key ?? holder.Name ?? holder.Key ?? holder.k ?? holder.header ?? holder.variable;
    return typeof name === "string" && name.length < 128 ? keyVerdict(name) : "clear";
  } catch {
    return "clear";
  }
}

/** Two names may become one by redaction or by cleaning; both members are kept. */
function distinct(found: { key: Key; text: string }[]): void {
  const seen = new Set<string>();
  for (const member of found) {
    const text = unused(member.key.text, seen);
    if (text !== member.key.text) member.key = { ...member.key, text, quoted: `${JSON.stringify(text)}:` };
    seen.add(text);
  }
}

function unused(name: string, taken: { has(name: string): boolean }): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name}#${n}`)) return `${name}#${n}`;
}
