/**
 * Finds the source and the input that the arguments of `audit ingest` mean. Without a source it is found by the lines; a named
 * source that does not fit the lines is refused.
 */

import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { SOURCE_NAMES, type SourceName } from "@sealtrail/sources/event";
import type { Line } from "@sealtrail/trail/ingest";
import type { Context } from "../context.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { choose } from "../parse.js";

export interface Meant {
  /** `undefined`: to be found by the lines. */
  readonly source: SourceName | undefined;
  /** As it was typed; `undefined`: stdin. */
  readonly file: string | undefined;
}

/** Reads `[source] [file]`, either of which may be left out: a word that is no source is a file. */
export function meantBy(words: { source: string | undefined; file: string | undefined }, context: Context): Meant {
  const { source, file } = words;
  const known = source !== undefined && (SOURCE_NAMES as readonly string[]).includes(source);
  if (source !== undefined && !known && file !== undefined) choose("<source>", source, SOURCE_NAMES);
  const input = known || source === undefined ? file : source;
  // Neither a source nor a file. Probably a misspelt source.
  if (
    !known &&
    input !== undefined &&
    input !== "-" &&
    statSync(resolve(context.io.cwd, input), { throwIfNoEntry: false }) === undefined
  ) {
    if (!/[./\\]/.test(input)) choose("<source>", input, SOURCE_NAMES);
  }
  if (input === undefined && context.io.stdinIsTerminal)
    throw usage("[file] is missing", "name a file, or - for stdin");
  return { source: known ? (source as SourceName) : undefined, file: input === "-" ? undefined : input };
}

/**
 * The source of a file: the named one, unless the lines belong to another source; without a named one, the one that knows the
 * lines.
 */
export async function sourceOfFile(named: SourceName | undefined, path: string, typed: string): Promise<SourceName> {
  const { otherSource, readLines, recogniseLines } = await import("@sealtrail/trail/ingest");
  // A pipe can be read only once, so its lines cannot be looked at beforehand.
  if (statSync(path).isFile() === false) {
    if (named !== undefined) return named;
    throw new CliError(
      "unknown-source",
      EXIT.data,
      `${typed} is no regular file, so its lines cannot be looked at beforehand`,
      nameIt(typed),
    );
  }
  const handle = openSync(path, "r");
  try {
    const recognised = recogniseLines(readLines(handle));
    if (named === undefined) {
      if (recognised.source !== undefined) return recognised.source;
      const why = fstatSync(handle).size === 0 ? "it is empty" : "no source recognises one of its first lines";
      throw new CliError("unknown-source", EXIT.data, `the source of ${typed} is not known: ${why}`, nameIt(typed));
    }
    const other = otherSource(named, recognised);
    if (other !== undefined) throw await wrongSource(named, other, typed);
    return named;
  } finally {
    closeSync(handle);
  }
}

/** Most lines of a stream that are looked at to find its source. */
const enough = 20;

/** The source of a stream, and the stream from its beginning. Lines are held back only until one of them tells the source. */
export async function sourceOfStream(
  named: SourceName | undefined,
  lines: AsyncIterable<Line>,
): Promise<{ source: SourceName; lines: AsyncIterable<Line> }> {
  const { knowsLine, otherSource, recogniseLines } = await import("@sealtrail/trail/ingest");
  const held: Line[] = [];
  const rest = lines[Symbol.asyncIterator]();
  const again = async function* () {
    yield* held;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  };
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    const line = next.value;
    held.push(line.bytes === undefined ? line : { ...line, bytes: line.bytes.slice() });
    if (named !== undefined && knowsLine(named, line)) return { source: named, lines: again() };
    if (held.length >= enough) break;
  }
  const recognised = recogniseLines(held);
  const source = named ?? recognised.source;
  if (source === undefined) {
    throw new CliError(
      "unknown-source",
      EXIT.data,
      "the source of these lines is not known: no source recognises one of them",
      nameIt("-"),
    );
  }
  const other = otherSource(source, recognised);
  if (other !== undefined) throw await wrongSource(source, other, "-");
  return { source, lines: again() };
}

async function wrongSource(named: SourceName, other: SourceName, typed: string): Promise<CliError> {
  const { inputOf } = await import("@sealtrail/trail/ingest");
  const what = typed === "-" ? "stdin" : typed;
  return new CliError(
    "wrong-source",
    EXIT.data,
    `${what} is ${inputOf(other)}, which the source ${named} does not read; nothing was added`,
    `audit ingest ${other} ${typed}`,
  );
}

const nameIt = (typed: string) =>
  `name the source: audit ingest <source> ${typed}; it is one of ${SOURCE_NAMES.join(", ")}`;
