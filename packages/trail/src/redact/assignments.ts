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

/** Masks the values of sensitive names. */
export function maskAssignments(text: string): Redacted {
  let out = "";
  let done = 0;
  let count = 0;
  KEYWORD.lastIndex = 0;
  for (let hit = KEYWORD.exec(text); hit !== null; hit = KEYWORD.exec(text)) {
    let keyStart = hit.index;
    let keyEnd = hit.index + hit[0].length;
    const floor = Math.max(done, keyStart - KEY_REACH);
    while (keyStart > floor && isKeyChar(text.charCodeAt(keyStart - 1))) keyStart--;
    const ceiling = Math.min(text.length, keyEnd + KEY_REACH);
    while (keyEnd < ceiling && isKeyChar(text.charCodeAt(keyEnd))) keyEnd++;
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
    const quote = value.quoted ? "" : value.jsonQuote;
    out += text.slice(done, value.start) + quote + REDACTED + quote;
    done = value.end;
    count++;
  }
  return count === 0 ? { text, count } : { text: out + text.slice(done), count };
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
  if (code === 61 || code === 58) {
    if (code === 58 && text[at + 1] === ":") return undefined; // auth::login
    do at++;
    while (text[at] === "=" || (text[at] === ":" && code !== 58));
    if (text[at] === ">") at++;
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
  const valueAt = skipBlanks(text, at, jsonQuote !== "");
  // A header or a settings line gives its value white space and all; `cookie=x` in a shell command does not.
  const wholeLine = code === 58 && WHOLE_LINE.test(key);
  return endOfValue(text, valueAt, { wholeLine, jsonQuote, spaced: spaced && valueAt > at, before: start });
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
