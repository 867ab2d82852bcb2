/** `audit verify <file>`: recognises a file of ours by its bytes and hands it to the check of its format. */
import { createReadStream, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Program } from "../command.js";
import type { Context } from "../context.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { INPUT_LIMIT, readHead } from "../input.js";
import { type Described, recogniseAny } from "../recognise.js";

/** The options of `audit verify` that say what the caller trusts or asks about. */
export interface Trusted {
  readonly root: string | undefined;
  readonly "previous-root": string | undefined;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly signer: readonly string[];
  readonly "network-root": readonly string[];
  readonly "known-root": readonly string[];
  readonly "known-checkpoint": readonly string[];
  readonly verbose: boolean;
}

/** The options of which a check takes some. */
const OPTIONS = [
  "root",
  "previous-root",
  "key",
  "value",
  "signer",
  "network-root",
  "known-root",
  "known-checkpoint",
] as const satisfies readonly (keyof Trusted)[];
type Option = (typeof OPTIONS)[number];

interface Checker {
  /** Of `Trusted`, what the check of this format takes. */
  readonly options: readonly Option[];
  /** Resolves with the exit code. `file` is a name, or `-` for stdin. */
  check(file: string, trusted: Trusted, context: Context, program: Program): Promise<number>;
}

const proof: Checker = {
  options: ["root", "key", "value"],
  async check(file, { root, key, value }, context, program) {
    const { command } = await import("./smt-verify.js");
    return command.run({ proof: file === "-" ? "-" : `@${file}`, root, key, value }, context, program);
  },
};

const bundle: Checker = {
  options: ["signer", "network-root", "known-checkpoint"],
  async check(file, trusted, context, program) {
    const { command } = await import("./bundle-verify.js");
    return command.run({ ...trusted, file }, context, program);
  },
};

const checkpoint: Checker = {
  options: [],
  async check(file, _trusted, context) {
    const { verifyCheckpointFile } = await import("./_verify-checkpoint.js");
    return verifyCheckpointFile(context, file);
  },
};

/** By the name that `recognise` gives a format. */
const CHECKERS: Readonly<Record<string, Checker>> = {
  "smt-proof/1": proof,
  "binary smt-proof/1": proof,
  "smt-multiproof/1": proof,
  "smt-extension/1": {
    options: ["root", "previous-root"],
    async check(file, { root, "previous-root": previousRoot }, context) {
      const { verifyExtensionFile } = await import("./_verify-extension.js");
      return verifyExtensionFile(context, file === "-" ? "-" : `@${file}`, { root, previousRoot });
    },
  },
  "sealtrail-archive/1": {
    options: ["root", "previous-root"],
    async check(file, trusted, context, program) {
      const { command } = await import("./smt-verify-archive.js");
      return command.run({ ...trusted, file }, context, program);
    },
  },
  "sealtrail-bundle/1": bundle,
  "sealtrail-bundle/2": bundle,
  "sealtrail-ledger/1": {
    options: ["signer"],
    async check(file, { signer }, context) {
      const { verifyLedgerFile } = await import("./_verify-ledger.js");
      return verifyLedgerFile(context, file, signer);
    },
  },
  "sealtrail-checkpoint/1": checkpoint,
  "sealtrail-kept/1": checkpoint,
  "sealtrail-export/1": {
    options: ["known-root", "known-checkpoint"],
    async check(file, trusted, context) {
      const { verifyExport } = await import("./_verify-trail.js");
      return verifyExport(context, file, trusted);
    },
  },
  trail: {
    options: ["signer", "known-root", "known-checkpoint"],
    async check(file, trusted, context) {
      const { verifyTrail } = await import("./_verify-trail.js");
      const db = resolve(context.io.cwd, file);
      return verifyTrail(context.with({ db }), trusted, { isCopy: db !== context.db });
    },
  },
};

/** The beginning of the file. A pipe can be read only once: then `context` has all of it as stdin, and `file` is `-`. */
async function begin(context: Context, file: string): Promise<{ head: Uint8Array; file: string; context: Context }> {
  const { io } = context;
  const path = resolve(io.cwd, file);
  const isPipe = file === "-" || statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
  if (!isPipe) return { head: readHead(io, file, INPUT_LIMIT), file, context };
  const input = (file === "-" ? io.stdin : createReadStream(path))[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  for (let size = 0; size < INPUT_LIMIT; ) {
    const { value, done } = await input.next();
    if (done) break;
    read.push(value);
    size += value.length;
  }
  async function* stdin() {
    yield* read;
    yield* { [Symbol.asyncIterator]: () => input };
  }
  return { head: Buffer.concat(read), file: "-", context: context.with({ stdin: stdin() }) };
}

/** What the file is. The head is not kept: the check reads the file again. */
async function find(
  given: Context,
  name: string,
): Promise<{ found: Described; checker: Checker; file: string; context: Context }> {
  const { head, file, context } = await begin(given, name);
  const answer = await recogniseAny(head, name);
  if (!answer.ok)
    throw new CliError(answer.code, EXIT.data, `${name} is no evidence of ours`, "audit help formats lists what is");
  const { what, format, check } = answer.found;
  const checker = CHECKERS[format];
  if (checker === undefined || (format === "trail" && file === "-"))
    throw new CliError("wrong-file", EXIT.data, `${name} is ${what} (${format}): it proves nothing by itself`, check);
  return { found: answer.found, checker, file, context };
}

export async function verifyFile(given: Context, name: string, trusted: Trusted, program: Program): Promise<number> {
  const { found, checker, file, context } = await find(given, name);
  checkOptions(trusted, checker.options, found.what);
  return checker.check(file, trusted, context, program);
}

/** Throws (64) where an option was given that this check does not use: its absence in the verdict would not be seen. */
function checkOptions(trusted: Trusted, takes: readonly Option[], what: string): void {
  for (const name of OPTIONS) {
    const value = trusted[name];
    if (takes.includes(name) || value === undefined || value.length === 0) continue;
    const list = takes.map((option) => `--${option}`).join(", ");
    throw usage(`--${name} is not for ${what}`, list === "" ? "leave it out" : `it takes ${list}`);
  }
}
