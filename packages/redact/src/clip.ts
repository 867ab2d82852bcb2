// In a command no mask may hide what runs: each span is cut to the shell's word that it begins in, and substitutions in that
// word stay readable. Whoever steers an agent could else write a command so that a mask swallows the rest of it.
import { type Command, nameOf, type Range, type Script } from "@sealtrail/shell";
import { namesProgram } from "./programs.js";
import type { Span } from "./span.js";

/** Names of schemes after which a header's secret is the next word: `echo authorization: token x`. */
const SCHEME = /^["']?(?:bearer|basic|token|digest|negotiate|apikey|ntlm|hmac)["']?$/i;
/** What such a secret may look like; a path or a command name is none. */
const CREDENTIAL = /^(?=[^\s]{0,200}\d)[A-Za-z0-9_~+][A-Za-z0-9+/=._~-]{11,}$/;
const LONGEST_GAP = 256;

/** The spans as they may be masked in a text that `script` was read from. */
export function clipToWords(text: string, spans: readonly Span[], script: Script): Span[] {
  if (spans.length === 0) return [];
  const pieces = piecesOf([...script.words.filter((word) => !word.isScript), ...script.bodies], script.substitutions);
  const commands = [...script.commands].sort((a, b) => a.start - b.start);
  return spans.flatMap((span) => clipped(text, span, pieces, commands));
}

function clipped(text: string, span: Span, pieces: readonly Piece[], commands: readonly Command[]): Span[] {
  const within = wordAt(text, span, pieces);
  if (within === undefined) return [];
  if (mayRun(text, span, within.word, commands)) return [];
  const { word, hole } = within;
  // What a substitution prints is not known; what it runs is no secret. Some detectors take backticks for quotes.
  if (hole !== undefined && covers(text, span, hole)) return [];
  let start = Math.max(span.start, word.start);
  let end = Math.min(span.end, word.end);
  if (span.end > word.end && SCHEME.test(text.slice(start, Math.min(end, start + 32)))) {
    const next = nextWord(text, word, pieces);
    if (next === undefined || !CREDENTIAL.test(text.slice(next.start, Math.min(next.end, next.start + 4_096))))
      return [];
    ({ start, end } = next);
  }
  // All but what runs in substitutions.
  const parts: { start: number; end: number }[] = [];
  for (let i = firstEndingAfter(pieces, start); i < pieces.length && pieces[i]!.from < end; i++) {
    const piece = pieces[i]!;
    if (piece.hole !== hole) continue;
    const part = { start: Math.max(start, piece.from), end: Math.min(end, piece.to) };
    const last = parts.at(-1);
    if (last !== undefined && last.end === part.start) last.end = part.end;
    else parts.push(part);
  }
  if (parts.length === 0 && within.isLoose) parts.push({ start, end });
  const isWhole = parts.length === 1 && parts[0]!.start === span.start && parts[0]!.end === span.end;
  // A word's own quotes stay, so that it stays a word.
  return isWhole
    ? [span]
    : parts.map((part) => ({ ...inQuotes(text, part), kind: span.kind })).filter((part) => part.end > part.start);
}

/** Whether a span is all of a substitution but its signs. */
function covers(text: string, span: Span, hole: Range): boolean {
  const opens = text.slice(hole.start, Math.min(span.start, hole.start + 16));
  const closes = text.slice(Math.max(span.end, hole.end - 16), hole.end);
  return (
    span.start - hole.start <= 16 &&
    hole.end - span.end <= 16 &&
    /^[\\`$("'<>]*$/.test(opens + closes.replaceAll(")", ""))
  );
}

/** Without quotes that open or close at the ends of a part. */
function inQuotes(text: string, part: { start: number; end: number }): { start: number; end: number } {
  let { start, end } = part;
  while (start < end && "\\\"'`".includes(text[start]!)) start++;
  while (end > start && "\\\"'`".includes(text[end - 1]!)) end--;
  return { start, end };
}

/** A piece of the text in which the same word and the same substitution are the innermost. */
interface Piece {
  readonly from: number;
  readonly to: number;
  /** The word around it; around the substitution where it stands between the words of one. */
  readonly word: Range | undefined;
  /** The substitution that `word` stands in. */
  readonly wordHole: Range | undefined;
  /** The substitution that the piece stands in. */
  readonly hole: Range | undefined;
}

type Open = Omit<Piece, "from" | "to"> & { readonly range: Range };

function piecesOf(words: readonly Range[], holes: readonly Range[]): Piece[] {
  const ordered = [
    ...words.map((range) => ({ range, isHole: false })),
    ...holes.map((range) => ({ range, isHole: true })),
  ].filter(({ range }) => range.end > range.start);
  ordered.sort(
    (a, b) => a.range.start - b.range.start || b.range.end - a.range.end || Number(a.isHole) - Number(b.isHole),
  );
  const pieces: Piece[] = [];
  const open: Open[] = [];
  let at = 0;
  const upTo = (place: number) => {
    const inner = open.at(-1);
    if (inner !== undefined && place > at) {
      const { word, wordHole, hole } = inner;
      pieces.push({ from: at, to: place, word, wordHole, hole });
    }
    at = Math.max(at, place);
  };
  for (const { range, isHole } of ordered) {
    while (open.length > 0 && open.at(-1)!.range.end <= range.start) {
      upTo(open.at(-1)!.range.end);
      open.pop();
    }
    upTo(range.start);
    const outer = open.at(-1);
    const hole = isHole ? range : outer?.hole;
    open.push(
      isHole
        ? { range, word: outer?.word, wordHole: outer?.wordHole, hole }
        : { range, word: range, wordHole: outer?.hole, hole },
    );
  }
  while (open.length > 0) {
    upTo(open.at(-1)!.range.end);
    open.pop();
  }
  return pieces;
}

/** The word in which a span begins; one that begins between two words belongs to the next, in a comment to the line. */
function wordAt(
  text: string,
  span: Span,
  pieces: readonly Piece[],
): { word: Range; hole: Range | undefined; isLoose?: boolean } | undefined {
  const index = firstEndingAfter(pieces, span.start);
  const piece = pieces[index];
  if (piece !== undefined && piece.from <= span.start) {
    return piece.word === undefined ? undefined : { word: piece.word, hole: piece.wordHole };
  }
  const before = pieces[index - 1]?.to ?? 0;
  const gap = text.slice(Math.max(before, span.start - LONGEST_GAP), span.start);
  const comment = gap.lastIndexOf("#");
  if (comment >= 0 && !gap.includes("\n", comment)) {
    // The text behind the span is not looked at: many spans may stand in one long comment.
    const line = text.slice(span.start, span.end).indexOf("\n");
    return {
      word: { start: span.start, end: line < 0 ? span.end : span.start + line },
      hole: undefined,
      isLoose: true,
    };
  }
  if (piece?.word !== undefined && piece.from < span.end) return { word: piece.word, hole: piece.wordHole };
  // What the reader left out: up to the next white space or operator.
  const stop = text.slice(span.start, span.end).search(/[\s;&|<>()]/);
  const end = stop < 0 ? span.end : span.start + stop;
  return end > span.start ? { word: { start: span.start, end }, hole: undefined, isLoose: true } : undefined;
}

/** Programs that run what stands behind their options. */
const WRAPPERS: ReadonlySet<string> = new Set(
  "sudo doas env nice ionice nohup time timeout xargs exec command builtin stdbuf setsid chroot watch flock unshare nsenter strace ltrace runuser su chrt taskset systemd-run caffeinate find parallel busybox if while until !".split(
    " ",
  ),
);

/**
 * `sudo -p password: reboot`: the name stands in a word of its own, and what seems to be its value is what runs. Where it
 * does not look like a credential, it stays.
 */
function mayRun(text: string, span: Span, word: Range, commands: readonly Command[]): boolean {
  if (span.start - word.start > 1) return false;
  let before = word.start - 1;
  while (before >= 0 && (text[before] === " " || text[before] === "\t")) before--;
  if (before === word.start - 1 || !/[:=>"']/.test(text[before] ?? "")) return false;
  const command = commandAround(word, commands);
  if (command === undefined) return false;
  // `TOKEN= curl x` sets nothing and runs curl. A word alone behind the sign may be a value with a blank too much.
  if (text[before] === "=" && command.words[0]?.start === word.start)
    return (
      !CREDENTIAL.test(text.slice(word.start, Math.min(word.end, word.start + 4_096))) &&
      (command.words.length > 1 || namesProgram(command.words[0].value))
    );
  const earlier = command.words
    .slice(0, 16)
    .filter(({ end }) => end <= word.start)
    .map(({ value }) => nameOf(value));
  if (!earlier.some((name) => WRAPPERS.has(name)) || earlier.some((name) => name === "echo" || name === "printf"))
    return false;
  return !CREDENTIAL.test(text.slice(word.start, Math.min(word.end, word.start + 4_096)));
}

/** The innermost command that a word stands in. */
function commandAround(word: Range, commands: readonly Command[]): Command | undefined {
  let [low, high] = [0, commands.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (commands[middle]!.start <= word.start) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0 && i > low - 64; i--) if (commands[i]!.end >= word.end) return commands[i];
  return undefined;
}

/** The next word, where only blanks stand between. */
function nextWord(text: string, word: Range, pieces: readonly Piece[]): Range | undefined {
  const next = pieces[firstEndingAfter(pieces, word.end)];
  if (next === undefined || next.from - word.end > 16) return undefined;
  return /^[ \t]+$/.test(text.slice(word.end, next.from)) ? { start: next.from, end: next.to } : undefined;
}

function firstEndingAfter(pieces: readonly Piece[], at: number): number {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle]!.to <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
