// Source code and prose give names values that are no secrets: types, other names, calls, the next word of a sentence.
// Everything here looks at a bounded part of the text.
import { looksOpaque } from "./values.js";

const REACH = 120;
/** A name, or a path of names. */
const NAME = /^[A-Za-z_$][A-Za-z_$0-9]{0,80}(?:\.[A-Za-z_$][A-Za-z_$0-9]{0,80}){0,8}$/;
/** What begins an expression, a type or a template, and no word that somebody chose. */
const EXPRESSION =
  /^(?:[({<]|\/[*/]|\$\{\{|\$\{ |\{\{|await\b|new\b|this\.|async\b|function\b|typeof\b|keyof\b|infer\b|import\(|[A-Za-z_$][\w$]{0,80}(?:\.[A-Za-z_$][\w$]{0,80}){0,8}(?:\(|\[|\?\.))/;
/** Words before a name, on its line, that only code has. */
const CODE_LINE =
  /\b(?:const|let|var|return|function|export|import|declare|readonly|public|private|protected|static|await|def|fn|func|self|this|type|interface|class)\b|=>|[({[][^)}\]]{0,100}$/;
const LINE_END = /^[ \t]{0,8}(?:\r?\n|$)/;

export interface Given {
  readonly text: string;
  /** Where the name begins, and the value's place. */
  readonly keyStart: number;
  readonly start: number;
  readonly end: number;
  readonly key: string;
  /** White space stands between the sign and the value. */
  readonly gap: boolean;
  readonly colon: boolean;
}

/** Whether a value without quotes is an expression, a type or a name of something else. */
export function readsAsCode({ text, keyStart, start, end, key, gap, colon }: Given): boolean {
  const value = text.slice(start, Math.min(end, start + 200));
  // `auth=(a, b)` in source code, with and without a blank.
  if (value.startsWith("(")) return true;
  if (!gap) return false;
  if (EXPRESSION.test(value)) return true;
  const after = text.slice(end, end + 12);
  if (value.startsWith("[")) return !isListOfSecrets(text, start);
  const bare = value.replace(/[;,)\]}:]{1,4}$/, "");
  const closing = value.slice(bare.length) + after.trimStart();
  if (/^\d{1,6}$/.test(bare)) {
    // `auth.chainId : 0)`, `private keys: 32 bytes`.
    return /^[)\]]/.test(closing) || /^ [a-z]/.test(after);
  }
  if (!NAME.test(bare) || looksOpaque(bare) || looksRandom(bare)) return false;
  const isWords = /^[A-Za-z_$.]+$/.test(bare);
  const lastWord = (key.match(/[A-Za-z][a-z]+|[A-Z]+/g) ?? [key]).at(-1)!.toLowerCase();
  if (isWords && bare.toLowerCase().includes(lastWord)) return true;
  const isCodeLine = CODE_LINE.test(
    text
      .slice(Math.max(0, keyStart - REACH), keyStart)
      .split("\n")
      .at(-1)!,
  );
  if (bare.includes(".") && (/^[;,)]/.test(closing) || isCodeLine)) return true;
  // A type: `Uint8Array`, `BytesLike`, `Hex`.
  if (/^[A-Z]\w*[a-z]/.test(bare) && (/^[,;)|<[={&]/.test(closing) || isCodeLine)) return true;
  if (isWords && /[a-z][A-Z]/.test(bare) && /^[,;)]/.test(closing)) return true;
  if (isWords && isCodeLine && /^[,;)}]/.test(closing)) return true;
  if (isWords && closing.startsWith(";") && LINE_END.test(after.replace(";", ""))) return true;
  // The next word of a sentence: `auth: user 7 signed in`. A password may be a word.
  return colon && /^[a-z]{2,20}$/.test(bare) && /^ [\w(]/.test(after) && !/pass|pwd|phrase/i.test(key);
}

/** Letters and digits in a row that make no words: of many short pieces, or with four digits or more. */
function looksRandom(name: string): boolean {
  if (name.length < 10 || name.includes(".") || name.includes("_")) return false;
  if (/(?:\d[A-Za-z]{0,8}){4}/.test(name)) return true;
  const pieces = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];
  return pieces.length >= 4 && name.length / pieces.length < 3.5;
}

/** `[a, b]` without a quoted text or a word that looks like a secret is an index, a pattern or a list of numbers. */
function isListOfSecrets(text: string, start: number): boolean {
  const inside = text.slice(start + 1, start + 400).split("]", 1)[0]!;
  return /["']/.test(inside) || inside.split(/[\s,]+/, 20).some(looksOpaque);
}

const lettersOf = (text: string): string => text.replace(/[^A-Za-z]+/g, "").toLowerCase();

/** `INVALID_PASSWORD = "invalid-password"`: the name itself. */
export function repeatsName(value: string, key: string): boolean {
  return (
    value.length <= 80 && /^[A-Za-z]+(?:[-_ .:][A-Za-z]+){0,8}$/.test(value) && lettersOf(value) === lettersOf(key)
  );
}
