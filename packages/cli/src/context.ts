/** What a command gets beside its own arguments: where the trail is, and how to speak. Data goes to stdout, all else to stderr. */
import { resolve } from "node:path";
import type { Colors } from "picocolors/types.js";
import type { Config } from "./config.js";
import { loadConfig } from "./config.js";
import { CliError } from "./errors.js";
import { EXIT } from "./exit.js";
import type { Io } from "./io.js";
import type { Paint } from "./paint.js";
import { NO_PROGRESS, type Progress, startProgress } from "./progress.js";
import { clean, toJson } from "./text.js";

export interface GlobalArguments {
  readonly db?: string | undefined;
  readonly tree?: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

export class Context {
  readonly io: Io;
  readonly json: boolean;
  readonly quiet: boolean;
  /** For `line` and `lines`; plain where stdout is no terminal or the user wants none. */
  readonly color: Colors;
  readonly paint: Paint;
  /** The trail's file, absolute. */
  readonly db: string;
  /** No trail was named: it is the user's own at its default path. */
  readonly isUsualTrail: boolean;
  readonly tree: string | undefined;
  #config: Config | undefined;

  constructor(io: Io, args: GlobalArguments, paint: Paint) {
    this.io = io;
    this.json = args.json;
    this.quiet = args.quiet;
    this.paint = paint;
    this.color = paint.color;
    this.tree = args.tree;
    const named = args.db ?? (io.env.SEALTRAIL_DB || undefined);
    this.isUsualTrail = named === undefined;
    this.db = named === undefined ? resolve(io.home, ".sealtrail", "audit.db") : resolve(io.cwd, named);
    if (this.db.includes("\0")) throw new CliError("usage", EXIT.usage, "--db holds a NUL", "give a file name");
  }

  /** The same with another stdin, or for another trail. */
  with(changes: { readonly stdin?: AsyncIterable<Uint8Array>; readonly db?: string }): Context {
    const { stdin = this.io.stdin, db = this.isUsualTrail ? undefined : this.db } = changes;
    const io: Io = Object.create(this.io, { stdin: { value: stdin } });
    return new Context(io, { db, tree: this.tree, json: this.json, quiet: this.quiet }, this.paint);
  }

  /** The configuration file beside the trail; read once, and only by who needs it. */
  get config(): Config {
    this.#config ??= loadConfig(this.db);
    return this.#config;
  }

  /** For a command that runs for long: the next look at `config` reads the file. */
  readConfigAgain(): void {
    this.#config = undefined;
  }

  /** Prints one line of text for people. Line ends in it are taken out. */
  async line(text = ""): Promise<void> {
    await this.io.stdout.write(`${this.paint.print(text)}\n`);
  }

  /** Each text is one line, as with `line`. */
  async lines(texts: Iterable<string>): Promise<void> {
    let all = "";
    for (const text of texts) all += `${this.paint.print(text)}\n`;
    if (all) await this.io.stdout.write(all);
  }

  /** One JSON object (or a line of NDJSON). */
  async object(value: unknown): Promise<void> {
    await this.io.stdout.write(`${toJson(value)}\n`);
  }

  /** Something worth knowing beside the answer. */
  async note(text: string): Promise<void> {
    if (!this.quiet) await this.io.stderr.write(`${clean(text)}\n`);
  }

  /** Worth knowing even with --quiet: the answer is weaker than it looks. */
  async warn(text: string): Promise<void> {
    await this.io.stderr.write(`warning: ${clean(text)}\n`);
  }

  async progress(title: string): Promise<Progress> {
    const wanted = this.io.stderr.isTerminal && !this.quiet && !this.json && !this.io.env.CI;
    return wanted ? startProgress(this.io, title) : NO_PROGRESS;
  }
}

/** NO_COLOR wins over FORCE_COLOR, that over what the stream is. */
export function wantsColor(io: Io): boolean {
  if (io.env.NO_COLOR) return false;
  const forced = io.env.FORCE_COLOR;
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  return io.stdout.isTerminal && io.env.TERM !== "dumb";
}
