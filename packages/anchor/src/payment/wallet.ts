// A wallet's address and the identity that the network derives from it (digital-evidence.md, x402). Relies on noble.
import { sha1 } from "@noble/hashes/legacy.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { type PrivateKey, signerIdOf } from "../sign/sign.js";

const ORG_NAMESPACE = "d2b4722a-d82d-424a-8b18-3330b4ade651";
const TENANT_NAMESPACE = "4bed9e61-6d07-4e26-9692-b81dd6994ff3";

/** `0x` and 40 lower-case hex digits. @public */
export function walletAddress(walletKey: PrivateKey): string {
  return addressOf(hexToBytes(signerIdOf(walletKey)));
}

/** Address of a public key without its `04`, 64 bytes. */
export function addressOf(publicKey: Uint8Array): string {
  return `0x${bytesToHex(keccak_256(publicKey).slice(12))}`;
}

/** Organisation and tenant of a wallet without an account: UUIDv5 of its lower-case address. @public */
export function walletIdentity(address: string): { orgId: string; tenantId: string } {
  const name = address.toLowerCase();
  return { orgId: uuidV5(ORG_NAMESPACE, name), tenantId: uuidV5(TENANT_NAMESPACE, name) };
}

function uuidV5(namespace: string, name: string): string {
  const bytes = sha1(Uint8Array.from([...hexToBytes(namespace.replaceAll("-", "")), ...utf8ToBytes(name)]));
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytesToHex(bytes.subarray(0, 16));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
