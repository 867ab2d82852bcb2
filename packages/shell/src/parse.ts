// A text is read level by level: the text itself, then each script that stands in one of its words.
import { type Bounds, Collected, type FoundCommand } from "./collect.js";
import type { Level } from "./level.js";
import { readsScript, scriptWords } from "./runners.js";
import { readTokens } from "./tokens.js";
import { readTree } from "./tree.js";
import type { Limits, Range, Script } from "./types.js";
import type { SourceWord } from "./word.js";

const SIZE = 65_536;
const DEPTH = 8;
const NESTED = 262_144;

/**
 * What the text of a shell command would run. Never throws. Time is linear in the text and its nested scripts, which are
 * bounded; what lies beyond the bounds, or is no shell, is read more simply, and `opaque` says so.
 *
 * @public
 */
export function parseShell(text: string, limits: Limits = {}): Script {
  const bounds: Bounds = {
    size: limits.size ?? SIZE,
    depth: limits.depth ?? DEPTH,
    nested: limits.nested ?? NESTED,
  };
  const into = new Collected(bounds);
  read({ text, places: undefined, depth: 0 }, into);
  const { commands, words, substitutions, opaque } = into;
  const bodies = into.bodies.filter((body) => !into.scripts.has(body));
  return { commands, words, substitutions, bodies, opaque };
}

function read(level: Level, into: Collected): void {
  const first = into.commands.length;
  const nested = (inner: Level) => {
    if (into.admits(inner)) read(inner, into);
  };
  const fits = level.text.length <= into.bounds.size;
  if (!fits || !readTree(level, into, nested)) {
    into.opaque ??= fits ? "syntax" : "size";
    readTokens(level, into);
  }
  const last = into.commands.length;
  for (let i = first; i < last; i++) readNested(into.commands[i]!, into, nested);
}

function readNested(command: FoundCommand, into: Collected, nested: (level: Level) => void): void {
  if (command.done) return;
  command.done = true;
  for (const index of scriptWords(command.words)) asScript(command.words[index]!, into, nested);
  const reads = readsScript(command);
  for (const { target, operator, body, script } of command.redirections) {
    if (reads && operator === "<<<" && target !== undefined) asScript(target, into, nested);
    if (body === undefined) continue;
    into.bodies.push(body);
    if (reads && script !== undefined) asBody(body, script, into, nested);
  }
  if (!reads) return;
  // `echo '...' | sh`, with any number of filters between.
  let from = command.pipedFrom;
  for (let n = 0; from !== undefined && n < 8; n++) {
    const before: FoundCommand = into.commands[from]!;
    for (const word of before.words.slice(1, 64)) if (/\s/.test(word.value)) asScript(word, into, nested);
    for (const { body, script } of before.redirections) {
      if (body !== undefined && script !== undefined) asBody(body, script, into, nested);
    }
    from = before.pipedFrom;
  }
}

function asBody(body: Range, script: Level, into: Collected, nested: (level: Level) => void): void {
  if (into.scripts.has(body)) return;
  into.scripts.add(body);
  nested(script);
}

function asScript(word: SourceWord, into: Collected, nested: (level: Level) => void): void {
  if (word.isScript) return;
  const level = word.script();
  if (!into.admits(level)) return;
  into.bounds.nested += level.text.length; // `nested` asks again
  word.isScript = true;
  nested(level);
}
