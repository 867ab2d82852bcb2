// Secrets that free text assigns to a name: `TOKEN=x`, `--password x`, `"apiKey": "x"`, `Cookie: a=b; c=d`, in shell
// commands, headers, settings files, source code, tables and JSON text at any depth of escaping.
//
// A scanner and not one pattern, because the text is an attacker's: each character is passed a bounded number of times.
import { readsAsCode, repeatsName } from "./code.js";
import { isSecretUnder, type KeyVerdict, keyVerdict } from "./keywords.js";
import { namesProgram } from "./programs.js";
import { endOfValue, type Value } from "./shellword.js";
import type { Span } from "./span.js";
import { looksChosen, looksOpaque } from "./values.js";
import { type Share, UNBOUNDED } from "./work.js";

/** What every name of a secret holds. */
export const NAME_LITERALS: readonly string[] = [
  ...`secret pass pwd cred jwt bearer cookie auth token key mnemonic sess .sid phrase seed codes psk _pat pw= pw: pw" pw'`.split(
    " ",
  ),
  "pw =",
  "pw :",
];
const KEYWORD =
  /secret|pass|pwd|cred|jwt|bearer|cookie|auth|token|key|mnemonic|sess|\.sid|phrase|seed|codes|psk|_pat|pw(?=[=:"']| [=:])/gi;
const KEY_REACH = 96;
const DEFAULT_REACH = 1_000;
const BLOCK_REACH = 256;

/** Values that are types, switches or placeholders, not secrets. */
const PLAIN =
  /^(?:true|false|null|undefined|none|nil|string|number|boolean|bool|str|int|any|unknown|never|void|object|required|optional|yes|no|on|off|\*+|process\.env\.\w+)$/i;
/** A name that stands for the secret, not the secret. */
const REFERENCE = /^(?:\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\}|%[A-Za-z_]\w*%|\$\([\s\S]{1,2000}|`[\s\S]{1,2000})$/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;
/** What earlier patterns leave of a header: `Bearer [REDACTED]`. */
const MASKED = /^(?:(?:bearer|basic|token|digest|negotiate|apikey)(?:[ \t]|%20|\+)+)?\[REDACTED\]$/i;
const SCHEME =
  /^(?:bearer|basic|token|digest|negotiate|apikey|ssws|bot|key|hmac|AWS4-HMAC-SHA256)(?:[ \t]|%20|\+){1,8}(?=[^\s])/i;
/** Names whose value is the rest of the line, white space and semicolons included. */
const WHOLE_LINE =
  /^(?:(?:set-|proxy-|x-[a-z-]{0,40})?(?:cookie2?|authorization)|[\w.-]{0,40}(?:pass[-_. ])?phrase|mnemonic)$/i;

const isKeyChar = (code: number) =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 45 ||
  code === 46;
const isBlank = (code: number) => code === 32 || code === 9 || code === 0xa0 || code === 0x3000;
/** The signs of full width are read as ours. */
const signCode = (code: number) => (code === 0xff1d ? 61 : code === 0xff1a ? 58 : code);

/** The kind of a span by the name above it. */
const KIND: Readonly<Record<KeyVerdict, string>> = {
  clear: "named-secret",
  secret: "named-secret",
  token: "named-token",
  key: "named-key",
  pass: "named-password",
};

/** The values of sensitive names, in order. */
export function assignmentsIn(text: string, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  let done = 0;
  // Long runs full of names would be read again at each name: beyond this many characters only their beginnings are.
  let left = text.length * 4 + 4_096;
  KEYWORD.lastIndex = 0;
  for (let hit = KEYWORD.exec(text); hit !== null; hit = KEYWORD.exec(text)) {
    if (!share.take(1, hit.index)) break;
    let keyStart = hit.index;
    let keyEnd = hit.index + hit[0].length;
    const floor = Math.max(done, keyStart - KEY_REACH);
    while (keyStart > floor && isKeyChar(text.charCodeAt(keyStart - 1))) keyStart--;
    const ceiling = Math.min(text.length, keyEnd + KEY_REACH);
    while (keyEnd < ceiling && isKeyChar(text.charCodeAt(keyEnd))) keyEnd++;
    // `API key......: x`: the dots lead to the value.
    if (text.charCodeAt(keyEnd - 1) === 46 && text.slice(keyStart, keyEnd).endsWith("..."))
      while (keyEnd > keyStart && text.charCodeAt(keyEnd - 1) === 46) keyEnd--;
    // In `${TOKEN-x}` the hyphen is the shell's, not the name's.
    if (text[keyStart - 1] === "{" && text[keyStart - 2] === "$") {
      const hyphen = text.slice(keyStart, keyEnd).indexOf("-");
      if (hyphen > 0) keyEnd = Math.max(hit.index + 1, keyStart + hyphen);
    }
    KEYWORD.lastIndex = keyEnd;
    const sign = signAfter(text, keyStart, keyEnd);
    if (sign === undefined) continue;
    if (!share.take(4, hit.index)) break;
    const key = text.slice(keyStart, keyEnd);
    const verdict = verdictWithin(text, keyStart, key, sign);
    if (verdict === "clear") continue;
    const span = isWeak(verdict, sign)
      ? weakValue(text, sign, verdict, left > 0)
      : strongValue(text, keyStart, key, sign, verdict, (end) => {
          KEYWORD.lastIndex = Math.max(keyEnd, end);
        });
    if (span === undefined) {
      left -= 256;
      continue;
    }
    share.take(2, span.start);
    found.push(span);
    done = span.end;
    KEYWORD.lastIndex = Math.max(keyEnd, span.end);
  }
  return found;
}

/** How a name is given its value, and where that may begin. */
interface Sign {
  readonly at: number;
  /**
   * `word`: nothing but white space, or words, stand between; only a value that looks like a secret is one. `beside`: one blank;
   * only what a machine chose.
   */
  readonly how: "sign" | "colon" | "tag" | "flag" | "default" | "cell" | "word" | "beside";
  readonly jsonQuote: string;
  readonly spaced: boolean;
}

/**
 * Flags that say where a secret is to be had, or of what kind it is: `--password-stdin`, `--token-file`, `--auth-type`; and those
 * that do something with one that is named: `--delete-secret-keys bob`.
 */
export const TAKES_NO_SECRET =
  /^-{1,2}(?:delete|disable|enable|export-secret|forget|ignore|list|no|remove|require|revoke|show|skip)-|[-_](?:stdin|file|files|path|dir|fd|prompt|env|type|url|uri|endpoint|mode|method|store|helper|backend|provider|command|cmd)$/i;

/** `-pSECRET db`: the flag is `-p` and has its value with it. */
const GLUED_PASSWORD = /^-[pP](?!ass|at|w|hrase|riv|em|ub|k|roxy|rof|g)[a-zA-Z]/i;

function signAfter(text: string, start: number, end: number): Sign | undefined {
  let at = end;
  const slashes = countSlashes(text, at);
  const quote = text[at + slashes];
  let jsonQuote = "";
  if (quote === '"' || quote === "'" || quote === "`") {
    jsonQuote = text.slice(at, at + slashes + 1);
    at += slashes + 1;
    if (text[at] === "]") at++; // config["password"] = ...
  }
  if (jsonQuote === "" && text.startsWith("...", at)) at = endOf(DOTS, text, at) ?? at;
  const afterKey = at;
  const isFlag = text[start] === "-" || text[start - 1] === "-";
  at = skipBlanks(text, at);
  if (text[at] === "\n" || text[at] === "\r") {
    const value = explicitValue(text, start, at, jsonQuote === "" ? 0 : 1);
    return value === undefined ? undefined : { at: value, how: "colon", jsonQuote: "", spaced: true };
  }
  const spaced = at > afterKey;
  if (text[start - 1] === "{" && text[start - 2] === "$" && !spaced) return { at, how: "default", jsonQuote, spaced };
  const code = signCode(text.charCodeAt(at));
  if (code === 43 && text[at + 1] === "=") at++; // PASSWORD+=x
  if (signCode(text.charCodeAt(at)) === 61 || code === 58) {
    if (code === 58 && text[at + 1] === ":") return undefined; // auth::login
    // A comparison is no assignment.
    if (code === 61 && text[at + 1] === "=" && spaced) return undefined;
    do at++;
    while (text[at] === "=" || (text[at] === ":" && code !== 58));
    if (code === 58 && text[at] === "=") at++; // password := "x"
    if (text[at] === ">") at++;
    return { at, how: code === 58 ? "colon" : "sign", jsonQuote, spaced };
  }
  if (code === 37 && /^%3[aAdD]/.test(text.slice(at, at + 3))) return { at: at + 3, how: "sign", jsonQuote, spaced };
  if (code === 62 && text[start - 1] === "<") return { at: at + 1, how: "tag", jsonQuote, spaced };
  if (isFlag && code === 44 && jsonQuote !== "") return { at: at + 1, how: "sign", jsonQuote, spaced }; // ["--password", "x"]
  if (isFlag && spaced && jsonQuote === "") {
    const flag = text.slice(start, end);
    if (TAKES_NO_SECRET.test(flag) || GLUED_PASSWORD.test(flag)) return undefined;
    const first = text[at];
    if (first === "-" || first === undefined || first === "\n" || first === "|") return undefined;
    return { at, how: "flag", jsonQuote, spaced: false };
  }
  if (code === 124 || code === 9474) {
    // | password | x |, as Markdown, psql and box-drawing tables have it.
    const bar = barBefore(text, start) || (code === 9474 && beginsLine(text, start));
    if (jsonQuote !== "") return undefined;
    if (bar) return { at: skipBlanks(text, at + 1), how: "cell", jsonQuote, spaced };
    // | Client secret | x |: with words before the name, only what a machine chose.
    const words = WORDS_OF_CELL.test(text.slice(Math.max(0, start - 80), start));
    return words ? { at: skipBlanks(text, at + 1), how: "beside", jsonQuote, spaced } : undefined;
  }
  return spaced && jsonQuote === "" ? wordsBetween(text, start, end, at) : undefined;
}

/** YAML writes a key and its value on two lines as well: `? password`, then `: x`. Where the value begins. */
function explicitValue(text: string, start: number, at: number, quotes: number): number | undefined {
  const before = text.slice(Math.max(0, start - quotes - 64), start - quotes);
  return /(?:^|\n)[ \t]{0,40}(?:- )?\? {1,4}$/.test(before) ? endOf(EXPLICIT, text, at) : undefined;
}

/** Up to three words before a name, at the beginning of its line or cell. */
const WORDS_OF_LINE = /(?:^|\n)[ \t]{0,8}(?:[\w()-]{1,20} ){1,3}$/;
const WORDS_OF_CELL = /[|\u2502][ \t]{0,8}(?:[\w()-]{1,20} ){1,3}$/;
const DOTS = /\.{3,96}/y;
const EXPLICIT = /\r?\n[ \t]{0,40}:(?=[ \t])/y;

function barBefore(text: string, start: number): boolean {
  let i = start - 1;
  for (const floor = Math.max(0, start - 64); i > floor && isBlank(text.charCodeAt(i)); i--);
  return text[i] === "|" || text[i] === "\u2502";
}

/** `key [hint]: x`, `password for bob: x`, `password is x`, `password 'x'`, `token    x`. */
const HINT = /(?:\[[^\]\n]{0,60}\]|\([^)\n]{0,80}\)|#?\d{1,3})[ \t]{0,4}[:=]/y;
const FOR = /(?:(?:is|was|has been) [a-z]{3,12} )?(?:for|of) [^\s:][^:\n]{0,79}:[ \t]{1,4}/y;
const HINT_IS = /\([^)\n]{0,80}\)[ \t]{1,4}(?:is|was|now|=>|->)[ \t]{1,4}/y;
const IS = /(?:is|was|to|will be|set to|now|=>|->|-|\u2013|\u2014|\.{3,60})[ \t]{0,4}(?::[ \t]{0,4}|(?<=[ \t]))/y;

