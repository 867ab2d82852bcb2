// Where statements go, and what a drain needs from outside while it sends them: clock, random numbers, a signal to stop.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { DigitalEvidenceClient } from "../client/client.js";
import type { CallFailure } from "../client/http.js";
import type { NetworkName } from "../client/networks.js";
import type { Ledger } from "../ledger/ledger.js";
import type { Outbox } from "../outbox/outbox.js";
import type { StatementRow } from "../outbox/statement-row.js";
import type { DrainedOutbox } from "./drained-outbox.js";

/** Pays for submissions where there is no account: `WalletPayment` of `@sealtrail/anchor/x402`. */
export interface Payment {
  /** The wallet's. */
  readonly address: string;
  /** Says wallet and limits apart from others, without the key. */
  readonly credential: string;
  /** Throws a TypeError where these payments could never be safe for `network`, or the wallet signs statements too. */
  check(network: NetworkName, outboxes: readonly Outbox[]): void;
  /** Whether a payment is under way. */
  isOpen(outbox: Outbox, target: NetworkTarget): boolean;
  /** Pays for one batch of one trail. Undefined: settled, or nothing to do; else why it goes on later. */
  submit(
    part: DrainedOutbox,
    pending: readonly StatementRow[],
    target: NetworkTarget,
    deps: DrainDeps,
  ): Promise<CallFailure | undefined>;
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

/** Where statements go: a network, or a ledger file. @public */
export type Target = NetworkTarget | LedgerTarget;

/** Clock, randomness and limits of a drain. All have defaults. @public */
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

export type DrainDeps = Required<Omit<DrainOptions, "signal">> & { signal: AbortSignal | undefined };

export function drainDeps(options: DrainOptions): DrainDeps {
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

/** Tells one credential from another without keeping it: a hold ends when the operator configures another one. */
export function credentialKey(target: NetworkTarget): string {
  const { client, payment } = target;
  const what = client.apiKey ?? payment?.credential ?? "none";
  return bytesToHex(sha256(utf8ToBytes(`sealtrail:credential:v1\n${what}`))).slice(0, 16);
}
