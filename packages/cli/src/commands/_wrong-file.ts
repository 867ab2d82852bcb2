/**
 * A file of the wrong kind, or a file name where JSON is expected, is a mistake of the caller. It is reported as such (64, 65)
 * and no verdict is given, because exit 1 means that something was altered.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import type { Io } from "../io.js";
import { recognise } from "../recognise.js";

/** Throws (64) where an option that takes JSON, @file or - got something else, with a hint where it is the name of a file. */
export function checkLiteral(io: Io, option: string, argument: string): void {
  if (argument === "-" || argument.startsWith("@") || /^\s*[[{\ufeff]/.test(argument)) return;
  checkFileName(io, option, argument);
  throw usage(`${option} is no JSON`, `write it like ${option} @file, or - for stdin`);
}

/** Throws (64) where the text is the name of a file that is there: the @ in front was forgotten. */
export function checkFileName(io: Io, option: string, text: string): void {
  if (text.length < 4096 && existsSync(resolve(io.cwd, text)))
    throw usage(`${option}: that is a file's name`, `write it like ${option} @${text}`);
}

export interface Wanted {
  /** `evidence bundle` */
  readonly what: string;
  readonly formats: readonly string[];
  /** Some names of members that no other JSON of another kind is likely to have. */
  readonly members: readonly string[];
}

const WANTED = {
  proof: {
    what: "a proof of keys",
    formats: ["smt-proof/1", "smt-multiproof/1", "binary smt-proof/1"],
    members: ["key", "keys", "siblings", "nodes", "root"],
  },
  extension: {
    what: "an extension proof",
    formats: ["smt-extension/1"],
    members: ["oldRoot", "newRoot", "nodes"],
  },
  bundle: {
    what: "an evidence bundle",
    formats: ["sealtrail-bundle/1", "sealtrail-bundle/2"],
    members: ["disclosure", "proof", "checkpoint", "anchor"],
  },
  archive: {
    what: "an archive of an epoch",
    formats: ["sealtrail-archive/1"],
    members: ["epoch", "previousRoot", "leafCount"],
  },
  checkpoint: {
    what: "a checkpoint",
    formats: ["sealtrail-checkpoint/1", "sealtrail-kept/1"],
    members: ["leafCount", "lastSequence", "root"],
  },
  signers: { what: "a list of signers", formats: ["sealtrail-signers/1"], members: ["signers"] },
  roots: { what: "a list of network roots", formats: ["sealtrail-network-roots/1"], members: ["roots"] },
  export: {
    what: "an export",
    formats: ["sealtrail-export/1"],
    members: ["genesis", "machineId", "recomputable"],
  },
} as const satisfies Record<string, Wanted>;

export type WantedKind = keyof typeof WANTED;

/**
 * Throws (65) where the bytes are plainly something else than what the command checks: another format of ours, no JSON at all,
 * or JSON that has nothing in common with it. A file that may be an altered one of the right kind is left to the verifier.
 */
export async function checkKind(kind: WantedKind, bytes: Uint8Array, name: string): Promise<void> {
  const { what, formats, members }: Wanted = WANTED[kind];
  const isLiteral = /^\s*[[{]/.test(name);
  const file = isLiteral ? "that" : name === "-" ? "stdin" : name.replace(/^@/, "");
  const wrong = (message: string, hint: string) => new CliError("wrong-file", EXIT.data, `${file} ${message}`, hint);
  const answer = await recognise(bytes, file);
  if (answer.ok) {
    if (formats.includes(answer.found.format)) return;
    throw wrong(`is not ${what}, but ${answer.found.what} (${answer.found.format})`, answer.found.check);
  }
  if (isLiteral) return;
  const start = firstByte(bytes);
  if (start === undefined) {
    // The file begins with too many blanks. The verifier reports that it is too large.
    if (bytes.length < 1024) throw wrong("is empty", `give it ${what}`);
    return;
  }
  const looksLikeJson = start === 0x7b || start === 0x5b || start === 0xef;
  const looksBinary = kind === "proof" && start >= 1 && start <= 3;
  if (looksBinary) return;
  if (!looksLikeJson) throw wrong(`is not ${what}: it is no JSON`, "audit info tells what a file is");
  if (start !== 0x7b) return;
  const text = new TextDecoder().decode(bytes);
  // Of archives and exports only the first line is given. It holds a whole object, so a lone `{` begins another JSON file.
  const isSpread = (kind === "archive" || kind === "export") && text.trim() === "{";
  if (answer.code !== "unknown-format" && !isSpread) return;
  if (members.some((member) => text.includes(`"${member}"`)) || /"format":\s*"(?:smt|sealtrail)-/.test(text)) return;
  throw wrong(`is not ${what}: it has no format that this program knows`, "audit info tells what a file is");
}

const BLANKS = [0x20, 0x09, 0x0a, 0x0d];

function firstByte(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => !BLANKS.includes(byte));
}
