// Fingerprint values and signed fingerprints (digital-evidence.md, Fingerprint value): the network's rules, checked by
// us before anything is sent and again by whoever is handed the result.
import type { ShapeCode } from "@sealtrail/smt/formats";
import type { FingerprintCode } from "../codes.js";
import { contentHash } from "./digest.js";
import { closedObject, isHex } from "./shape.js";
import { checkProof, type SignatureProof, verifyContent } from "./signature.js";

/** What is signed. @public */
export interface FingerprintValue {
  /** UUIDs; the nil UUID for org and tenant where there is no account. */
  orgId: string;
  tenantId: string;
  /** A fresh UUID for every statement. */
  eventId: string;
  signerId?: string;
  /** 1 to 256 characters. */
  documentId: string;
  /** 32 to 128 hex digits: the tree's root. */
  documentRef: string;
  /** ISO 8601. */
  timestamp: string;
  /** From 1; ours is 1. */
  version: number;
}

/**
 * A statement with its signatures and its hash: what is stored, sent, written to a ledger file and put into a bundle.
 *
 * @public
 */
export interface SignedFingerprint {
  content: FingerprintValue;
  proofs: SignatureProof[];
  /** SHA-256 of the content's JCS: its identity on the network. */
  hash: string;
}

export const NIL_UUID = "00000000-0000-0000-0000-000000000000";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// Ranges only, no calendar: engines differ on the 30th of February and on hour 24, and verdicts must not.
const ISO =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const MAX_PROOFS = 8;

export function isUuid(value: unknown): value is string {
  return typeof value === "string" && UUID.test(value);
}

export function isIsoTime(value: unknown): value is string {
  return typeof value === "string" && ISO.test(value);
}

/** A fingerprint value by the network's rules, closed. */
export function checkFingerprintValue(
  json: unknown,
): { ok: true; value: FingerprintValue } | { ok: false; code: ShapeCode; field?: string } {
  const required = ["orgId", "tenantId", "eventId", "documentId", "documentRef", "timestamp", "version"];
  const closed = closedObject(json, required, ["signerId"]);
  if (!closed.ok) return closed;
  const o = closed.object;
  const bad = (field: string, code: ShapeCode = "bad-field") => ({ ok: false as const, code, field });
  for (const field of ["orgId", "tenantId", "eventId"]) if (!isUuid(o[field])) return bad(field);
  if (o.signerId !== undefined && !isHex(o.signerId, 64, 140)) return bad("signerId", "bad-hex");
  if (typeof o.documentId !== "string" || o.documentId.length < 1 || o.documentId.length > 256)
    return bad("documentId");
  if (!isHex(o.documentRef, 32, 128)) return bad("documentRef", "bad-hex");
  if (!isIsoTime(o.timestamp)) return bad("timestamp");
  if (!Number.isSafeInteger(o.version) || (o.version as number) < 1) return bad("version");
  return { ok: true, value: json as FingerprintValue };
}

/** The shape of a signed fingerprint, closed; no cryptography. */
export function parseSigned(
  json: unknown,
): { ok: true; signed: SignedFingerprint } | { ok: false; code: FingerprintCode } {
  const closed = closedObject(json, ["content", "proofs", "hash"]);
  if (!closed.ok) return closed;
  const { content, proofs, hash } = closed.object;
  const value = checkFingerprintValue(content);
  if (!value.ok) return { ok: false, code: value.code };
  if (!Array.isArray(proofs) || proofs.length < 1 || proofs.length > MAX_PROOFS)
    return { ok: false, code: "bad-field" };
  for (const proof of proofs) {
    const shape = checkProof(proof);
    if (!shape.ok) return shape;
  }
  if (!isHex(hash, 64)) return { ok: false, code: "bad-hex" };
  return { ok: true, signed: json as SignedFingerprint };
}

/**
 * Does the hash belong to the content, and does every signature hold? `signers` are the ids that made them, once each;
 * whether any of them is to be trusted is the caller's to say.
 *
 * @public
 */
export function verifyFingerprint(
  signed: unknown,
): { ok: true; hash: string; signers: string[] } | { ok: false; code: FingerprintCode } {
  const parsed = parseSigned(signed);
  if (!parsed.ok) return parsed;
  const { content, proofs, hash } = parsed.signed;
  if (contentHash(content) !== hash) return { ok: false, code: "hash-mismatch" };
  for (const proof of proofs) {
    const verdict = verifyContent(content, proof);
    if (!verdict.ok) return verdict;
  }
  const signers = [...new Set(proofs.map((proof) => proof.id))];
  if (content.signerId !== undefined && !signers.includes(content.signerId))
    return { ok: false, code: "signer-differs" };
  return { ok: true, hash, signers };
}
