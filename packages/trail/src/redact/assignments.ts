// Secrets that free text assigns to a name: `TOKEN=x`, `--password x`, `"apiKey": "x"`, `Cookie: a=b; c=d`, in shell
// commands, headers, settings files, source code and JSON text at any depth of escaping.
//
// A scanner and not one pattern, because the text is an attacker's: each character is passed a bounded number of times.
import { keyVerdict } from "./keywords.js";
import { REDACTED, type Redacted } from "./marker.js";
import { endOfValue, type Value } from "./shellword.js";

const KEYWORD =
  /secret|pass[-_. ]?(?:word|wd|phrase)|credential|jwt|bearer|cookie|auth|token|(?:api|private|access)[-_. ]?key/gi;
const KEY_REACH = 96;
const DEFAULT_REACH = 1_000;
const BLOCK_REACH = 256;

/** Values that are types, switches or placeholders, not secrets. */
const PLAIN =
  /^(?:true|false|null|undefined|none|nil|string|number|boolean|bool|str|int|any|unknown|never|void|object|required|optional|yes|no|on|off|\*+|process\.env\.\w+)$/i;
/** A name that stands for the secret, not the secret. */
const REFERENCE = /^(?:\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\}|%[A-Za-z_]\w*%)$/;
/** `token = await login(`: source code that gets its secret elsewhere. Only where white space stands around the sign. */
const CODE = /^(?:await|new|this\.|async|function\b|[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*){0,8}\()/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;
/** What earlier patterns leave of a header: `Bearer [REDACTED]`. */
const MASKED = /^(?:(?:bearer|basic|token|digest|negotiate|apikey)(?:[ \t]|%20|\+)+)?\[REDACTED\]$/i;
/** Names whose value is the rest of the line, white space and semicolons included. */
const WHOLE_LINE = /cookie|authorization|pass[-_. ]?phrase/i;

const isKeyChar = (code: number) =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 45 ||
  code === 46;
const isBlank = (code: number) => code === 32 || code === 9;

/** Where a secret stands; the quote is to stand around the mark. */
export interface Found {
  start: number;
  end: number;
  quote: string;
}

/** Masks the values of sensitive names. */
export function maskAssignments(text: string): Redacted {
  let out = "";
  let done = 0;
  let count = 0;
  for (const { start, end, quote } of secretsIn(text)) {
    out += text.slice(done, start) + quote + REDACTED + quote;
    done = end;
    count++;
  }
  return count === 0 ? { text, count } : { text: out + text.slice(done), count };
}

/** The values of sensitive names, in order. */
export function secretsIn(text: string): Found[] {
  const found: Found[] = [];
  let done = 0;
  KEYWORD.lastIndex = 0;
  for (let hit = KEYWORD.exec(text); hit !== null; hit = KEYWORD.exec(text)) {
    let keyStart = hit.index;
    let keyEnd = hit.index + hit[0].length;
    const floor = Math.max(done, keyStart - KEY_REACH);
    while (keyStart > floor && isKeyChar(text.charCodeAt(keyStart - 1))) keyStart--;
    const ceiling = Math.min(text.length, keyEnd + KEY_REACH);
    while (keyEnd < ceiling && isKeyChar(text.charCodeAt(keyEnd))) keyEnd++;
    // In `${TOKEN-x}` the hyphen is the shell's, not the name's.
    if (text[keyStart - 1] === "{" && text[keyStart - 2] === "$") {
      const hyphen = text.slice(keyStart, keyEnd).indexOf("-");
      if (hyphen > 0) keyEnd = Math.max(hit.index + 1, keyStart + hyphen);
    }
    KEYWORD.lastIndex = keyEnd;
    const key = text.slice(keyStart, keyEnd);
    const verdict = keyVerdict(key);
    if (verdict === "clear") continue;
    const value = valueAfter(text, keyStart, keyEnd, key);
    if (value === undefined) continue;
    const secret = text.slice(value.start, value.end);
    KEYWORD.lastIndex = Math.max(keyEnd, value.end);
    if (secret === "" || MASKED.test(secret) || REFERENCE.test(secret)) continue;
    if (!value.quoted && (PLAIN.test(secret) || (value.spaced && CODE.test(secret)))) continue;
    if (verdict === "token" && NUMBER.test(secret)) continue;
    // A bare number or structure under a quoted key is JSON: the text stays JSON with a quoted mask.
    found.push({ start: value.start, end: value.end, quote: value.quoted ? "" : value.jsonQuote });
    done = value.end;
  }
  return found;
}

/** Where the value of the key at [start, end) stands, if the key is being given one. */
function valueAfter(text: string, start: number, end: number, key: string): Value | undefined {
  let at = end;
  const slashes = countSlashes(text, at);
  const quote = text[at + slashes];
  let jsonQuote = "";
  if (quote === '"' || quote === "'" || quote === "`") {
    jsonQuote = text.slice(at, at + slashes + 1);
    at += slashes + 1;
    if (text[at] === "]") at++; // config["password"] = ...
  }
  const afterKey = at;
  const isFlag = key.startsWith("-") || text[start - 1] === "-";
  at = skipBlanks(text, at);
  const code = text.charCodeAt(at);
  let spaced = at > afterKey;
  if (text[start - 1] === "{" && text[start - 2] === "$" && !spaced) return defaultOf(text, at);
  if (code === 43 && text[at + 1] === "=") at++; // PASSWORD+=x
  if (text.charCodeAt(at) === 61 || code === 58) {
    if (code === 58 && text[at + 1] === ":") return undefined; // auth::login
    do at++;
    while (text[at] === "=" || (text[at] === ":" && code !== 58));
    if (text[at] === ">") at++;
  } else if (code === 37 && /^%3[aAdD]/.test(text.slice(at, at + 3))) {
    at += 3; // the sign as a URL escapes it
  } else if (code === 62 && text[start - 1] === "<") {
    const close = text.indexOf("<", at + 1);
    return { start: at + 1, end: close < 0 ? text.length : close, quoted: false, jsonQuote: "", spaced: false };
  } else if (isFlag && code === 44 && jsonQuote !== "") {
    at++; // ["--password", "x"]
  } else if (isFlag && spaced) {
    const first = text[at];
    if (first === "-" || first === undefined || first === "\n" || first === "|") return undefined;
    spaced = false;
  } else return undefined;
  const block = jsonQuote === "" ? blockAfter(text, start, at) : undefined;
  if (block !== undefined) return block;
  let valueAt = skipBlanks(text, at, jsonQuote !== "");
  // A line that goes on: `PASSWORD=\` and the value on the next one.
  for (let n = 0; n < 4 && text[valueAt] === "\\" && text[valueAt + 1] === "\n"; n++)
    valueAt = skipBlanks(text, valueAt + 2);
  // A header or a settings line gives its value white space and all; `cookie=x` in a shell command does not.
  const wholeLine = code === 58 && WHOLE_LINE.test(key);
  return endOfValue(text, valueAt, { wholeLine, jsonQuote, spaced: spaced && valueAt > at, before: start });
}

/** `${PASSWORD:-x}`: what stands in for it; `${PASSWORD:?message}` is none. */
function defaultOf(text: string, at: number): Value | undefined {
  const start = text[at] === ":" ? at + 1 : at;
  if (!"-=+".includes(text[start] ?? "?")) return undefined;
  const close = text.slice(start, start + DEFAULT_REACH).indexOf("}");
  const end = close < 0 ? Math.min(text.length, start + DEFAULT_REACH) : start + close;
  const quoted = isPair(text[start + 1], text[end - 1]) && end - start > 2;
  return { start: start + (quoted ? 2 : 1), end: end - (quoted ? 1 : 0), quoted: true, jsonQuote: "", spaced: false };
}

const isPair = (a: string | undefined, b: string | undefined): boolean => a === b && (a === '"' || a === "'");

/** YAML's value on the lines below: a block behind `|` or `>`, or one word on a line further in. */
function blockAfter(text: string, key: number, at: number): Value | undefined {
  const sign = /[ \t]{0,8}([|>][+-]?\d?[+-]?)?[ \t]{0,8}\r?\n/y;
  sign.lastIndex = at;
  const match = sign.exec(text);
  if (match === null) return undefined;
  const own = indentOf(text, Math.max(text.lastIndexOf("\n", key - 1) + 1, key - BLOCK_REACH));
  const start = sign.lastIndex;
  if (match[1] === undefined) {
    const inner = indentOf(text, start);
    if (inner <= own) return undefined;
    const word = /[^\s:,;{}[\]#"']{6,1000}(?=\r?\n|$)/y;
    word.lastIndex = start + inner;
    const found = word.exec(text);
    if (found === null) return undefined;
    return { start: start + inner, end: word.lastIndex, quoted: false, jsonQuote: "", spaced: false };
  }
  let end = start;
  for (let line = start; line < text.length; ) {
    const next = text.indexOf("\n", line);
    const stop = next < 0 ? text.length : next + 1;
    const isBlankLine = text.slice(line, Math.min(stop, line + BLOCK_REACH)).trim() === "";
    if (!isBlankLine && indentOf(text, line) <= own) break;
    if (!isBlankLine) end = next < 0 ? text.length : next;
    line = stop;
  }
  if (end <= start) return undefined;
  const first = start + indentOf(text, start);
  return { start: Math.min(first, end), end, quoted: true, jsonQuote: "", spaced: false };
}

function indentOf(text: string, line: number): number {
  let n = 0;
  while (n < BLOCK_REACH && isBlank(text.charCodeAt(line + n))) n++;
  return n;
}

function skipBlanks(text: string, at: number, lines = false): number {
  const limit = Math.min(text.length, at + 256);
  let i = at;
  while (i < limit && (isBlank(text.charCodeAt(i)) || (lines && (text[i] === "\n" || text[i] === "\r")))) i++;
  return i;
}

function countSlashes(text: string, at: number): number {
  let n = 0;
  while (n < 32 && text.charCodeAt(at + n) === 92) n++;
  return n;
}
