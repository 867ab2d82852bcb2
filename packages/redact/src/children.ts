// What stands in a list or a mapping under a secret's name, every child and not only the first: YAML's blocks, and lists in brackets.
import { type KeyVerdict, keyVerdict } from "./keywords.js";
import { REDACTED } from "./marker.js";
import type { Span } from "./span.js";
import { isPasswordName, isSecretCell } from "./tables.js";
import { looksOpaque } from "./values.js";
import { type Share, UNBOUNDED } from "./work.js";

/** A name at the end of its line, at most with a tag or an anchor behind it. */
const PARENT =
  /(?:^|\n)([ \t]{0,60}(?:- {1,4})?)["']?([\w.-]{1,96})["']?:(?: {1,4}[!&][\w!.:/-]{0,60}){0,2}[ \t]{0,8}(?=\r?\n)/g;
const CHILD =
  /([ \t]{0,80})(?:(- {1,8})|(["']?[\w.-]{1,96}["']?: {1,8}))(?:[!&][\w!.:/-]{0,60} {1,4}){0,2}["']?([^\s"'#,;{}[\]]{4,1000})["']?[ \t]{0,8}(?=\r?\n|$)/y;

/** `tokens: [a, b]`: under a name that also stands for other things, what looks like a secret. */
const NAME_BEFORE = /([\w.-]{1,96})["']?[ \t]{0,4}[:=][ \t]{0,4}$/;
const ITEM = /[^\s,"'&!]{4,1000}/g;
const LONGEST_LIST = 4_000;

export function itemsIn(text: string, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  for (let at = text.indexOf("["); at >= 0; at = text.indexOf("[", at + 1)) {
    if (!share.take(1, at)) break;
    if (!/[\s:=]/.test(text[at - 1] ?? "x") || text.startsWith(REDACTED, at)) continue;
    const name = NAME_BEFORE.exec(text.slice(Math.max(0, at - 106), at))?.[1];
    const verdict = name === undefined ? "clear" : keyVerdict(name);
    if (verdict === "clear") continue;
    const end = text.slice(at, at + LONGEST_LIST).search(/[\]\n]/);
    if (end < 0) continue;
    if (!share.take(2, at)) break;
    for (const { 0: item, index } of text.slice(at + 1, at + end).matchAll(ITEM))
      if (looksOpaque(item))
        found.push({ start: at + 1 + index, end: at + 1 + index + item.length, kind: "named-secret" });
    at += end;
  }
  return found;
}

export function childrenIn(text: string, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  PARENT.lastIndex = 0;
  for (let match = PARENT.exec(text); match !== null; match = PARENT.exec(text)) {
    if (!share.take(1, match.index)) break;
    const [, before, name] = match;
    const verdict = keyVerdict(name!);
    if (verdict === "clear") continue;
    PARENT.lastIndex = below(text, PARENT.lastIndex, before!.length, name!, verdict, share, found);
  }
  return found;
}

/** Reads the lines below a name, and returns the end of the last of them. */
function below(
  text: string,
  from: number,
  indent: number,
  name: string,
  verdict: KeyVerdict,
  share: Share,
  found: Span[],
): number {
  let end = from;
  for (;;) {
    const start = text.indexOf("\n", end) + 1;
    if (start === 0 || start >= text.length || !share.take(1, start)) return end;
    CHILD.lastIndex = start;
    const match = CHILD.exec(text);
    if (match === null) return end;
    const [whole, blanks, item, , value] = match;
    if (blanks!.length < indent || (blanks!.length === indent && item === undefined)) return end;
    // Under a name of passwords each item of a list is one; of a mapping the names below may say something else.
    const isPassword = item !== undefined && isPasswordName(name);
    if (isSecretCell(value!, verdict, isPassword, false)) {
      const at = start + whole.lastIndexOf(value!);
      found.push({ start: at, end: at + value!.length, kind: "named-secret" });
    }
    end = start + whole.length;
  }
}
