// A payment offer (x402), held against what the operator allowed (digital-evidence.md, x402). The server picks asset,
// recipient, chain, domain and time-out, so none of it is trusted: everything is compared with what was pinned.
import type { NetworkName } from "../client/networks.js";
import type { PaymentDomain } from "./eip712.js";

/** An asset that payments are made in. @public */
export interface Asset {
  /** `eip155:N` */
  network: string;
  contract: string;
  /** The contract's EIP-712 domain. */
  name: string;
  version: string;
}

/** The only asset that is paid with on mainnet. @public */
export const BASE_USDC: Asset = {
  network: "eip155:8453",
  contract: "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
  name: "USD Coin",
  version: "2",
};

/** What the operator allowed. Without both caps nothing is ever paid. @public */
export interface PaymentPolicy {
  environment: NetworkName;
  /** Atomic units of the asset, decimal. */
  maxPerPayment: string;
  maxPerDay: string;
  /** Of all payments that one statement was part of, whatever became of them: three times `maxPerPayment` where it is not set. */
  maxPerStatement?: string;
  /** Confirmed once in setup. */
  payTo: string;
  /** Test assets only outside `mainnet`. */
  asset?: Asset;
}

/** An offer in the shape that we send back unchanged as `accepted`. @public */
export interface Offer {
  scheme: string;
  network: string;
  amount: string;
  asset: string;
  payTo: string;
  maxTimeoutSeconds: number;
  extra?: { name?: string; version?: string };
}

export type OfferCode =
  | "offer-malformed"
  | "offer-scheme"
  | "offer-network"
  | "offer-asset"
  | "offer-domain"
  | "offer-recipient"
  | "offer-over-payment-cap"
  | "offer-over-day-cap"
  | "offer-over-statement-cap";

export const OFFER_MESSAGES: { readonly [code in OfferCode]: string } = {
  "offer-malformed": "the offer has not the published shape",
  "offer-scheme": "the offer's scheme is not `exact`",
  "offer-network": "the offer is for another chain than the pinned one",
  "offer-asset": "the offer asks for another asset than the pinned one",
  "offer-domain": "the offer names another signing domain than the pinned asset's",
  "offer-recipient": "the offer pays somebody else than the recipient confirmed in setup",
  "offer-over-payment-cap": "the offer is over the cap per payment",
  "offer-over-day-cap": "the offer would pass the cap per day",
  "offer-over-statement-cap":
    "so much was authorized for one of these statements before that this would pass the cap per statement",
};

/** Throws a TypeError for a policy that could never be safe. */
export function checkPolicy(policy: PaymentPolicy): void {
  for (const name of ["maxPerPayment", "maxPerDay", "maxPerStatement"] as const) {
    if (name === "maxPerStatement" && policy[name] === undefined) continue;
    if (!/^[1-9]\d{0,30}$/.test(policy[name] ?? "")) throw new TypeError(`${name}: atomic units in decimal expected`);
  }
  if (!/^0x[0-9a-fA-F]{40}$/.test(policy.payTo)) throw new TypeError("payTo: 0x and 40 hex digits expected");
  const { asset } = policy;
  if (asset === undefined || sameAsset(asset, BASE_USDC)) return;
  if (policy.environment === "mainnet") throw new TypeError("asset: only Base USDC is paid on mainnet");
  if (!/^eip155:[1-9]\d{0,14}$/.test(asset.network)) throw new TypeError("asset.network: eip155:N expected");
  if (!/^0x[0-9a-fA-F]{40}$/.test(asset.contract)) throw new TypeError("asset.contract: 0x and 40 hex digits expected");
}

/** Atomic units. */
export function statementCap({ maxPerStatement, maxPerPayment }: PaymentPolicy): bigint {
  return maxPerStatement === undefined ? 3n * BigInt(maxPerPayment) : BigInt(maxPerStatement);
}

/** The first offer that the policy allows, or why each one is refused. `spentToday` in atomic units. */
export function chooseOffer(
  offers: readonly unknown[],
  policy: PaymentPolicy,
  spentToday: bigint,
): { ok: true; offer: Offer } | { ok: false; codes: OfferCode[] } {
  const codes: OfferCode[] = [];
  for (const json of offers.slice(0, 20)) {
    const verdict = checkOffer(json, policy, spentToday);
    if (verdict.ok) return verdict;
    codes.push(verdict.code);
  }
  return { ok: false, codes: codes.length > 0 ? codes : ["offer-malformed"] };
}

export function checkOffer(
  json: unknown,
  policy: PaymentPolicy,
  spentToday: bigint,
): { ok: true; offer: Offer } | { ok: false; code: OfferCode } {
  const refuse = (code: OfferCode) => ({ ok: false as const, code });
  if (!isOffer(json)) return refuse("offer-malformed");
  const asset = policy.asset ?? BASE_USDC;
  if (json.scheme !== "exact") return refuse("offer-scheme");
  if (json.network !== asset.network) return refuse("offer-network");
  if (json.asset.toLowerCase() !== asset.contract.toLowerCase()) return refuse("offer-asset");
  const { name, version } = { name: "USD Coin", version: "2", ...json.extra };
  if (name !== asset.name || version !== asset.version) return refuse("offer-domain");
  if (json.payTo.toLowerCase() !== policy.payTo.toLowerCase()) return refuse("offer-recipient");
  const amount = BigInt(json.amount);
  if (amount > BigInt(policy.maxPerPayment)) return refuse("offer-over-payment-cap");
  if (spentToday + amount > BigInt(policy.maxPerDay)) return refuse("offer-over-day-cap");
  return { ok: true, offer: json };
}

/** The pinned domain, never the offer's. */
export function domainOf(policy: PaymentPolicy): PaymentDomain {
  const asset = policy.asset ?? BASE_USDC;
  return {
    name: asset.name,
    version: asset.version,
    chainId: Number(asset.network.slice("eip155:".length)),
    verifyingContract: asset.contract,
  };
}

/** An offer goes back whole in a header: what could not be sent there is none. */
const MAX_OFFER = 4_096;

function isOffer(json: unknown): json is Offer {
  if (typeof json !== "object" || json === null || JSON.stringify(json).length > MAX_OFFER) return false;
  const o = json as { [name: string]: unknown };
  const texts = ["scheme", "network", "asset", "payTo"].every((n) => typeof o[n] === "string" && o[n].length <= 100);
  if (!texts || typeof o.amount !== "string" || !/^[1-9]\d{0,30}$/.test(o.amount)) return false;
  if (!Number.isSafeInteger(o.maxTimeoutSeconds) || (o.maxTimeoutSeconds as number) < 1) return false;
  if (o.extra === undefined) return true;
  if (typeof o.extra !== "object" || o.extra === null) return false;
  const { name, version } = o.extra as { name?: unknown; version?: unknown };
  return [name, version].every((t) => t === undefined || (typeof t === "string" && t.length <= 100));
}

function sameAsset(a: Asset, b: Asset): boolean {
  return (
    a.network === b.network &&
    a.contract.toLowerCase() === b.contract.toLowerCase() &&
    a.name === b.name &&
    a.version === b.version
  );
}