function wordsBetween(text: string, start: number, end: number, at: number): Sign | undefined {
  const sign = { jsonQuote: "", spaced: true } as const;
  const first = text.charCodeAt(at);
  if (first === 91 || first === 40 || first === 35 || (first >= 48 && first <= 57)) {
    const after = endOf(HINT, text, at);
    if (after !== undefined) return { ...sign, at: after, how: "colon" };
    const is = endOf(HINT_IS, text, at);
    return is === undefined ? undefined : { ...sign, at: is, how: "word" };
  }
  if (first === 39 || first === 34 || first === 96) return { ...sign, at, how: "word" };
  const behind = endOf(FOR, text, at) ?? endOf(IS, text, at);
  if (behind !== undefined) return { ...sign, at: behind, how: "word" };
  // A column of names and a column of values: the name begins its line, and two blanks or a tab follow it.
  const gap = text.slice(end, at);
  if (gap.length >= 2 || gap === "\t") {
    if (beginsLine(text, start)) return { ...sign, at, how: "word" };
    // `Client secret    x`: with words before the name, only what a machine chose.
    if (WORDS_OF_LINE.test(text.slice(Math.max(0, start - 80), start))) return { ...sign, at, how: "beside" };
  }
  return gap === " " ? { ...sign, at, how: "beside" } : undefined;
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function beginsLine(text: string, start: number): boolean {
  let i = start - 1;
  for (const floor = Math.max(-1, start - 64); i > floor && isBlank(text.charCodeAt(i)); i--);
  return i < 0 || text[i] === "\n" || text[i] === "\r" || (text[i] === "n" && text[i - 1] === "\\");
}

/** The verdict on a name in its place: words before `key` belong to it, as in `AWS Secret Access Key`. */
function verdictWithin(text: string, start: number, key: string, sign: Sign): KeyVerdict {
  // `https://__token__:x@host`: urls.ts knows where the password ends.
  if (sign.how === "colon" && !sign.spaced && text.startsWith("://", start - 3)) return "clear";
  const verdict = keyVerdict(key);
  // `token.output = x`: of a path in source code, the last name counts.
  if (verdict !== "clear" && sign.spaced && key.includes(".")) {
    const last = key.split(".").slice(-2);
    if (keyVerdict(last.at(-1)!) === "clear" && keyVerdict(last.join("")) === "clear") return "key";
  }
  if (verdict !== "clear" || sign.how === "default") return verdict;
  if (/^(?:keys?|phrase|codes)$/i.test(key) && text[start - 1] === " ") {
    const words = /[A-Za-z]{2,20}(?: [A-Za-z]{2,20}){0,2} $/.exec(text.slice(Math.max(0, start - 48), start));
    if (words !== null) return keyVerdict(`${words[0]}${key}`);
  }
  // `--key x` on a command line, `?key=x` in an address.
  if (/^-{0,2}keys?$/i.test(key) && (sign.how === "flag" || /[?&-]/.test(text[start - 1] ?? " "))) return "key";
  return "clear";
}

const isWeak = (verdict: KeyVerdict, sign: Sign): boolean =>
  verdict === "key" || verdict === "pass" || sign.how === "beside" || sign.how === "word" || sign.how === "cell";

const WEAK_VALUE = /[ \t]{0,8}(?:[!&][^\s]{0,40}[ \t]{1,4})?\\{0,3}(["'`]?)([^\s"'`,;|<>(){}[\]\\]{4,256})/y;
const SHORT_WEAK_VALUE = /[ \t]{0,8}(?:[!&][^\s]{0,8}[ \t]{1,4})?\\{0,3}(["'`]?)([^\s"'`,;|<>(){}[\]\\]{4,40})/y;
const TO_DOUBLE = /[^"'\n\\]{1,256}(?=")/y;
const TO_SINGLE = /[^"'\n\\]{1,256}(?=')/y;
const REST_OF_VALUE = /[^\s"'`,;|<>(){}[\]\\&]{1,4000}/y;

/** A value that is only a secret if it looks like one. */
function weakValue(text: string, sign: Sign, verdict: KeyVerdict, whole: boolean): Span | undefined {
  const pattern = whole ? WEAK_VALUE : SHORT_WEAK_VALUE;
  pattern.lastIndex = sign.at;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [all, quote, read] = match;
  // In an address the next parameter begins at "&".
  const amp = read!.indexOf("&");
  const value = amp > 0 ? read!.slice(0, amp) : read!;
  const start = sign.at + all.length - read!.length;
  let end = start + value.length;
  const goesOn = amp <= 0 && read!.length === (whole ? 256 : 40);
  if (amp <= 0 && !goesOn) while (end > start && /[.:!?]/.test(text[end - 1]!)) end--; // the end of a sentence
  const bare = text.slice(start, Math.min(end, start + 256));
  if (MASKED.test(bare) || bare.includes("[REDACTED") || REFERENCE.test(bare)) return undefined;
  if (!looksLikeOne(bare, verdict, sign, quote !== "")) return undefined;
  if (verdict === "pass" && /^pass\w{0,6}$/i.test(bare)) return undefined;
  // In quotes the value goes on to their end, white space and all.
  const closing = quote === "" || goesOn ? undefined : endOf(quote === '"' ? TO_DOUBLE : TO_SINGLE, text, end);
  if (closing !== undefined && (quote === '"' || quote === "'")) return { start, end: closing, kind: KIND[verdict] };
  // Its end is looked for only now: of values that are none, nothing is read twice.
  if (goesOn) end = endOf(REST_OF_VALUE, text, end) ?? end;
  return { start, end, kind: KIND[verdict] };
}

function looksLikeOne(value: string, verdict: KeyVerdict, sign: Sign, quoted: boolean): boolean {
  if (sign.how === "beside") return verdict !== "key" && verdict !== "pass" && looksOpaque(value);
  if (sign.how === "word" || sign.how === "cell") {
    if (verdict === "key" || verdict === "token") return looksOpaque(value);
    return quoted || sign.how === "cell"
      ? looksChosen(value)
      : looksOpaque(value) || (looksChosen(value) && /\d/.test(value));
  }
  return isSecretUnder(verdict, value);
}

function strongValue(
  text: string,
  keyStart: number,
  key: string,
  sign: Sign,
  verdict: KeyVerdict,
  passed: (end: number) => void,
): Span | undefined {
  const value = valueAfter(text, keyStart, key, sign);
  if (value === undefined) return undefined;
  // `keys: [a, b]` goes whole, as far as it can be seen.
  if (text[value.start] === "[" && !value.quoted && value.jsonQuote === "" && text[value.start + 1] !== "R") {
    const close = text.slice(value.start, value.start + DEFAULT_REACH).indexOf("]");
    if (close > 0) value.end = Math.max(value.end, value.start + close + 1);
  }
  const secret = text.slice(value.start, value.end);
  if (isAction(text, keyStart, secret, sign)) {
    passed(keyStart + key.length);
    return undefined;
  }
  passed(value.end);
  if (secret === "" || MASKED.test(secret) || REFERENCE.test(secret)) return undefined;
  if (value.quoted ? repeatsName(secret, key) : PLAIN.test(secret)) return undefined;
  if (!value.quoted && value.jsonQuote === "" && (sign.how === "sign" || sign.how === "colon")) {
    const { start, end } = value;
    const given = { text, keyStart, start, end, key, gap: start > sign.at, colon: sign.how === "colon" };
    if (readsAsCode(given)) {
      passed(keyStart + key.length);
      return undefined;
    }
  }
  if (verdict === "token" && NUMBER.test(secret)) return undefined;
  // A bare number or structure under a quoted key is JSON: the text stays JSON with a quoted mask.
  const quote = value.quoted ? "" : value.jsonQuote;
  // The scheme of a header says how somebody signed in, and stays.
  const scheme = SCHEME.exec(secret)?.[0].length ?? 0;
  if (scheme > 0 && REFERENCE.test(secret.slice(scheme))) return undefined;
  const span = { start: value.start + scheme, end: value.end, kind: KIND[verdict] };
  return quote === "" ? span : { ...span, quote };
}

/** What follows a name and a colon in names of tasks and subcommands: `functions:secrets:set`, `npm run token:refresh`. */
const VERB =
  /^(?:access|add|build|check|clear|create|delete|deploy|decrypt|destroy|dev|edit|encrypt|export|generate|get|import|init|issue|list|login|logout|ls|open|migrate|prune|pull|push|read|refresh|remove|reset|revoke|rm|rotate|seed|set|show|start|status|stop|sync|test|unset|update|validate|verify|write)$/;

/** Whether what stands at a value's place is something that is done, and no secret. */
function isAction(text: string, keyStart: number, value: string, sign: Sign): boolean {
  if (sign.jsonQuote !== "") return false;
  if (sign.how === "flag") return namesProgram(value);
  if (sign.how === "colon") return !sign.spaced && VERB.test(value) && text[sign.at] === value[0];
  // The value of an alias is a command.
  if (sign.how !== "sign" || sign.spaced || !ALIAS.test(text.slice(Math.max(0, keyStart - 40), keyStart))) return false;
  return /\s/.test(value.slice(0, 1_000)) || namesProgram(value);
}

const ALIAS = /(?:^|[\s;&|(])alias (?:-[a-z] )?$/;

/** Where the value of a key stands. */
function valueAfter(text: string, start: number, key: string, sign: Sign): Value | undefined {
  const { at, jsonQuote, spaced } = sign;
  if (sign.how === "default") return defaultOf(text, at);
  if (sign.how === "tag") {
    // `Array<Token>` is a type, and so is what no closing tag follows.
    if (/[\w$]/.test(text[start - 2] ?? " ")) return undefined;
    const close = text.indexOf("<", at);
    if (close >= 0 && text[close + 1] !== "/") return undefined;
    return { start: at, end: close < 0 ? text.length : close, quoted: false, jsonQuote: "", spaced: false };
  }
  const untagged = sign.how === "colon" ? skipTags(text, at) : at;
  if (untagged === undefined) return undefined;
  const block = jsonQuote === "" ? blockAfter(text, start, untagged) : undefined;
  if (block !== undefined) return block;
  let valueAt = skipBlanks(text, untagged, jsonQuote !== "");
  // A line that goes on: `PASSWORD=\` and the value on the next one.
  for (let n = 0; n < 4 && text[valueAt] === "\\" && text[valueAt + 1] === "\n"; n++)
    valueAt = skipBlanks(text, valueAt + 2);
  // A header or a settings line gives its value white space and all; `cookie=x` in a shell command does not.
  const wholeLine = sign.how === "colon" && WHOLE_LINE.test(key);
  return endOfValue(text, valueAt, { wholeLine, jsonQuote, spaced: spaced && valueAt > at, before: start });
}

/** Behind the tags and anchors of YAML; undefined for what refers to a value elsewhere (`*alias`, `!Ref Name`). */
const TAGS =
  /[ \t]{1,16}(?:!(?:<[^>\s]{1,100}>|[\w!.:/-]{0,60})|&[\w.-]{1,60})(?:[ \t]{1,16}(?:!(?:<[^>\s]{1,100}>|[\w!.:/-]{0,60})|&[\w.-]{1,60})){0,2}(?:[ \t]{1,16}|(?=\r?\n))/y;
const REFERRING =
  /[ \t]{1,16}(?:\*[A-Za-z_][\w.-]{0,60}(?=\s|$)|!(?:Ref|GetAtt|Sub|ImportValue|FindInMap|Join|reference|env|secret|include)\b)/y;

function skipTags(text: string, at: number): number | undefined {
  REFERRING.lastIndex = at;
  if (REFERRING.test(text)) return undefined;
  const behind = endOf(TAGS, text, at);
  return behind === undefined ? at : isBlank(text.charCodeAt(behind - 1)) ? behind - 1 : behind;
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
    if (inner < own) return undefined;
    const isBelow = inner === own && text[start + inner] !== "-";
    // A tag or an anchor may stand before the value; the first of a list or of a mapping is taken where it looks opaque.
    const before = /(- {1,4}|[\w.-]{1,60}: {1,4})?(?:[!&][\w!.:/<>-]{0,60} {1,4}){0,2}/y;
    before.lastIndex = start + inner;
    const isChild = before.exec(text)?.[1] !== undefined;
    const first = before.lastIndex;
    const word = /[^\s:,;{}[\]#"']{6,1000}(?=\r?\n|$)/y;
    word.lastIndex = first;
    const found = word.exec(text);
    // Directly below its name, at the same place, stands a secret only if it looks like one.
    if (found === null || ((isChild || isBelow) && !looksOpaque(found[0]))) return undefined;
    return { start: first, end: word.lastIndex, quoted: false, jsonQuote: "", spaced: false };
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
