// Where statements go, and how the world is reached while they go there.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { DigitalEvidenceClient } from "../client/client.js";
import type { NetworkName } from "../client/networks.js";
import type { Ledger } from "../ledger/ledger.js";
import type { Outbox } from "../outbox/outbox.js";
import { checkPolicy, type PaymentPolicy } from "../payment/offer.js";
import { walletAddress } from "../payment/wallet.js";
import { type PrivateKey, signerIdOf } from "../sign/sign.js";

export interface Payment {
  policy: PaymentPolicy;
  walletKey: PrivateKey;
}

export interface NetworkTarget {
  network: NetworkName;
  client: DigitalEvidenceClient;
  /** Only without an API key. Absent: nothing is ever paid. */
  payment?: Payment;
}

export interface LedgerTarget {
  network: "ledger";
  ledger: Ledger;
}

export type Target = NetworkTarget | LedgerTarget;

export interface DrainOptions {
  clock?: () => number;
  random?: () => number;
  sleep?: (ms: number) => Promise<void>;
  /** The operator asked: what is on hold is tried once more. */
  release?: boolean;
  /** Aborted: stop after the call that is under way. */
  signal?: AbortSignal;
  /** Between two submissions: 1 s. */
  pauseMs?: number;
  /** Accepted, but unknown to the network for so long: an alarm, and sent again. 1 h. */
  lostAfterMs?: number;
}

export type Surroundings = Required<Omit<DrainOptions, "signal">> & { signal: AbortSignal | undefined };

export function surroundings(options: DrainOptions): Surroundings {
  return {
    clock: options.clock ?? Date.now,
    random: options.random ?? Math.random,
    sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    release: options.release ?? false,
    signal: options.signal,
    pauseMs: options.pauseMs ?? 1_000,
    lostAfterMs: options.lostAfterMs ?? 3_600_000,
  };
}

/** Throws a TypeError where a payment could never be safe, or the wallet signs statements too. */
export function checkTarget(target: NetworkTarget, outboxes: readonly Outbox[]): void {
  if (target.payment === undefined) return;
  checkPolicy(target.payment.policy);
  if (target.payment.policy.environment !== target.network)
    throw new TypeError("payment: another environment's policy");
  const wallet = signerIdOf(target.payment.walletKey);
  for (const outbox of outboxes) {
    if (outbox.rows({ last: 1 }).some((row) => row.submission.includes(wallet))) {
      throw new TypeError("walletKey: the signing key must not hold money");
    }
  }
}

/** Tells one credential from another without keeping it: a hold ends when the operator configures another one. */
export function credentialKey(target: NetworkTarget): string {
  const { client, payment } = target;
  const what =
    client.apiKey ?? (payment ? `${walletAddress(payment.walletKey)} ${JSON.stringify(payment.policy)}` : "none");
  return bytesToHex(sha256(utf8ToBytes(`sealtrail:credential:v1\n${what}`))).slice(0, 16);
}
