// Secrets in commands that say so in no name beside them: by the words of each command (argv.ts), and what `echo` hands to a
// command that reads a password.
import { type Command, parseShell, type Range, readWords, type Script, type Word } from "@sealtrail/shell";
import { type Hit, isSecretName, mayApply, PROGRAMS, secretsOfCommand } from "./argv.js";
import { isSecretUnder, keyVerdict } from "./keywords.js";
import { REDACTED } from "./marker.js";
import { addAll, type Span } from "./span.js";
import { looksChosen } from "./values.js";
import { type Share, UNBOUNDED } from "./work.js";

/** Where units [start, end) of a word's value stand in the text, without quotes that close behind them. */
export function placesOf(text: string, word: Word, start: number, end: number): { start: number; end: number } {
  if (end <= start) return { start: word.at(start), end: word.at(start) };
  const last = word.at(end - 1);
  return { start: word.at(start), end: last + (text[last] === "\\" && word.value[end - 1] !== "\\" ? 2 : 1) };
}

/** In a text that was read as a shell command. */
export function commandSecretsIn(text: string, script: Script): Span[] {
  const found: Span[] = [];
  for (const [index, command] of script.commands.entries()) {
    const words = [...command.words];
    for (const hit of secretsOfCommand(words.map(({ value }) => value))) found.push(spanOf(text, words, hit));
    if (words[0]?.value === "alias") addAll(found, aliasesIn(text, words));
    if (!readsPassword(command) && !readsIntoSecret(command.words)) continue;
    for (const { operator, target, body } of command.redirections) {
      if (operator === "<<<" && target !== undefined) found.push(...whole(text, target));
      if (body !== undefined) found.push(...bodyOf(text, body, command.words[0]?.value === "chpasswd"));
    }
    // `(echo a; echo b) | passwd`: all that stands between the first command of the group and the pipe.
    for (let i = Math.max(command.pipedFrom ?? index, index - MOST_PIPED); i < index; i++)
      found.push(...printed(text, script.commands[i]!));
  }
  addAll(found, loginsIn(text, script));
  return found;
}

/** Of a longer alias the words are not read. */
const LONGEST_ALIAS = 4_000;

/** `alias x='mysql -psecret'`: the value is a command of its own. Aliases in it are not read. */
function aliasesIn(text: string, words: readonly Word[]): Span[] {
  const found: Span[] = [];
  for (const word of words.slice(1)) {
    const start = word.value.indexOf("=") + 1;
    const inner = word.value.slice(start);
    if (start === 0 || inner.length > LONGEST_ALIAS || !/\s/.test(inner) || inner.includes("alias")) continue;
    for (const span of commandSecretsIn(inner, parseShell(inner)))
      found.push({ ...placesOf(text, word, start + span.start, start + span.end), kind: span.kind });
  }
  return found;
}

/** Commands of a group whose output is read, from the last back. */
const MOST_PIPED = 8;
/** `user NAME secret` in what ftp is told. */
function loginsIn(text: string, { commands }: Script): Span[] {
  const found: Span[] = [];
  for (const { words, redirections } of commands) {
    if (!/^(?:ftp|lftp|ncftp|tnftp)$/.test(words[0]?.value ?? "")) continue;
    for (const { body } of redirections) {
      if (body === undefined) continue;
      let at = body.start;
      for (const line of text.slice(body.start, Math.min(body.end, body.start + LONGEST)).split("\n", 100)) {
        const [order, , secret] = line.trim().split(/\s{1,16}/, 3);
        const start = at + line.lastIndexOf(secret ?? "");
        if (secret && /^(?:user|quote)$/i.test(order!))
          found.push({ start, end: start + secret.length, kind: "command-password" });
        at += line.length + 1;
      }
    }
  }
  return found;
}

