/** What the caller trusts, from the command line: signers, network roots, checkpoints. Never from the file under test. */
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import type { JsonValue } from "@sealtrail/smt/formats";
import type { NetworkRoot, Signer } from "@sealtrail/verify";
import type { Context } from "../context.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { readArgument } from "../input.js";
import { hash, time } from "../values.js";
import { checkFileName, checkKind, checkLiteral, type WantedKind } from "./_wrong-file.js";

function wrong(name: string, code: string, hint: string): CliError {
  return new CliError(code, EXIT.data, `${name} cannot be used (${code})`, hint);
}

async function readJson(context: Context, argument: string, name: string, kind: WantedKind): Promise<JsonValue> {
  const { parseStrict } = await import("@sealtrail/smt/formats");
  checkLiteral(context.io, name, argument);
  const bytes = await readArgument(context.io, argument);
  await checkKind(kind, bytes, argument);
  const parsed = parseStrict(bytes);
  if (!parsed.ok) throw wrong(name, parsed.code, "check the file");
  return parsed.value;
}

/** A public key (128 hex characters, for every version), or @file with a `sealtrail-signers/1`. */
export async function signersFrom(context: Context, texts: readonly string[]): Promise<Signer[]> {
  const { parseSigners } = await import("@sealtrail/verify");
  const signers: Signer[] = [];
  for (const text of texts) {
    if (text.startsWith("@") || text === "-") {
      const parsed = parseSigners(await readJson(context, text, "--signer", "signers"));
      if (!parsed.ok) throw wrong("--signer", parsed.code, "it takes a sealtrail-signers/1 file");
      signers.push(...parsed.signers);
      continue;
    }
    const key = text.toLowerCase().replace(/^04(?=.{128}$)/, "");
    if (/^[0-9a-f]{128}$/.test(key)) {
      signers.push({ publicKey: key, fromVersion: 1 });
      continue;
    }
    checkFileName(context.io, "--signer", text);
    throw usage("--signer is no public key", "give 128 hex characters, or @file");
  }
  // As many as one list may have.
  if (signers.length > 1_000) throw wrong("--signer", "bad-field", "give at most 1,000 signers");
  return signers;
}

const ROOTS_FORMAT = "sealtrail-network-roots/1";

/** `<network>:<root>[@<time>]`, or @file with a `sealtrail-network-roots/1`. */
export async function networkRootsFrom(context: Context, texts: readonly string[]): Promise<NetworkRoot[]> {
  const roots: NetworkRoot[] = [];
  for (const text of texts) {
    if (text.startsWith("@") || text === "-") {
      roots.push(...rootsOf(await readJson(context, text, "--network-root", "roots")));
      continue;
    }
    const [, network, root, at] = /^([^:]+):([^@]+)(?:@(.+))?$/.exec(text) ?? [];
    if (network === undefined || root === undefined) {
      checkFileName(context.io, "--network-root", text);
      throw usage("--network-root is not right", "write it like mainnet:ROOT or mainnet:ROOT@2026-11-22T08:00:00Z");
    }
    const finalizedAt = at === undefined ? {} : { finalizedAt: time(at, "--network-root", context.io.now()) };
    roots.push({ network, root: hash(root, "--network-root"), ...finalizedAt });
  }
  return roots;
}

function rootsOf(value: JsonValue): NetworkRoot[] {
  const hint = `it takes {"format": "${ROOTS_FORMAT}", "roots": [{"network", "root", "finalizedAt"}]}`;
  const refuse = () => wrong("--network-root", "bad-field", hint);
  if (typeof value !== "object" || value === null) throw refuse();
  const list = Array.isArray(value) || value.format !== ROOTS_FORMAT ? value : value.roots;
  if (!Array.isArray(list) || list.length > 1_000) throw refuse();
  return list.map((entry) => {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) throw refuse();
    const { network, root, finalizedAt, ...rest } = entry;
    if (typeof network !== "string" || typeof root !== "string" || !/^[0-9a-f]{64}$/.test(root)) throw refuse();
    if ((finalizedAt !== undefined && typeof finalizedAt !== "string") || Object.keys(rest).length > 0) throw refuse();
    return { network, root, ...(finalizedAt === undefined ? {} : { finalizedAt }) };
  });
}

export const KEPT_FORMAT = "sealtrail-kept/1";

/** Checkpoints, or what audit checkpoint export wrote: then both that it holds. */
export async function checkpointsFrom(context: Context, texts: readonly string[]): Promise<Checkpoint[]> {
  const { parseCheckpoint } = await import("@sealtrail/smt/checkpoint");
  const checkpoints: Checkpoint[] = [];
  for (const text of texts) {
    const value = await readJson(context, text, "--known-checkpoint", "checkpoint");
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    const given =
      isObject && value.format === KEPT_FORMAT ? [value.checkpoint, value.anchored].filter((c) => c !== null) : [value];
    for (const one of given) {
      const parsed = parseCheckpoint(one);
      if (!parsed.ok) throw wrong("--known-checkpoint", parsed.code, "give one as audit checkpoint export wrote it");
      checkpoints.push(parsed.checkpoint);
    }
  }
  return checkpoints;
}
