// Any value of a host becomes RFC 8785 text in one walk: brought into the shape of formats.md, redacted by keys and by
// shape, strings capped. One walk and text at once, because this runs for every event: it never throws, and its work is
// bounded by a budget, so that shared references ("a" holds "b" twice, "b" holds "c" twice ...) cannot multiply.

import { isShell, scriptWords } from "@sealtrail/shell";
import { secretsOfCommand } from "./argv.js";
import { TAKES_NO_SECRET } from "./assignments.js";
import { cleanText, cut } from "./clean.js";
import { Masking, type Secret } from "./compose.js";
import { isSecretUnder, type KeyVerdict, keyVerdict } from "./keywords.js";
import { REDACTED, type Redacted } from "./marker.js";
import type { Pattern } from "./patterns.js";
import { addAll, type Span } from "./span.js";
import type { Reading } from "./text.js";
import { Work } from "./work.js";

/** Redacts one text. It comes in from outside because it reads the JSON in a text with this file's help. */
export type RedactText = (input: string, patterns: readonly Pattern[], reading?: Reading, work?: Work) => Redacted;

/**
 * A text that was cut at the cap, or left out: what is left of it is its length and a commitment to the whole.
 *
 * @internal
 */
export interface Cut {
  /** Where it stands, as in `args.content`. */
  readonly at: string;
  /** As the host gave it. */
  readonly whole: string;
}

/** Members that hold a command: a text is read as a shell reads it, a list as the words of one command. */
const COMMANDS: ReadonlySet<string> = new Set(
  "command cmd script shell bash argv args commandline command_line cmdline shellcommand shell_command exec run entrypoint cmds commands".split(
    " ",
  ),
);
/** A text that is to be cut is looked at so far beyond the cut: what begins before the cut is masked with its end. */
const LOOK_BEYOND = 4;
/** Secrets of which the place is told; those beyond are committed to together (event/commitments.ts). @internal */
export const MOST_PLACES = 64;
/** Characters of `at`. */
const LONGEST_PATH = 200;

/** Containers inside one another, the outermost counted (formats.md, opening part). @internal */
export const MAX_DEPTH = 48;

/** Why a value is not shown: it could not be, or not within bounds. @internal */
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
  secrets: readonly Secret[];
  isCut: boolean;
  /** Whether what stands under it is a command. */
  command: boolean;
}

const keys = new Map<string, Key>();

/** A member name, redacted and judged. Hosts use the same few names again and again, so the answers are kept. */
function keyOf(name: string, redactText: RedactText, patterns: readonly Pattern[], work: Work): Key {
  const known = patterns.length === 0 ? keys.get(name) : undefined;
  if (known !== undefined) return known;
  const { text: redacted, secrets = [] } = redactText(name, patterns, undefined, work);
  const text = cut(redacted, 256);
  const key = {
    verdict: keyVerdict(cleanText(name), !work.take(8 + (name.length >> 1))),
    text,
    quoted: `${JSON.stringify(text)}:`,
    secrets,
    isCut: text !== redacted,
    command: name.length < 20 && COMMANDS.has(name.toLowerCase()),
  };
  // Only short clean names are kept: a hostile host could otherwise fill the memory with them.
  if (patterns.length === 0 && name.length <= 64 && secrets.length === 0 && keys.size < 4096) keys.set(name, key);
  return key;
}

/** Writes a value as canonical JSON with its secrets masked and its size bounded. @internal */
export class ValueWriter {
  /** Values replaced so far, in the order of the value. */
  readonly secrets: Secret[] = [];
  /** Texts that were cut or left out. */
  readonly cuts: Cut[] = [];
  /** Something was cut at a cap. */
  truncated = false;
  tooDeep = false;
  readonly #redactText: RedactText;
  readonly #patterns: readonly Pattern[];
  readonly #work: Work;
  readonly #maxString: number;
  readonly #sorted: boolean;
  readonly #isPlain: boolean;
  #budget: number;
  readonly #path: object[] = [];
  /** Lists of arguments whose program stands in a member beside them. */
  readonly #programs = new WeakMap<object, string>();
  /** Names and places from the top to where the writer is. */
  readonly #names: (string | number)[] = [];

