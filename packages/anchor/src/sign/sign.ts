// Signing: SECP256K1_RFC8785_V1 with RFC 6979 nonces and low S. Runs anywhere; the key comes in as an argument and is
// kept nowhere.
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { getPublicKey, hashes, sign, utils } from "@noble/secp256k1";
import { ALGORITHM, checkFingerprintValue, compactToDer, contentHash, signedDigest } from "@sealtrail/verify/signing";
import type { FingerprintValue, SignatureProof, SignedFingerprint } from "@sealtrail/verify/statement";

/** 64 hex digits or 32 bytes. */
export type PrivateKey = string | Uint8Array;

/** Throws a TypeError that never shows the key. */
export function privateKeyBytes(privateKey: PrivateKey): Uint8Array {
  const bytes =
    typeof privateKey === "string" && /^[0-9a-fA-F]{64}$/.test(privateKey) ? hexToBytes(privateKey) : privateKey;
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32) {
    throw new TypeError("privateKey: 64 hex characters or 32 bytes expected");
  }
  if (!utils.isValidSecretKey(bytes)) throw new TypeError("privateKey: not a number from 1 to n-1");
  return bytes;
}

/** The public key without its `04`, 128 hex digits. @public */
export function signerIdOf(privateKey: PrivateKey): string {
  return bytesToHex(getPublicKey(privateKeyBytes(privateKey), false)).slice(2);
}

/** ECDSA over 32 bytes as they are; 64 bytes r || s, low S. */
export function signDigest(
  digest: Uint8Array,
  privateKey: PrivateKey,
  format: "compact" | "recovered" = "compact",
): Uint8Array {
  // noble's curve takes its hashes from here; set at the call, so that importing this file does nothing.
  hashes.sha256 ??= sha256;
  hashes.hmacSha256 ??= (key: Uint8Array, ...parts: Uint8Array[]) => hmac(sha256, key, concatBytes(...parts));
  return sign(digest, privateKeyBytes(privateKey), { prehash: false, lowS: true, format });
}

/** Signs any JSON content. Throws a TypeError for what has no canonical form. @public */
export function signContent(content: unknown, privateKey: PrivateKey): SignatureProof {
  const key = privateKeyBytes(privateKey);
  const hash = contentHash(content);
  if (hash === undefined) throw new TypeError("content: no JSON value");
  const signature = bytesToHex(compactToDer(signDigest(signedDigest(hash), key)));
  return { id: signerIdOf(key), signature, algorithm: ALGORITHM };
}

/** Signs a fingerprint value; throws a TypeError that names the field that breaks the network's rules. */
export function signFingerprint(value: FingerprintValue, privateKey: PrivateKey): SignedFingerprint {
  const checked = checkFingerprintValue(value);
  if (!checked.ok) throw new TypeError(`value${checked.field ? `.${checked.field}` : ""}: ${checked.code}`);
  const proof = signContent(value, privateKey);
  if (value.signerId !== undefined && value.signerId !== proof.id) throw new TypeError("value.signerId: another key's");
  return { content: value, proofs: [proof], hash: contentHash(value)! };
}
