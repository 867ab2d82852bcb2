// Redaction of one text: cleaned of control characters, then every secret-shaped part masked in place.
import { parseShell, type Word } from "@sealtrail/shell";
import { assignmentsIn } from "./assignments.js";
import { childrenIn, itemsIn } from "./children.js";
import { cleanText } from "./clean.js";
import { clipToWords } from "./clip.js";
import { coarseIn } from "./coarse.js";
import { callsIn, commandSecretsIn, commandSecretsInText, comparedIn, mayTakeSecret, placesOf } from "./commands.js";
import { Masking } from "./compose.js";
import { disguisedIn } from "./disguised.js";
import { encodedIn } from "./encoded.js";
import { formsIn } from "./forms.js";
import { mayBeJson, redactJsonText } from "./json-text.js";
import { keyBlocksIn } from "./keyblocks.js";
import { keyVerdict } from "./keywords.js";
import { GROUP, lookOver } from "./lookover.js";
import type { Redacted } from "./marker.js";
import type { Pattern } from "./patterns.js";
import { shapesIn } from "./shapes.js";
import { looksLikeShell } from "./shell-line.js";
import { addAll, type Span } from "./span.js";
import { tablesIn } from "./tables.js";
import { tokensIn } from "./tokens.js";
import { isDisguised, mayBeDisguised } from "./undisguise.js";
import { urlCredentialsIn } from "./urls.js";
import { looksOpaque } from "./values.js";
import { Reach, Share, Work } from "./work.js";

/** Of a longer command the words are not read. */
const LONGEST_COMMAND = 262_144;
/** A mask can join what stood apart, so that a rule matches only now: what is written must be at rest. */
const MOST_ROUNDS = 4;
/** In a long text with so many masks one reading is all: its cost is that of the text and not a multiple of it. */
const LONG = 65_536;
const LONG_COMMAND = 4_096;
const MANY = 1_000;

/** Whether the text is a shell command: then no mask goes beyond a word of it. Undefined: as it looks. */
export type Reading = "command" | "text" | undefined;

/** A mark that stands there already, or the place that a format has for a value. */
const IS_NONE = /^(?:\[REDACTED\]|%[sdq])$/;

const NESTED_QUOTE = /\\["'`]/;

/** Steps (work.ts) of a text besides what stands in it, and of a character of JSON or of a command that is read. */
const STEPS = { text: 80, json: 1 / 12, command: 1 / 2, word: 2 } as const;

/**
 * A text that is safe to write. Linear in its length, never throws; doing it twice changes nothing. JSON inside the text is redacted
 * by its keys as well. `work` holds the steps of the event that the text belongs to; beyond them the text is read coarsely.
 *
 * @public
 */
export function redactText(
  input: string,
  patterns: readonly Pattern[] = [],
  reading?: Reading,
  work: Work = new Work(),
): Redacted {
  const text = cleanText(input);
  if (work.left <= 0) return coarselyRedacted(text, patterns, reading);
  const groups = lookOver(text);
  const isHidden = isDisguised(text, work);
  const masking = new Masking(text);
  const reach = new Reach(work);
  if ((isHidden || groups !== 0) && !work.take(STEPS.text)) {
    masking.add(coarseIn(text, 0, isHidden, isCommand(text, reading)));
  } else if (isHidden || groups !== 0) {
    const json =
      mayBeJson(text) && work.take(text.length * STEPS.json)
        ? redactJsonText(text, patterns, redactText, work)
        : undefined;
    if (json !== undefined && json.count > 0) return json;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      // What was masked may have kept a disguise or a literal from being seen.
      const now = round === 0 || text.length > LONG ? { groups, isHidden } : seenIn(masking.text);
      const found = findIn(masking, { ...now, isJson: json !== undefined, reading, round }, reach);
      const isWhole = reach.end >= masking.text.length;
      if (!isWhole) addAll(found, coarseIn(masking.text, reach.end, isHidden, isCommand(text, reading)));
      if (!masking.add(found) || !isWhole || (text.length > LONG && masking.count > MANY)) break;
    }
  } else if (text.length >= 16) masking.add(encodedIn(text, holdsSecret(work), new Share(work.left)));
  return masked(masking, patterns);
}

/** Redaction of a text for which no steps are left. An event may have a hundred thousand of them: each takes as little as it can. */
function coarselyRedacted(text: string, patterns: readonly Pattern[], reading: Reading): Redacted {
  const found = coarseIn(text, 0, mayBeDisguised(text), isCommand(text, reading));
  if (found.length === 0 && patterns.length === 0) return { text, count: 0 };
  const masking = new Masking(text);
  masking.add(found);
  return masked(masking, patterns);
}

function masked(masking: Masking, patterns: readonly Pattern[]): Redacted {
  for (const pattern of patterns) masking.add(pattern.spansIn(masking.text));
  if (masking.count === 0) return { text: masking.text, count: 0 };
  return { text: masking.text, count: masking.count, secrets: masking.secrets() };
}

const isCommand = (text: string, reading: Reading): boolean =>
  reading === "command" || (reading === undefined && looksLikeShell(text));

const holdsSecret = (work: Work) => (inner: string) => redactText(inner, [], undefined, work).count > 0;

