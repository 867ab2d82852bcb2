// What goes over the wire for one statement, by the network's rules: checked before it is sent, since the file that it
// was stored in may have been edited since it was signed.
import type { FingerprintCode } from "../codes.js";
import { parseSigned, type SignedFingerprint, verifyFingerprint } from "./fingerprint.js";
import { closedObject } from "./shape.js";

/** At most 6 tags; keys of 1 to 32 characters, values of up to 32. */
const MAX_TAGS = 6;

/** The submission's statement, if shape, hash, signatures and tags are as the network wants them. */
export function checkSubmission(
  json: unknown,
): { ok: true; signed: SignedFingerprint } | { ok: false; code: FingerprintCode } {
  const outer = closedObject(json, ["attestation", "metadata"]);
  if (!outer.ok) return outer;
  const attestation = closedObject(outer.object.attestation, ["content", "proofs"]);
  if (!attestation.ok) return attestation;
  const metadata = closedObject(outer.object.metadata, ["hash"], ["tags"]);
  if (!metadata.ok) return metadata;
  const { content, proofs } = attestation.object;
  const { hash, tags } = metadata.object;
  if (Object.hasOwn(metadata.object, "tags") && !areTags(tags)) return { ok: false, code: "bad-field" };
  const parsed = parseSigned({ content, proofs, hash });
  if (!parsed.ok) return parsed;
  const verified = verifyFingerprint(parsed.signed);
  return verified.ok ? parsed : verified;
}

function areTags(tags: unknown): boolean {
  if (typeof tags !== "object" || tags === null || Array.isArray(tags)) return false;
  const pairs = Object.entries(tags);
  if (pairs.length > MAX_TAGS) return false;
  return pairs.every(([k, v]) => k.length >= 1 && k.length <= 32 && typeof v === "string" && v.length <= 32);
}
