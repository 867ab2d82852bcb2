// `sealtrail-signers/1`: whose signatures the reader believes, and for which versions of the tree (formats.md, section 6).
// It comes from the reader's side, never from the file under test.
import type { ShapeCode } from "@sealtrail/smt/formats";
import { closedObject, isHex } from "./shape.js";

/** A public key that may sign statements of a trail, with the versions for which it is trusted. @public */
export interface Signer {
  /** 128 hex digits: a signer id. */
  publicKey: string;
  /** First and last version for which the key speaks, both included. */
  fromVersion: number;
  untilVersion?: number;
}

/** Reads the file `{format, signers}`, or its list alone. @public */
export function parseSigners(json: unknown): { ok: true; signers: Signer[] } | { ok: false; code: ShapeCode } {
  let list = json;
  if (!Array.isArray(json)) {
    const closed = closedObject(json, ["format", "signers"]);
    if (!closed.ok) return closed;
    if (closed.object.format !== "sealtrail-signers/1") return { ok: false, code: "wrong-format" };
    list = closed.object.signers;
  }
  if (!Array.isArray(list) || list.length > 1_000) return { ok: false, code: "bad-field" };
  for (const entry of list) {
    const closed = closedObject(entry, ["publicKey", "fromVersion"], ["untilVersion"]);
    if (!closed.ok) return closed;
    const { publicKey, fromVersion, untilVersion } = closed.object;
    if (!isHex(publicKey, 128)) return { ok: false, code: "bad-hex" };
    if (!isVersion(fromVersion)) return { ok: false, code: "bad-field" };
    if (untilVersion !== undefined && (!isVersion(untilVersion) || untilVersion < fromVersion)) {
      return { ok: false, code: "bad-field" };
    }
  }
  return { ok: true, signers: list as Signer[] };
}

/** The first signer of the list that made one of the signatures and may speak for this version. */
export function findSigner(ids: readonly string[], version: number, signers: readonly Signer[]): Signer | undefined {
  return signers.find(
    (signer) =>
      ids.includes(signer.publicKey) && signer.fromVersion <= version && version <= (signer.untilVersion ?? Infinity),
  );
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