/** A value that a variable is compared with, that a command prints into it, or that stands in a list under its name. */
const COMPARED: readonly RegExp[] = [
  /\$\{?(\w{1,64})\}?["']?[ \t]{1,4}(?:==?|!=|-eq|in)[ \t]{1,4}["']?([^\s"'`$;&|<>()]{1,400})/g,
  /\b(\w{1,64})=["']?(?:\$\(|`)[ \t]{0,4}(?:echo|printf)(?: -[neE]{1,3}| ["']?%s["']?)?[ \t]{1,4}["']?([^\s"'`$;&|<>()]{1,400})/g,
  /([\w-]{1,64})[= ]<\([ \t]{0,4}(?:echo|printf)(?: -[neE]{1,3}| ["']?%s["']?)?[ \t]{1,4}["']?([^\s"'`$;&|<>()]{1,400})/g,
  /\[["']?([\w.-]{1,64})["']?\]=["']?([^\s"'`$;&|<>()]{1,400})/g,
];
const LIST = /\b(\w{1,64})\+?=\(([^()\n]{1,4000})\)/g;

export function comparedIn(text: string): Span[] {
  const found: Span[] = [];
  const take = (name: string, value: string, end: number) => {
    if (value !== REDACTED && isSecretUnder(keyVerdict(name), value) && looksChosen(value))
      found.push({ start: end - value.length, end, kind: "named-secret" });
  };
  for (const pattern of COMPARED)
    for (const match of text.matchAll(pattern)) take(match[1]!, match[2]!, match.index + match[0].length);
  for (const match of text.matchAll(LIST)) {
    const start = match.index + match[0].length - 1 - match[2]!.length;
    for (const item of match[2]!.matchAll(/[^\s"'`$;&|<>()]{1,400}/g))
      take(match[1]!.replace(/S$/, ""), item[0], start + item.index + item[0].length);
  }
  return found;
}

/** Options and programs that read a password from their input. */
const READERS = /^(?:--?(?:password-stdin|stdin|with-token|token-stdin|passphrase-fd|pass-stdin)|chpasswd)$/;

/** `gh secret set NAME`, `wrangler secret put NAME`, `gcloud secrets versions add NAME`, `vercel env add NAME`. */
function keepsSecret(values: readonly string[]): boolean {
  const at = values.findIndex((value) => /^secrets?$/.test(value));
  if (at > 0 && values.slice(at + 1, at + 3).some((value) => /^(?:put|set|create|add)$/.test(value))) return true;
  return values[0] === "vercel" && values[1] === "env" && values[2] === "add";
}

/** Programs that ask for a password, and read it from their input where that is no terminal. */
function asksPassword(values: readonly string[]): boolean {
  const at = values[0] === "sudo" ? 1 : 0;
  if (/^(?:kinit|kpasswd|cryptsetup)$/.test(values[at] ?? "")) return true;
  const order = `${values[at]} ${values[at + 1]}`;
  return order === "secret-tool store" || order === "pass insert" || order === "pass add";
}

/** `read -r TOKEN <<< x` */
function readsIntoSecret(words: readonly Word[]): boolean {
  return words[0]?.value === "read" && words.slice(1, 8).some(({ value }) => isSecretName(value));
}

function readsPassword(command: Command): boolean {
  const values = command.words.slice(0, 64).map(({ value }) => value);
  if (values.some((value) => READERS.test(value))) return true;
  if (keepsSecret(values) || asksPassword(values)) return true;
  if (/^(?:passwd|smbpasswd)$/.test(values.find((value) => value !== "sudo") ?? "")) return true;
  const sudo = values.indexOf("sudo");
  return (
    sudo >= 0 &&
    values
      .slice(sudo + 1, sudo + 8)
      .some((value) => /^-[A-Za-z]{0,6}S[A-Za-z]{0,6}$/.test(value) || value === "--stdin")
  );
}

/** What `echo` and `printf` print. */
function printed(text: string, command: Command): Span[] {
  const [program, ...words] = command.words;
  if (program === undefined || !/^(?:echo|printf)$/.test(program.value)) return [];
  return words
    .filter(({ value }) => !/^-[neE]{1,3}$/.test(value) && !/^%[a-z](?:\\n)?$/.test(value))
    .flatMap((word) => whole(text, word));
}

function whole(text: string, word: Word): Span[] {
  if (word.value === "" || /^\$(?:\w+|\{\w+\})$/.test(word.value)) return [];
  return [{ ...placesOf(text, word, 0, word.value.length), kind: "command-password" }];
}

/** Each line of a here-document; of `NAME=value` and of `user:password` what stands behind the sign. */
function bodyOf(text: string, { start, end }: Range, pairs: boolean): Span[] {
  const found: Span[] = [];
  let at = start;
  for (const line of text.slice(start, end).split("\n", 100)) {
    const words = line.trim();
    const from = at + line.indexOf(words);
    at += line.length + 1;
    const head = (pairs ? /^[^:\s]{1,64}:/ : /^[A-Z][A-Z0-9_]{0,63}=(?!=?$)/).exec(words)?.[0].length ?? 0;
    const value = words.slice(head);
    if (value === "" || value === REDACTED || /^\$(?:\w+|\{\w+\}|\(.*\))$/.test(value)) continue;
    found.push({ start: from + head, end: from + words.length, kind: "command-password" });
  }
  return found;
}

function spanOf(text: string, words: readonly Word[], { word, start, end, kind }: Hit): Span {
  return { ...placesOf(text, words[word]!, start, end), kind };
}

/** `config set name value` and its like, whatever program stands before. */
const OTHERS = [
  "read",
  "config",
  "configure",
  "set",
  "printf",
  "echo",
  "sudo",
  "chpasswd",
  "kinit",
  "kpasswd",
  "secret-tool",
  "passin",
  "passout",
  "pass",
];
const PROGRAM = new RegExp(
  `(?<![\\w.-])(?:${[...PROGRAMS, ...OTHERS].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})(?=[ \\t])`,
  "g",
);
const LONGEST = 4_000;
/** `docker run -e "NAME=a b"` */
const SETTING = /\s(?:-e|--env|--build-arg|--set|--set-string|--?var|--parameters?)[ \t=]{1,4}["']|\s--arg\s/;
/** Different programs in one text whose rules are asked one by one. */
const MOST_ASKED = 8;
const QUOTING = /["'\\`]/g;

/**
 * Whether a command in the text may take a secret: a program stands there with an option or word that its rules look for. Spares
 * most commands the reading as a shell reads them. `isNamed`: the text holds a name of a secret.
 */
export function mayTakeSecret(text: string, isNamed: boolean): boolean {
  if (text.includes("@") && LOGIN.test(text)) return true;
  if (text.includes("-command ") || text.includes("-cmd ")) return true;
  if (text.includes("pass:") || (isNamed && SETTING.test(text))) return true;
  const bare = text.replace(QUOTING, "");
  // Here-documents and pipes hand over what stands outside the words of the command that takes it.
  if (text.includes("<<") && HANDED.test(bare)) return true;
  if (text.includes("|") && KEEPS.test(bare)) return true;
  const asked = new Set<string>();
  PROGRAM.lastIndex = 0;
  for (let match = PROGRAM.exec(bare); match !== null; match = PROGRAM.exec(bare)) {
    const name = match[0];
    if (asked.has(name)) continue;
    asked.add(name);
    if (asked.size > MOST_ASKED) return true;
    switch (name) {
      case "echo":
      case "sudo":
      case "chpasswd":
        if (/<<<|\|/.test(bare) && READS.test(bare)) return true;
        break;
      case "read":
        if (isNamed && bare.includes("<<<")) return true;
        break;
      case "printf":
        if ((isNamed && bare.includes("%")) || (bare.includes("|") && READS.test(bare))) return true;
        break;
      default:
        if (mayApply(name, bare, isNamed)) return true;
    }
  }
  return false;
}

/** `user:secret@host` as a word. */
const LOGIN = /\s["']?[\w.+-]{1,64}:[^\s:@/]{3,200}@/;
/** Programs that keep what they read from their input, by the word before. */
const KEEPS = /(?:secrets? |secrets? versions |env )(?:put|set|create|add) /;
const HANDED =
  /passwd|kinit |cryptsetup |secret-tool store |pass (?:insert|add) |ftp|stdin|with-token|passphrase-fd|read |(?:secrets? |secrets? versions |env )(?:put|set|create|add) /;

/** What a command that reads a password says. */
const READS =
  /passwd|kinit |cryptsetup |secret-tool store |pass (?:insert|add) |stdin|with-token|passphrase-fd|sudo[^|;&\n]{0,200} -[A-Za-z]{0,6}S/;

/** In any other text: each command that begins with a program of which a rule speaks, to its end or the end of its line. */
export function commandSecretsInText(text: string, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  PROGRAM.lastIndex = 0;
  for (let match = PROGRAM.exec(text); match !== null; match = PROGRAM.exec(text)) {
    if (!share.take(8, match.index)) break;
    const { words, end } = readWords(text, match.index, Math.min(text.length, match.index + LONGEST));
    const values = words.map(({ value }) => value);
    const taken = { steps: 2 * values.length };
    for (const hit of secretsOfCommand(values, taken)) found.push(spanOf(text, words, hit));
    share.take(taken.steps, match.index);
    if (/^(?:echo|printf)$/.test(match[0]) && text[end] === "|") {
      const reader = readWords(text, end + 1, Math.min(text.length, end + LONGEST));
      share.take(2 * reader.words.length, match.index);
      found.push(...handedOver(text, words, reader.words));
    }
    found.push(...hereStrings(text, words));
    PROGRAM.lastIndex = Math.max(PROGRAM.lastIndex, end);
  }
  return found;
}

function handedOver(text: string, words: readonly Word[], reader: readonly Word[]): Span[] {
  const [first, last] = [words[0]!, words.at(-1)!];
  const range = {
    start: first.start,
    end: last.end,
    assignments: [],
    redirections: [],
    pipedFrom: undefined,
    depth: 0,
  };
  return readsPassword({ ...range, words: reader }) ? printed(text, { ...range, words }) : [];
}

/** `sudo -S x <<< secret`, `<<<secret`: here the sign is a word. */
function hereStrings(text: string, words: readonly Word[]): Span[] {
  const at = words.findIndex(({ value }) => value.startsWith("<<<"));
  if (at < 0) return [];
  const range = { start: 0, end: 0, assignments: [], redirections: [], pipedFrom: undefined, depth: 0 };
  if (!readsPassword({ ...range, words: words.slice(0, at) }) && !readsIntoSecret(words.slice(0, at))) return [];
  const sign = words[at]!;
  if (sign.value !== "<<<") return [{ ...placesOf(text, sign, 3, sign.value.length), kind: "command-password" }];
  return at + 1 < words.length ? whole(text, words[at + 1]!) : [];
}

/** `setenv("TOKEN", "x")`, `SetEnvironmentVariable("TOKEN", "x")`, `putenv('TOKEN', 'x')` in source code. */
const CALL = /(?:t[eE]nv|tEnvironmentVariable) ?\( ?["']?([\w./:@-]{1,96})["']? ?, ?(["'])/g;
const LONGEST_VALUE = 1_000;

export function callsIn(text: string, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  for (const match of text.matchAll(CALL)) {
    if (!share.take(3, match.index)) break;
    const start = match.index + match[0].length;
    const value = text.slice(start, start + LONGEST_VALUE + 1).split(match[2]!, 1)[0]!;
    if (value === "" || value.length > LONGEST_VALUE || value.includes("\n") || value === REDACTED) continue;
    if (isSecretName(match[1]!)) found.push({ start, end: start + value.length, kind: "command-secret" });
  }
  return found;
}
