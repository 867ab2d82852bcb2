// The two digests of a signed content: the fingerprint's hash, and what ECDSA signs (digital-evidence.md, Signing).
// Relies on noble's SHA-2; runs anywhere.
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { bytesToHex } from "@sealtrail/smt";
import { canonicalJson } from "@sealtrail/smt/formats";

/** SHA-256 of the content's JCS, hex: the fingerprint's identity on the network. */
export function contentHash(content: unknown): string | undefined {
  const text = canonicalJson(content);
  return text === undefined ? undefined : bytesToHex(sha256(utf8ToBytes(text)));
}

/** The 32 bytes that are signed: SHA-512 over the 64 hex characters as ASCII, cut. Not over the hash's bytes. */
export function signedDigest(hash: string): Uint8Array {
  return sha512(utf8ToBytes(hash)).slice(0, 32);
}
