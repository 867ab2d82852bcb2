// One payment for one frozen batch: nonce, authorization, signature and the header that carries them (x402).
// Pure: the same batch and attempt always give the same nonce, so that no crash can make two payments of one.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { parseStrict } from "@sealtrail/smt/formats";
import type { CallFailure } from "../client/http.js";
import type { PrivateKey } from "../sign/sign.js";
import { type Authorization, signAuthorization } from "./eip712.js";
import { domainOf, type Offer, type PaymentPolicy } from "./offer.js";
import { walletAddress } from "./wallet.js";

const MAX_VALID_SECONDS = 600;
/** An authorization may count from a little earlier: clocks differ. By more than this nothing is signed. */
export const CLOCK_SKEW_SECONDS = 60;

export interface SignedPayment {
  authorization: Authorization;
  signature: string;
  /** X-PAYMENT: base64 of JSON. */
  header: string;
  /** Milliseconds. */
  validBefore: number;
}

/** `H("sealtrail:x402:v1\n" || hashes || attempt)`: the hashes' 32 bytes each, in order; the attempt as u32, big-endian. */
export function paymentNonce(hashes: readonly string[], attempt: number): string {
  const count = new Uint8Array(4);
  new DataView(count.buffer).setUint32(0, attempt);
  const parts = [utf8ToBytes("sealtrail:x402:v1\n"), ...hashes.map((hash) => hexToBytes(hash)), count];
  return `0x${bytesToHex(sha256(concatBytes(...parts)))}`;
}

export function signPayment(
  offer: Offer,
  batch: { hashes: readonly string[]; attempt: number; now: number },
  policy: PaymentPolicy,
  walletKey: PrivateKey,
): SignedPayment {
  const seconds = Math.floor(batch.now / 1000);
  const validBefore = seconds + Math.min(offer.maxTimeoutSeconds, MAX_VALID_SECONDS);
  const authorization: Authorization = {
    from: walletAddress(walletKey),
    to: policy.payTo,
    value: offer.amount,
    validAfter: String(seconds - CLOCK_SKEW_SECONDS),
    validBefore: String(validBefore),
    nonce: paymentNonce(batch.hashes, batch.attempt),
  };
  const signature = signAuthorization(domainOf(policy), authorization, walletKey);
  const json = JSON.stringify({ x402Version: 2, accepted: offer, payload: { signature, authorization } });
  return { authorization, signature, header: toBase64(json), validBefore: validBefore * 1000 };
}

/** The offers of an answer 402: in its body, or base64 JSON in its header. */
export function offersIn(failure: CallFailure): unknown[] {
  const inBody = accepts(failure.body);
  if (inBody !== undefined) return inBody;
  const header = failure.headers?.get("x-payment-required");
  if (!header || header.length > 65_536) return [];
  const bytes = fromBase64(header);
  const parsed = bytes && parseStrict(bytes);
  return (parsed?.ok ? accepts(parsed.value) : undefined) ?? [];
}

/** Seconds that our clock is ahead of the one of whoever answered; undefined where the answer tells no time (RFC 9110, `Date`). */
export function secondsAhead(failure: CallFailure, now: number): number | undefined {
  const text = failure.headers?.get("date") ?? "";
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const there = Date.parse(text);
  return Number.isNaN(there) ? undefined : Math.round((now - there) / 1000);
}

function accepts(json: unknown): unknown[] | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const list = (json as { accepts?: unknown }).accepts;
  return Array.isArray(list) ? list : undefined;
}

export function toBase64(text: string): string {
  return btoa(String.fromCharCode(...utf8ToBytes(text)));
}

export function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}
