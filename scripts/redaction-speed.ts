// How long the redaction takes for a megabyte of hostile text: npm run fuzz:redaction (all), npm run check:speed (a third of a minute).
//
// Exits with 1 where a text takes more than MOST_SECONDS of processor time, in the short form twice that. Every text is made from a seed, so a slow one can be
// made again by its name: `--only <part of a name>`. Each text is tried as a prompt and, where it is among the slower ones, also
// in the other places in which a host hands over text. The whole takes at most `--minutes` (25): the texts that were slow once come
// first, then the others in the order of the seed, and the slowest are tried in the other places. The slowest of all are tried once
// more as the first text of a new process, whose code is not yet compiled. What was not tried is told.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a shell's signs, not ours
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { NAME_LITERALS } from "../packages/redact/dist/assignments.js";
import { FORMATS } from "../packages/redact/dist/detectors/index.js";
import { sampleOf, seeded } from "../packages/redact/dist/detectors/sample.js";
import { FORM_LITERALS } from "../packages/redact/dist/forms.js";
import { redactionPolicy, redactText } from "../packages/redact/dist/index.js";
import { COMMAND_WORDS } from "../packages/redact/dist/lookover.js";
import { URL_LITERALS } from "../packages/redact/dist/urls.js";
import type { EventDraft } from "../packages/sources/dist/event/draft.js";
import { prepare } from "../packages/trail/dist/event/prepare.js";

const MOST_SECONDS = 0.5;
const SIZE = 1_048_576;
/** A text that takes longer than this as a prompt is tried in every place. */
const SLOWER = 0.06;

interface Text {
  readonly name: string;
  readonly make: () => string;
}

const repeated = (unit: string): string => unit.repeat(Math.ceil(SIZE / unit.length)).slice(0, SIZE);
const of = (unit: string): Text => ({
  name: `${JSON.stringify(unit.slice(0, 60))} repeated`,
  make: () => repeated(unit),
});

/** Texts that were slow once, or make one detector do the most that it can. */
const KNOWN: readonly string[] = [
  ..."curl -u a:b |mysql -pabc |pass:|pass:x |config set token x |set a b |echo x ; sudo -S ls;|echo x & sudo -S ls\n|https://a?key=|https://a:b@c ".split(
    "|",
  ),
  "echo x | sudo -S ls\n",
  "echo x|sudo -S <<<a\n",
  "password=",
  "token: ",
  "token=x1y2 ",
  "key [a]: ",
  "password is ",
  "password for b: ",
  "| password | ",
  "<token>",
  "p\u0430ssword=x ",
  "p\u0430ss ",
  'pa""ss ',
  "a\u200b",
  "%70assword=a ",
  "\ud835\udc29",
  "\uff50=",
  "eyJ",
  "eyJ.",
  "bearer ",
  "Bearer abcdef ",
  "basic ",
  "://",
  "://a:b ",
  "@://",
  "-----BEGIN PRIVATE KEY",
  "-----BEGIN PRIVATE KEY-----\nAAAA",
  "\\",
  '\\"',
  '"password":{',
  '"token":"a",',
  "cookie: a\n",
  "x <<EOF\n",
  "cat <<A <<B <<C\n",
  "$(echo a) ",
  "`a` ",
  "'a b' ",
  "a;",
  "a|",
  ":5432:a:b:c ",
  "machine a login b password c ",
  "user a on >b ",
  'name="token" value="a" ',
  'setenv("TOKEN", "x")',
  "bash -c 'echo token=a' ;",
  'sh -c "x" | sh;',
  "eval 'a b' ",
  "cGFzc3dvcmQ9aHVudGVyMg== ",
  "cGFzc3dvcmQ9aHVudGVyMg",
  "dG9rZW4g",
  "token: |\n  x\n",
  "password:\n",
  "TOKEN=\\\n",
  "${TOKEN-",
  "${TOKEN:-a} ",
  "printf '%s%s%s' ",
  "printf token=%s a ",
  "read TOKEN <<< a\n",
  "gh secret set a b ",
  "vault kv put a b=c ",
  "docker login -p a ",
  "\\u0070assword=",
  "# token=a",
  '{"command":"curl -u a:b"}',
  '["curl","-u","a:b"],',
];