interface Seen {
  readonly groups: number;
  readonly isHidden: boolean;
}

function seenIn(text: string): Seen {
  return { groups: lookOver(text), isHidden: isDisguised(text) };
}

interface Round extends Seen {
  /** The text is JSON whose members were looked at one by one. */
  readonly isJson: boolean;
  readonly reading: Reading;
  readonly round: number;
}

function findIn(masking: Masking, { groups, isHidden, isJson, reading, round }: Round, reach: Reach): Span[] {
  const { text } = masking;
  const found = spansIn(text, groups, isJson, isHidden, reach);
  if (isJson) return found;
  // Words of commands are looked at once more only in a short text; in a long one that would double the cost.
  if (round > 0 && text.length > LONG_COMMAND && !masking.isNew(found)) return [];
  const mayHoldCommand =
    (groups & GROUP.command) !== 0 &&
    (isHidden || text.length > LONG || mayTakeSecret(text, (groups & GROUP.name) !== 0));
  if ((groups & GROUP.command) !== 0)
    addAll(
      found,
      reach.share((share) => callsIn(text, share)),
    );
  if ((groups & GROUP.name) !== 0 && text.length <= LONGEST_COMMAND && isCommand(text, reading))
    addAll(found, comparedIn(text));
  // In a nested script names and values may stand between quotes that hide them from the detectors.
  const mayBeNested = (groups & (GROUP.name | GROUP.form | GROUP.command)) !== 0 && NESTED_QUOTE.test(text);
  if (found.length === 0 && !mayHoldCommand && !mayBeNested) return found;
  if (isCommand(text, reading)) return inCommand(text, found, isHidden, reach);
  if (mayHoldCommand)
    addAll(
      found,
      reach.share((share) => commandSecretsInText(text, share)),
    );
  return found;
}

/** The spans of a text that is a command, with what its words say, each cut to a word. */
function inCommand(text: string, found: Span[], isHidden: boolean, reach: Reach): Span[] {
  const { work } = reach;
  if (text.length > LONGEST_COMMAND || !work.take(text.length * STEPS.command)) {
    // Without its words no span can be cut: the coarse reading takes nothing that goes beyond one.
    reach.end = 0;
    return [];
  }
  const script = parseShell(text);
  work.left -= STEPS.word * (script.words.length + found.length);
  addAll(found, commandSecretsIn(text, script));
  for (const word of script.words) {
    if (!word.isScript) continue;
    const inner = new Reach(work);
    addAll(found, spansInScript(text, word, isHidden, inner));
    if (inner.end < word.value.length) reach.end = Math.min(reach.end, word.start);
  }
  return clipToWords(text, found, script);
}

/** What is found in a nested script as its shell reads it: there names and values stand without the quotes around the script. */
function spansInScript(text: string, word: Word, isHidden: boolean, reach: Reach): Span[] {
  const { value } = word;
  const spans = spansIn(value, lookOver(value), false, isHidden, reach);
  return spans.map(({ start, end, kind }) => ({ ...placesOf(text, word, start, end), kind }));
}

/** What the detectors of these groups find; in JSON text whose keys were looked at one by one, only what has a shape. */
function spansIn(text: string, groups: number, isJson: boolean, isHidden: boolean, reach: Reach): Span[] {
  const found: Span[] = [];
  const add = (detector: (text: string, share: Share) => readonly Span[]) =>
    addAll(
      found,
      reach.share((share) => detector(text, share)),
    );
  if (groups & GROUP.block) addAll(found, keyBlocksIn(text));
  if (groups & GROUP.token) add(tokensIn);
  if (groups & GROUP.shape) add(shapesIn);
  if (isJson) return found;
  if (groups & GROUP.url) add(urlCredentialsIn);
  if (groups & GROUP.name) {
    add(assignmentsIn);
    if (text.includes("[")) add(itemsIn);
    if (text.includes("\n")) {
      add(tablesIn);
      add(childrenIn);
    }
  }
  if (groups & (GROUP.name | GROUP.form)) add(formsIn);
  if (text.length >= 16) add((_, share) => encodedIn(text, holdsSecret(reach.work), share));
  if (isHidden) add(disguisedIn);
  return found.filter(({ start, end }) => end > start && !IS_NONE.test(text.slice(start, Math.min(end, start + 11))));
}

/** `agent:auth:telegram:direct:111`: names with colons between, as hosts make their keys. */
const KEY_PATH = /^[\w.@+ -]{1,200}(?:[:/|][\w.@+ -]{0,200}){1,32}$/;

/**
 * Whether an identifier holds a secret. In one that is names with colons between, `auth:telegram` gives no name a value: there
 * a secret is told by its own shape, or because it looks like one behind such a name.
 *
 * @internal
 */
export function redactId(id: string, patterns: readonly Pattern[]): boolean {
  if (!KEY_PATH.test(id)) return redactText(id, patterns).count > 0;
  if (tokensIn(id).length > 0 || shapesIn(id).length > 0) return true;
  const parts = id.split(/[:/|]/);
  if (parts.some((part, i) => i > 0 && keyVerdict(parts[i - 1]!) !== "clear" && looksOpaque(part))) return true;
  return patterns.some((pattern) => pattern.spansIn(id).length > 0);
}
