// One signature over one JSON content: SECP256K1_RFC8785_V1 (digital-evidence.md, Signing).
// Relies on noble alone. The proof and the content are a stranger's: nothing here throws on them.

import { verify } from "@noble/secp256k1";
import { hexToBytes } from "@sealtrail/smt";
import type { SignatureCode } from "../codes.js";
import { derToCompact } from "./der.js";
import { contentHash, signedDigest } from "./digest.js";
import { closedObject, isHex } from "./shape.js";

export const ALGORITHM = "SECP256K1_RFC8785_V1";

/**
 * A signature over a JSON content, as Digital Evidence writes it. `id` is the public key without its first byte, in
 * hex.
 *
 * @public
 */
export interface SignatureProof {
  /** Signer id: the uncompressed public key without its `04`, 128 hex digits. */
  id: string;
  /** DER, hex. */
  signature: string;
  algorithm: typeof ALGORITHM;
}

/** What `verifyContent` found. @public */
export type SignatureVerdict = { ok: true } | { ok: false; code: SignatureCode };

/** Did the key named by `proof.id` sign this content? High S is accepted: the network's own signer makes it. @public */
export function verifyContent(content: unknown, proof: unknown): SignatureVerdict {
  const shape = checkProof(proof);
  if (!shape.ok) return shape;
  const compact = derToCompact(shape.proof.signature);
  if (compact === undefined) return { ok: false, code: "bad-der" };
  const hash = contentHash(content);
  if (hash === undefined) return { ok: false, code: "not-json" };
  const key = hexToBytes(`04${shape.proof.id}`);
  // noble answers false for a point off the curve as well; both are nothing that this key signed.
  const holds = verify(compact, signedDigest(hash), key, { prehash: false, lowS: false });
  return holds ? { ok: true } : { ok: false, code: "bad-signature" };
}

/** The shape of one entry of a proofs array; no cryptography. */
export function checkProof(json: unknown): { ok: true; proof: SignatureProof } | { ok: false; code: SignatureCode } {
  const closed = closedObject(json, ["id", "signature", "algorithm"]);
  if (!closed.ok) return closed;
  const { id, signature, algorithm } = closed.object;
  if (algorithm !== ALGORITHM) return { ok: false, code: "unknown-algorithm" };
  if (!isHex(id, 128)) return { ok: false, code: "bad-signer-id" };
  if (typeof signature !== "string") return { ok: false, code: "bad-der" };
  return { ok: true, proof: { id, signature, algorithm } };
}