/** Texts in which one thing goes on and on. */
const LONG: readonly Text[] = Object.entries({
  "at signs before a scheme": () => `${repeated("@").slice(3)}://`,
  "backslashes behind a sign": () => `password=${repeated("\\")}`,
  "quotes behind a sign": () => `password=a${repeated("'")}`,
  "mixed quotes": () => `password=${repeated("\"'")}`,
  "substitutions behind a sign": () => `password=${repeated("$(")}`,
  "nested arrays": () => `${"[".repeat(SIZE / 2)}token${"]".repeat(SIZE / 2)}`,
  "quotes in a header": () => `cookie: ${repeated('"')}`,
  "options of one command": () => `curl${repeated(" -u a:")}`,
  "words of one command": () => `mysql ${repeated("curl ")}`,
  "blanks behind a name": () => `token${repeated(" ")}`,
  "escapes in JSON": () => `["${repeated("\\u00e9")}"]`,
  "JSON in JSON": () => JSON.stringify(JSON.stringify(JSON.stringify(repeated('{"token":"')))),
  "lists in lists as text": () => {
    let text = repeated("token=a ").slice(SIZE / 2);
    for (let depth = 0; depth < 16; depth++) text = JSON.stringify([text]);
    return text;
  },
  "a block that never ends": () => `token: |\n${repeated("  x\n")}`,
  "a here-document that never ends": () => `cat <<EOF\n${repeated("token=a\n")}`,
  "sudo and a here-string": () => `${repeated("sudo -a ")}<<<`,
  "base64 of names": () => Buffer.from(repeated("token ")).toString("base64").slice(0, SIZE),
  "base64 of base64": () => repeated(Buffer.from(Buffer.from("a".repeat(60)).toString("base64")).toString("base64")),
  "wrapped base64": () =>
    repeated(
      `${Buffer.from("plain text, nothing else in here at all, and so on over again").toString("base64").slice(0, 76)}\n`,
    ),
  "a long line of one letter": () => repeated("c"),
  "a long comment with names": () => `ls # ${repeated("token=a ")}`,
  "a deep sum": () => `echo $((${repeated("1+")}1))`,
}).map(([name, make]) => ({ name, make }));

/** Each literal that a detector looks for, as it stands and with what usually follows. */
function literals(): Text[] {
  const all = new Set([...NAME_LITERALS, ...FORM_LITERALS, ...URL_LITERALS, ...COMMAND_WORDS]);
  for (const { starts } of FORMATS) for (const start of starts) all.add(start);
  return [...all].flatMap((literal) => [of(literal), of(`${literal}=a `), of(`${literal} -p a:b\n`)]);
}

function samples(next: (below: number) => number): Text[] {
  return FORMATS.flatMap(({ samples }) => samples.map((sample) => of(`${sampleOf(sample, next)} `)));
}

/** Texts of random pieces, and units of random pieces that are repeated. */
function mixes(count: number, next: (below: number) => number): Text[] {
  const words = [
    ...KNOWN,
    ...literals().map(({ name }) => JSON.parse(name.slice(0, name.lastIndexOf('"') + 1)) as string),
    ..." |\n|\t|;|=|:|\"|'|\\|$(|)|`|{|}|[|]|,|-|--|/|@|a|1|x9|#|<|>|<<<|<<EOF\n|EOF\n|\u0430|\u200b|%70|é".split("|"),
    "|",
  ];
  return Array.from({ length: count }, (_, i) => {
    const size = i % 3 === 0 ? 20_000 : 1 + next(6);
    const unit = Array.from({ length: size }, () => words[next(words.length)]!).join("");
    return { name: `mix ${i}: ${JSON.stringify(unit.slice(0, 60))}`, make: () => repeated(unit) };
  });
}

const none = redactionPolicy({});
const own = redactionPolicy({ patterns: ["EMP-\\d{4}", "[a-z]+\\d+[a-z]+", "(a|b|ab)*c", "\\w+@\\w+"] });
const salt = () => new Uint8Array(32);
const options = { source: "claude-code" as const, redaction: none, salt };
const tool = { type: "tool.invoked", description: "d" };
const inPieces = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));

const many = (text: string, size: number) => inPieces(text, size).map((command) => ({ command }));
const named = (text: string) => Object.fromEntries(inPieces(text, 60).map((name, i) => [`${name}${i}`, 1]));
const prepared = (draft: EventDraft) => () => prepare(draft, options);

/** The places in which a host hands over text: each makes what is handed over, and what is timed. */
const PLACES: Readonly<Record<string, (text: string) => () => unknown>> = {
  text: (text) => () => redactText(text),
  command: (text) => () => redactText(text, [], "command"),
  prompt: (text) => prepared({ type: "prompt.submitted", description: "d", content: text }),
  argument: (text) => prepared({ ...tool, metadata: { args: { command: text } } }),
  file: (text) => prepared({ ...tool, metadata: { args: { content: text } } }),
  "JSON text": (text) => PLACES.text!(JSON.stringify({ command: text })),
  "JSON of long texts": (text) => prepared({ ...tool, content: { list: inPieces(text, 4_000) } }),
  "JSON of commands": (text) => prepared({ ...tool, content: many(text, 40) }),
  "JSON text of commands": (text) => PLACES.text!(JSON.stringify(many(text, 40))),
  "many arguments": (text) => prepared({ ...tool, metadata: { args: { list: inPieces(text, 60) } } }),
  "many names": (text) => prepared({ ...tool, content: named(text) }),
  "words of a command": (text) => prepared({ ...tool, content: { argv: text.split(" ") } }),
};

