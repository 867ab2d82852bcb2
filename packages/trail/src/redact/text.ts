// Redaction of one text: cleaned of control characters, then every secret-shaped part masked in place.
import { parseShell, type Word } from "@sealtrail/shell";
import { assignmentsIn } from "./assignments.js";
import { cleanText } from "./clean.js";
import { clipToWords } from "./clip.js";
import { callsIn, commandSecretsIn, commandSecretsInText, mayTakeSecret, placesOf } from "./commands.js";
import { Masking } from "./compose.js";
import { disguisedIn } from "./disguised.js";
import { encodedIn } from "./encoded.js";
import { formsIn } from "./forms.js";
import { redactJsonText } from "./json-text.js";
import { keyBlocksIn } from "./keyblocks.js";
import { keyVerdict } from "./keywords.js";
import { GROUP, lookOver } from "./lookover.js";
import type { Redacted } from "./marker.js";
import type { Pattern } from "./patterns.js";
import { shapesIn } from "./shapes.js";
import { looksLikeShell } from "./shell-line.js";
import { addAll, type Span } from "./span.js";
import { tokensIn } from "./tokens.js";
import { isDisguised } from "./undisguise.js";
import { urlCredentialsIn } from "./urls.js";
import { looksOpaque } from "./values.js";

/** A longer text is not read as a command; what is kept of one is much shorter. */
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

const holdsSecret = (inner: string) => redactText(inner).count > 0;

/**
 * A text that is safe to write. Linear in its length, never throws; doing it twice changes nothing.
 * JSON inside the text is redacted by its keys as well.
 */
export function redactText(input: string, patterns: readonly Pattern[] = [], reading?: Reading): Redacted {
  const text = cleanText(input);
  const isHidden = isDisguised(text);
  const groups = lookOver(text);
  const masking = new Masking(text);
  if (isHidden || groups !== 0) {
    const json = redactJsonText(text, patterns, redactText);
    if (json !== undefined && json.count > 0) return json;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      // What was masked may have kept a disguise or a literal from being seen.
      const now = round === 0 || text.length > LONG ? { groups, isHidden } : seenIn(masking.text);
      const find = finder(now.groups, json !== undefined, now.isHidden, reading);
      if (!masking.add(find(masking, round)) || (text.length > LONG && masking.count > MANY)) break;
    }
  } else if (text.length >= 16) masking.add(encodedIn(text, holdsSecret));
  for (const pattern of patterns) masking.add(pattern.spansIn(masking.text));
  if (masking.count === 0) return { text, count: 0 };
  return { text: masking.text, count: masking.count, secrets: masking.secrets() };
}

function seenIn(text: string): { groups: number; isHidden: boolean } {
  return { groups: lookOver(text), isHidden: isDisguised(text) };
}

function finder(
  groups: number,
  isJson: boolean,
  isHidden: boolean,
  reading: Reading,
): (masking: Masking, round: number) => Span[] {
  return (masking, round) => {
    const { text } = masking;
    const found = spansIn(text, groups, isJson, isHidden);
    if (isJson) return found;
    // Words of commands are looked at once more only in a short text; in a long one that would double the cost.
    if (round > 0 && text.length > LONG_COMMAND && !masking.isNew(found)) return [];
    const mayHoldCommand =
      (groups & GROUP.command) !== 0 && (isHidden || mayTakeSecret(text, (groups & GROUP.name) !== 0));
    if ((groups & GROUP.command) !== 0) addAll(found, callsIn(text));
    // In a nested script names and values may stand between quotes that hide them from the detectors.
    const mayBeNested = (groups & (GROUP.name | GROUP.form | GROUP.command)) !== 0 && NESTED_QUOTE.test(text);
    if (found.length === 0 && !mayHoldCommand && !mayBeNested) return found;
    const isCommand = reading === "command" || (reading === undefined && looksLikeShell(text));
    if (isCommand && text.length <= LONGEST_COMMAND) {
      const script = parseShell(text);
      addAll(found, commandSecretsIn(text, script));
      for (const word of script.words) if (word.isScript) addAll(found, spansInScript(text, word, isHidden));
      return clipToWords(text, found, script);
    }
    if (mayHoldCommand) addAll(found, commandSecretsInText(text));
    return found;
  };
}

/** What is found in a nested script as its shell reads it: there names and values stand without the quotes around the script. */
function spansInScript(text: string, word: Word, isHidden: boolean): Span[] {
  const { value } = word;
  const spans = spansIn(value, lookOver(value), false, isHidden);
  return spans.map(({ start, end, kind }) => ({ ...placesOf(text, word, start, end), kind }));
}

/** What the detectors of these groups find; in JSON text whose keys were looked at one by one, only what has a shape. */
function spansIn(text: string, groups: number, isJson: boolean, isHidden: boolean): Span[] {
  const found: Span[] = [];
  if (groups & GROUP.block) addAll(found, keyBlocksIn(text));
  if (groups & GROUP.token) addAll(found, tokensIn(text));
  if (groups & GROUP.shape) addAll(found, shapesIn(text));
  if (isJson) return found;
  if (groups & GROUP.url) addAll(found, urlCredentialsIn(text));
  if (groups & GROUP.name) addAll(found, assignmentsIn(text));
  if (groups & (GROUP.name | GROUP.form)) addAll(found, formsIn(text));
  if (text.length >= 16) addAll(found, encodedIn(text, holdsSecret));
  if (isHidden) addAll(found, disguisedIn(text));
  return found.filter(({ start, end }) => end > start && !IS_NONE.test(text.slice(start, Math.min(end, start + 11))));
}

/** `agent:auth:telegram:direct:111`: names with colons between, as hosts make their keys. */
const KEY_PATH = /^[\w.@+ -]{1,200}(?:[:/|][\w.@+ -]{0,200}){1,32}$/;

/**
 * Whether an identifier holds a secret. In one that is names with colons between, `auth:telegram` gives no name a value: there
 * a secret is told by its own shape, or because it looks like one behind such a name.
 */
export function redactId(id: string, patterns: readonly Pattern[]): boolean {
  if (!KEY_PATH.test(id)) return redactText(id, patterns).count > 0;
  if (tokensIn(id).length > 0 || shapesIn(id).length > 0) return true;
  const parts = id.split(/[:/|]/);
  if (parts.some((part, i) => i > 0 && keyVerdict(parts[i - 1]!) !== "clear" && looksOpaque(part))) return true;
  return patterns.some((pattern) => pattern.spansIn(id).length > 0);
}