  constructor(options: {
    redactText: RedactText;
    patterns: readonly Pattern[];
    maxString: number;
    budget: number;
    sorted?: boolean;
    /** The steps of the event that the value belongs to. */
    work?: Work;
    /** Nothing is redacted, also under no name. */
    isPlain?: boolean;
  }) {
    this.#isPlain = options.isPlain ?? false;
    this.#redactText = options.redactText;
    this.#patterns = options.patterns;
    this.#work = options.work ?? new Work();
    this.#maxString = options.maxString;
    this.#budget = options.budget;
    this.#sorted = options.sorted ?? true;
  }

  /** Values replaced so far. */
  get redacted(): number {
    return this.secrets.length;
  }

  /** JSON text of a value, or undefined where JSON has none and the member is left out. */
  write(value: unknown): string | undefined {
    const text = this.#write(value);
    return text === TOO_DEEP ? this.#tooDeep() : text;
  }

  /** The members of an object, each with its text, in no order: for the top of a metadata object. */
  members(value: object): Map<string, string> {
    const members = new Map<string, string>();
    const taken = new Names();
    this.#path.push(value);
    const names = namesOf(value);
    for (const name of names ?? []) {
      const key = keyOf(name, this.#redactText, this.#patterns, this.#work);
      const text = this.#member(value, name, key, "clear");
      if (text === undefined) continue;
      this.#noteKey(key, name);
      members.set(taken.unused(key.text), text === TOO_DEEP ? this.#tooDeep() : text);
    }
    this.#path.pop();
    return members;
  }

  /** JSON text of a string: redacted, and cut at the cap. */
  string(input: string, reading?: Reading): string {
    const most = this.#maxString;
    const isLong = input.length > most;
    // Of a long text only what may be kept is looked at.
    const looked = isLong ? input.slice(0, most * LOOK_BEYOND) : input;
    const { text, secrets = [] } = this.#redactText(looked, this.#patterns, reading, this.#work);
    this.#note(secrets);
    if (text.length <= most && looked.length === input.length) return JSON.stringify(text);
    this.truncated = true;
    this.cuts.push({ at: this.#at(), whole: input });
    return JSON.stringify(text.length <= most ? `${text}\u2026` : cut(text, most));
  }

  #note(secrets: readonly Secret[]): void {
    if (secrets.length === 0) return;
    if (this.secrets.length >= MOST_PLACES) {
      addAll(this.secrets, secrets);
      return;
    }
    const at = this.#at();
    for (const secret of secrets) {
      const path = secret.at === undefined ? at : at === "" ? secret.at : `${at}.${secret.at}`;
      this.secrets.push({ ...secret, at: path.slice(0, LONGEST_PATH) });
    }
  }

  #noteKey({ secrets, isCut, text }: Key, name: string): void {
    this.#note(secrets);
    if (!isCut) return;
    // Objects whose long names differ only behind the cut must stay apart on record.
    this.#names.push(text);
    this.cuts.push({ at: this.#at(), whole: name });
    this.#names.pop();
    this.truncated = true;
  }

  #at(): string {
    let path = "";
    for (const name of this.#names) {
      path += typeof name === "number" ? `[${name}]` : path === "" ? name : `.${name}`;
      if (path.length > LONGEST_PATH) break;
    }
    return path.slice(0, LONGEST_PATH);
  }

  #tooDeep(): string {
    this.tooDeep = true;
    return sentinel("depth");
  }

  #write(value: unknown, isCommand = false): string | undefined | typeof TOO_DEEP {
    switch (typeof value) {
      case "string": {
        this.#budget -= value.length;
        if (this.#budget >= 0) return this.string(value, isCommand ? "command" : undefined);
        this.cuts.push({ at: this.#at(), whole: value });
        return this.#tooLarge();
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
        return value === null ? "null" : this.#container(value as object, isCommand);
    }
  }

  #container(value: object, isCommand: boolean): string | typeof TOO_DEEP {
    this.#budget -= 2;
    if (this.#budget < 0) return this.#tooLarge();
    if (this.#path.includes(value)) return sentinel("cycle");
    // The container that would hold this one becomes the sentinel: nothing deeper than MAX_DEPTH is ever written.
    if (this.#path.length >= MAX_DEPTH) return TOO_DEEP;
    this.#path.push(value);
    try {
      if (Array.isArray(value)) return this.#array(value, isCommand);
      const special = specialText(value);
      if (special === undefined) return this.#object(value);
      return special.startsWith('"') ? this.string(JSON.parse(special) as string) : special;
    } catch {
      return sentinel("throws"); // a proxy's trap, a toString of the host's
    } finally {
      this.#path.pop();
    }
  }

  /** The verdict on the name of the list that is written next, where it says that only what looks like a secret is one. */
  #above: KeyVerdict = "clear";

  #array(array: readonly unknown[], isCommand: boolean): string | typeof TOO_DEEP {
    const above = this.#above;
    this.#above = "clear";
    const argv = this.#isPlain ? undefined : argvOf(array, isCommand, this.#programs.get(array));
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
      this.#names.push(i);
      const text =
        argv !== undefined && typeof element === "string" && pending === "clear"
          ? this.#argument(element, argv, i)
          : this.#valueUnder(element, pending === "clear" && typeof element === "string" ? above : pending, false);
      this.#names.pop();
      if (text === TOO_DEEP) return this.#tooDeep();
      out += `${i > 0 ? "," : ""}${text ?? "null"}`;
      this.#budget--;
      pending =
        typeof element === "string" &&
        (array.length === 2 ? i === 0 : element.startsWith("-")) &&
        element.length < 64 &&
        !TAKES_NO_SECRET.test(element)
          ? keyVerdict(element)
          : "clear";
    }
    return `${out}]`;
  }

  /** One word of a command that was given as a list. */
  #argument(element: string, argv: Argv, index: number): string {
    this.#budget -= element.length;
    if (this.#budget < 0) {
      this.cuts.push({ at: this.#at(), whole: element });
      return this.#tooLarge();
    }
    const hits = argv.hits.get(index);
    if (hits === undefined) return this.string(element, argv.scripts.has(index) ? "command" : "text");
    // The word's own secrets go first: nothing else is known of them than their place.
    const masking = new Masking(cleanText(element));
    masking.add(hits);
    this.#note(masking.secrets());
    return this.string(masking.text, "text");
  }

  /** `{command: "mysql", args: ["-px"]}`: the list is read with its program in front, or its options say nothing. */
  #rememberProgram(value: object, names: readonly string[]): void {
    if (this.#isPlain) return;
    const program = names.find((name) => PROGRAM_NAMES.has(name));
    const list = names.find((name) => ARGUMENT_NAMES.has(name));
    if (program === undefined || list === undefined) return;
    const holder = value as Record<string, unknown>;
    const [word, words] = [holder[program], holder[list]];
    if (typeof word !== "string" || word.length > 256 || /\s/.test(word) || !Array.isArray(words)) return;
    if (words[0] !== word) this.#programs.set(words, word);
  }

  #object(value: object): string | typeof TOO_DEEP {
    const names = namesOf(value);
    if (names === undefined) return sentinel("throws");
    // `{name: "DB_PASSWORD", value: "x"}`: the list form of an environment or of headers.
    const named = names.some((name) => VALUE_NAMES.has(name)) ? verdictOfNamed(value) : "clear";
    this.#rememberProgram(value, names);
    const found: { key: Key; text: string }[] = [];
    let renamed = false;
    for (const name of names) {
      if (this.#budget < 0) {
        this.truncated = true;
        break;
      }
      const key = keyOf(name, this.#redactText, this.#patterns, this.#work);
      const text = this.#member(value, name, key, VALUE_NAMES.has(name) ? named : "clear");
      if (text === undefined) continue;
      if (text === TOO_DEEP) return this.#tooDeep();
      this.#budget -= name.length;
      this.#noteKey(key, name);
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
    this.#names.push(key.text);
    const text = this.#valueUnder(value, key.verdict === "clear" ? named : key.verdict, key.command);
    this.#names.pop();
    return text;
  }

  /** What stands under a matched key goes whole; `null` says nothing and stays. */
  #valueUnder(value: unknown, verdict: KeyVerdict, isCommand: boolean): string | undefined | typeof TOO_DEEP {
    if (this.#isPlain || verdict === "clear" || value === null || value === undefined)
      return this.#write(value, isCommand);
    const countable = typeof value === "boolean" || (typeof value === "number" && Math.abs(value) <= MAX_NUMBER);
    if (verdict === "token" && countable) return this.#write(value, isCommand);
    if (verdict === "key" || verdict === "pass") {
      // A number that is written as text is judged as that text.
      const text = typeof value === "number" && !countable ? `${value}` : value;
      if (Array.isArray(value)) this.#above = verdict;
      if (typeof text !== "string" || !isSecretUnder(verdict, text)) {
        const written = this.#write(value, isCommand);
        this.#above = "clear";
        return written;
      }
    }
    if (value !== REDACTED)
      this.#note([{ kind: KIND_OF_KEY, value: typeof value === "string" ? value : plainText(value) }]);
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

/** Members that name a program, and those that hold its arguments. */
const PROGRAM_NAMES: ReadonlySet<string> = new Set("command program cmd executable exe bin binary".split(" "));
const ARGUMENT_NAMES: ReadonlySet<string> = new Set(["args", "argv", "arguments"]);

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
  const names = new Names();
  for (const member of found) {
    const text = names.unused(member.key.text);
    if (text !== member.key.text) member.key = { ...member.key, text, quoted: `${JSON.stringify(text)}:` };
  }
}

/** Names that were given, and for each the number that is tried next: as many equal ones as there may be cost no search. */
class Names {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  unused(name: string): string {
    let text = name;
    while (this.#taken.has(text)) {
      const n = this.#next.get(name) ?? 2;
      this.#next.set(name, n + 1);
      text = `${name}#${n}`;
    }
    this.#taken.add(text);
    return text;
  }
}

/** Under a name that says "secret": what stands there goes whole. */
const KIND_OF_KEY = "named-secret";

/** Text of a value that is masked whole and no string, for its commitment: RFC 8785 where that can be had within bounds. */
function plainText(value: unknown): string {
  const writer = new ValueWriter({
    redactText: (text) => ({ text, count: 0 }),
    patterns: [],
    maxString: Number.POSITIVE_INFINITY,
    budget: 1_048_576,
    isPlain: true,
  });
  return writer.write(value) ?? "";
}

/** A list of words that is one command. */
interface Argv {
  /** Elements that are scripts, as behind `bash -c`. */
  readonly scripts: ReadonlySet<number>;
  readonly hits: ReadonlyMap<number, Span[]>;
}

const MOST_WORDS = 2_000;

/** Whether a list is a command: it stands where one does, or begins with a shell, and its first element is a text. */
function argvOf(array: readonly unknown[], isCommand: boolean, program?: string): Argv | undefined {
  const before = program === undefined ? 0 : 1;
  if (array.length + before < 2 || typeof array[0] !== "string") return undefined;
  const words = array
    .slice(0, MOST_WORDS)
    .map((word) => (typeof word === "string" ? cleanText(word.slice(0, 65_536)) : ""));
  if (program !== undefined) words.unshift(program);
  const found = secretsOfCommand(words);
  if (!isCommand && found.length === 0 && !isShell(words[0]!)) return undefined;
  const hits = new Map<number, Span[]>();
  for (const { word, start, end, kind } of found) {
    const spans = hits.get(word - before) ?? [];
    spans.push({ start, end, kind });
    hits.set(word - before, spans);
  }
  return { scripts: new Set(scriptWords(words.map((value) => ({ value }))).map((word) => word - before)), hits };
}