function secondsOf(run: () => unknown): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

/** Of the slowest, so many are also tried as the first text of a new process. */
const FRESH = 30;

/** The processor time of a new process for one text, in seconds, without that of its start. */
function secondsInNewProcess(place: string, name: string): number {
  const args = [fileURLToPath(import.meta.url), "--one", place, "--only", name];
  return Number(execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1_000 }));
}

/** The least of up to three: what the machine does besides is not the redaction's. */
function leastOf(run: () => unknown): number {
  let least = secondsOf(run);
  for (let i = 0; i < 2 && least > MOST_SECONDS * 0.9; i++) least = Math.min(least, secondsOf(run));
  return least;
}

/** In an order that the seed gives. */
function shuffled<T>(items: readonly T[], next: (below: number) => number): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const other = next(i + 1);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}

function main(args: readonly string[]): void {
  const isShort = args.includes("--short");
  const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const only = option("--only");
  const next = seeded(Number(process.env.SEED ?? 7));
  const begun = performance.now();
  const minutes = Number(option("--minutes") ?? 25);
  /** Whether a part of the time is over. */
  const isOver = (part: number): boolean => performance.now() - begun > minutes * 60_000 * part;
  const known = [...KNOWN.map(of), ...LONG];
  const one = option("--one");
  const texts = isShort
    ? [...known, ...mixes(8, next)]
    : [
        ...known,
        ...shuffled([...literals(), ...samples(next), ...mixes(Number(process.env.MIXES ?? 300), next)], next),
      ];
  if (one !== undefined) {
    const text = texts.find(({ name }) => name === only)?.make();
    if (text === undefined) throw new RangeError(`no text has the name ${only}`);
    process.stdout.write(String(secondsOf(PLACES[one]!(text))));
    return;
  }
  for (const text of ["warm up token=a curl -u a:b ", "a"])
    for (const place of Object.values(PLACES)) place(repeated(text).slice(0, 65_536))();
  const taken: { place: string; name: string; seconds: number }[] = [];
  const chosen = texts.filter(({ name }) => only === undefined || name.includes(only));
  const first: { name: string; make: () => string; seconds: number }[] = [];
  for (const { name, make } of chosen) {
    if (isOver(0.5)) break;
    const text = make();
    const seconds = leastOf(() => redactText(text));
    taken.push({ place: "text", name, seconds });
    first.push({ name, make, seconds });
  }
  // The other places: for all that take some time, or for the slowest.
  first.sort((a, b) => b.seconds - a.seconds);
  const slower =
    only !== undefined ? first : isShort ? first.slice(0, 4) : first.filter(({ seconds }) => seconds > SLOWER);
  let everywhere = 0;
  for (const { name, make } of slower) {
    if (isOver(1)) break;
    everywhere++;
    const text = make();
    for (const [place, run] of Object.entries(PLACES).slice(1))
      taken.push({ place, name, seconds: leastOf(run(text)) });
    if (!isShort) taken.push({ place: "own patterns", name, seconds: leastOf(() => redactText(text, own.patterns)) });
  }
  taken.sort((a, b) => b.seconds - a.seconds);
  const slowest = isShort ? [] : taken.filter(({ place }) => place in PLACES).slice(0, FRESH);
  for (const { place, name } of slowest) {
    if (isOver(1.15)) break;
    let seconds = secondsInNewProcess(place, name);
    for (let i = 0; i < 2 && seconds > MOST_SECONDS; i++) seconds = Math.min(seconds, secondsInNewProcess(place, name));
    taken.push({ place: `new process, ${place}`, name, seconds });
  }
  taken.sort((a, b) => b.seconds - a.seconds);
  // The short form runs beside other work, which slows each processor down.
  const most = isShort ? 2 * MOST_SECONDS : MOST_SECONDS;
  const slow = taken.filter(({ seconds }) => seconds > most);
  for (const { place, name, seconds } of taken.slice(0, Math.max(isShort ? 12 : 40, slow.length)))
    console.log(`${seconds.toFixed(3)} s  ${place}: ${name}`);
  console.log(
    `${first.length} of ${chosen.length} texts tried, ${everywhere} of the ${slower.length} slower ones in every place`,
  );
  console.log(`${taken.length} runs of ${SIZE} characters, ${slow.length} took more than ${most} s of processor time`);
  process.exitCode = slow.length === 0 ? 0 : 1;
}

main(process.argv.slice(2));
