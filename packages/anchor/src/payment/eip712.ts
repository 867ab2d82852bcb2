// EIP-712 over EIP-3009's TransferWithAuthorization: the one typed message that a payment signs. Relies on noble's
// Keccak alone; tests hold it against a kept Ethereum library.
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { recoverPublicKey } from "@noble/secp256k1";
import { type PrivateKey, signDigest } from "../sign/sign.js";
import { addressOf } from "./wallet.js";

/** The EIP-712 domain of an asset's contract. @public */
export interface PaymentDomain {
  name: string;
  version: string;
  chainId: number;
  /** The asset's contract. */
  verifyingContract: string;
}

/** As it goes over the wire: numbers in decimal text, `nonce` 32 bytes with `0x`. @public */
export interface Authorization {
  from: string;
  to: string;
  value: string;
  validAfter: string;
  validBefore: string;
  nonce: string;
}

const text = (s: string) => keccak_256(utf8ToBytes(s));
const DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
const TRANSFER_TYPE =
  "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";

/** The 32 bytes that the wallet signs. */
export function authorizationDigest(domain: PaymentDomain, a: Authorization): Uint8Array {
  const separator = keccak_256(
    concatBytes(
      text(DOMAIN_TYPE),
      text(domain.name),
      text(domain.version),
      uint(BigInt(domain.chainId)),
      address(domain.verifyingContract),
    ),
  );
  const message = keccak_256(
    concatBytes(
      text(TRANSFER_TYPE),
      address(a.from),
      address(a.to),
      uint(BigInt(a.value)),
      uint(BigInt(a.validAfter)),
      uint(BigInt(a.validBefore)),
      hexToBytes(a.nonce.slice(2)),
    ),
  );
  return keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), separator, message));
}

/** r, s, v in hex with `0x`, as wallets write it. */
export function signAuthorization(domain: PaymentDomain, a: Authorization, walletKey: PrivateKey): string {
  const recovered = signDigest(authorizationDigest(domain, a), walletKey, "recovered");
  return `0x${bytesToHex(recovered.subarray(1))}${(27 + recovered[0]!).toString(16)}`;
}

/** The address whose key made the signature, or undefined for what is none. @public */
export function recoverSigner(domain: PaymentDomain, a: Authorization, signature: string): string | undefined {
  if (!/^0x[0-9a-f]{128}(1b|1c)$/.test(signature)) return undefined;
  const recovery = Number.parseInt(signature.slice(130), 16) - 27;
  const bytes = Uint8Array.from([recovery, ...hexToBytes(signature.slice(2, 130))]);
  try {
    return addressOf(
      recoverPublicKey(bytes, authorizationDigest(domain, a), { prehash: false, isCompressed: false }).slice(1),
    );
  } catch {
    return undefined;
  }
}

function uint(n: bigint): Uint8Array {
  if (n < 0n || n >= 1n << 256n) throw new RangeError("amount or time: no uint256");
  return hexToBytes(n.toString(16).padStart(64, "0"));
}

function address(a: string): Uint8Array {
  if (!/^0x[0-9a-fA-F]{40}$/.test(a)) throw new TypeError("address: 0x and 40 hex digits expected");
  return hexToBytes(a.slice(2).toLowerCase().padStart(64, "0"));
}
