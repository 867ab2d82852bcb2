// The words of one command that stands in other text, as in a log or an answer: from its program to the end of the command.
import type { Level } from "./level.js";
import { skipAnsi, skipExpansion, skipSingle } from "./skip.js";
import type { Word } from "./types.js";
import { SourceWord } from "./word.js";

/**
 * The words from `from` up to an operator, a line end, a quote that is not closed on its line, or `to`. Linear in what it passes.
 * `end` is where it stopped.
 *
 * @public
 */
export function readWords(text: string, from: number, to = text.length): { words: Word[]; end: number } {
  const level: Level = { text, places: undefined, depth: 0 };
  const line = text.indexOf("\n", from);
  const end = Math.min(to, line < 0 ? text.length : line);
  const words: Word[] = [];
  let word = -1;
  let at = from;
  const finish = () => {
    if (word >= 0) words.push(new SourceWord(level, word, at));
    word = -1;
  };
  for (; at < end; ) {
    const c = text[at]!;
    let next = at + 1;
    if (c === " " || c === "\t" || c === "\r") {
      finish();
      at = next;
      continue;
    }
    if (";|&)".includes(c) && !(c === "&" && text[at + 1] === ">")) break;
    if (c === "\\") next = text[at + 1] === "\n" ? end : at + 2;
    else if (c === "'") next = skipSingle(text, next, end);
    else if (c === '"' || c === "`") next = skipExpansion(text, at, end);
    else if (c === "$" && text[next] === "'") next = skipAnsi(text, at + 2, end);
    else if (
      (c === "$" && (text[next] === "(" || text[next] === "{")) ||
      ((c === "<" || c === ">") && text[next] === "(")
    )
      next = skipExpansion(text, at, end);
    // A quote that is closed nowhere on the line ends what it stands around.
    if (next >= end && (c === "'" || c === '"' || c === "`") && text[end - 1] !== c) break;
    if (word < 0) word = at;
    at = Math.min(next, end);
  }
  finish();
  return { words, end: at };
}
