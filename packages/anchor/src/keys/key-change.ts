// Rotation and revocation of a signing key: a statement signed by both keys that names the version from which the new
// one speaks (formats.md, section 6). It becomes the metadata of the trail's `system.key_changed` event, and entries of
// the `sealtrail-signers/1` that the operator gives to others. Pure.
import type { ShapeCode } from "@sealtrail/smt/formats";
import type { Signer } from "@sealtrail/verify";
import { closedObject, isHex } from "@sealtrail/verify/signing";
import { type SignatureCode, type SignatureProof, verifyContent } from "@sealtrail/verify/statement";
import { type PrivateKey, signContent, signerIdOf } from "../sign/sign.js";

export interface KeyChange {
  format: "sealtrail-key-change/1";
  tree: string;
  kind: "rotation" | "revocation";
  oldKey: string;
  newKey: string;
  /** The first version of the new key; the old one's last is the one before. A revocation may name an old version. */
  fromVersion: number;
}

export interface SignedKeyChange {
  change: KeyChange;
  /** The old key's, then the new key's. */
  proofs: [SignatureProof, SignatureProof];
}

export type KeyChangeCode = SignatureCode | ShapeCode | "same-key" | "signer-differs";

export function signKeyChange(
  what: Pick<KeyChange, "tree" | "kind" | "fromVersion">,
  oldKey: PrivateKey,
  newKey: PrivateKey,
): SignedKeyChange {
  const { tree, kind, fromVersion } = what;
  if (!isHex(tree, 32)) throw new TypeError("tree: 32 hex digits expected");
  if (!Number.isSafeInteger(fromVersion) || fromVersion < 1)
    throw new RangeError("fromVersion: a version from 1 expected");
  const ids = { oldKey: signerIdOf(oldKey), newKey: signerIdOf(newKey) };
  if (ids.oldKey === ids.newKey) throw new TypeError("newKey: the same key");
  const change: KeyChange = { format: "sealtrail-key-change/1", tree, kind, ...ids, fromVersion };
  return { change, proofs: [signContent(change, oldKey), signContent(change, newKey)] };
}

export function verifyKeyChange(json: unknown): { ok: true; change: KeyChange } | { ok: false; code: KeyChangeCode } {
  const refuse = (code: KeyChangeCode) => ({ ok: false as const, code });
  const outer = closedObject(json, ["change", "proofs"]);
  if (!outer.ok) return outer;
  const closed = closedObject(outer.object.change, ["format", "tree", "kind", "oldKey", "newKey", "fromVersion"]);
  if (!closed.ok) return closed;
  const { format, tree, kind, oldKey, newKey, fromVersion } = closed.object;
  if (format !== "sealtrail-key-change/1") return refuse("wrong-format");
  if (!isHex(tree, 32) || !isHex(oldKey, 128) || !isHex(newKey, 128)) return refuse("bad-hex");
  if (kind !== "rotation" && kind !== "revocation") return refuse("bad-field");
  if (!Number.isSafeInteger(fromVersion) || (fromVersion as number) < 1) return refuse("bad-field");
  if (oldKey === newKey) return refuse("same-key");
  const { proofs } = outer.object;
  if (!Array.isArray(proofs) || proofs.length !== 2) return refuse("bad-field");
  for (const [i, id] of [oldKey, newKey].entries()) {
    const verdict = verifyContent(closed.object, proofs[i]);
    if (!verdict.ok) return verdict;
    if ((proofs[i] as SignatureProof).id !== id) return refuse("signer-differs");
  }
  return { ok: true, change: closed.object as unknown as KeyChange };
}

/** The list after a change: the old key's range ends, the new key's begins. Entries of a revoked range that is empty go. */
export function applyKeyChange(signers: readonly Signer[], change: KeyChange): Signer[] {
  const last = change.fromVersion - 1;
  const changed = signers.flatMap((signer): Signer[] => {
    if (signer.publicKey !== change.oldKey) return [signer];
    if (signer.fromVersion > last) return [];
    return [{ ...signer, untilVersion: Math.min(last, signer.untilVersion ?? last) }];
  });
  return [...changed, { publicKey: change.newKey, fromVersion: change.fromVersion }];
}
