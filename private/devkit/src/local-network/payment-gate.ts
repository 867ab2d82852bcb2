// Pay per request (x402) on the local network: makes offers, checks what comes back for real, and keeps count of every
// authorization it has seen, so that a test can tell whether anything was paid twice.

import { type Asset, type Offer, recoverSigner } from "@sealtrail/anchor/x402";

export interface TillOptions {
  clock: () => number;
  asset: Asset;
  /** Atomic units a request. */
  price: string;
  payTo: string;
  /** Made in place of the honest offer: hostile ones. */
  offers?: unknown[];
  /** The offers come in the header instead of the body. */
  offersInHeader?: boolean;
}

export interface Charge {
  nonce: string;
  from: string;
  amount: string;
  /** The request's body as it was when it was paid. */
  body: string;
  at: number;
}

export class MockPaymentGate {
  readonly charges = new Map<string, Charge>();
  options: TillOptions;

  constructor(options: TillOptions) {
    this.options = options;
  }

  offers(): unknown[] {
    const { asset, price, payTo } = this.options;
    const honest: Offer = {
      scheme: "exact",
      network: asset.network,
      amount: price,
      asset: asset.contract,
      payTo,
      maxTimeoutSeconds: 300,
      extra: { name: asset.name, version: asset.version },
    };
    return this.options.offers ?? [honest];
  }

  /** The body and headers of an answer 402. */
  demand(url: string): { body: string; headers: Record<string, string> } {
    const json = JSON.stringify({
      x402Version: 2,
      resource: { url, description: "fingerprints" },
      accepts: this.offers(),
    });
    return this.options.offersInHeader
      ? { body: "{}", headers: { "x-payment-required": Buffer.from(json).toString("base64") } }
      : { body: json, headers: {} };
  }

  /** The paying wallet, or why the payment is no good. An authorization pays for one body, however often it is sent. */
  take(header: string, body: string): { ok: true; from: string; charged: boolean } | { ok: false; message: string } {
    const refuse = (message: string) => ({ ok: false as const, message });
    let payment: {
      x402Version?: unknown;
      accepted?: Offer;
      payload?: { signature?: unknown; authorization?: Record<string, unknown> };
    };
    try {
      payment = JSON.parse(Buffer.from(header, "base64").toString());
    } catch {
      return refuse("X-PAYMENT: no JSON");
    }
    const a = payment.payload?.authorization;
    const { accepted } = payment;
    if (payment.x402Version !== 2 || !a || !accepted) return refuse("X-PAYMENT: shape");
    if (!this.offers().some((offer) => JSON.stringify(offer) === JSON.stringify(accepted)))
      return refuse("no such offer");
    const { asset } = this.options;
    const domain = {
      name: asset.name,
      version: asset.version,
      chainId: Number(asset.network.split(":")[1]),
      verifyingContract: asset.contract,
    };
    const authorization = {
      from: String(a.from),
      to: String(a.to),
      value: String(a.value),
      validAfter: String(a.validAfter),
      validBefore: String(a.validBefore),
      nonce: String(a.nonce),
    };
    const from = recoverSigner(domain, authorization, String(payment.payload?.signature));
    if (from === undefined || from !== authorization.from.toLowerCase()) return refuse("signature of another wallet");
    if (authorization.to.toLowerCase() !== accepted.payTo.toLowerCase()) return refuse("another recipient");
    if (authorization.value !== accepted.amount) return refuse("another amount");
    const known = this.charges.get(authorization.nonce);
    if (known)
      return known.body === body ? { ok: true, from, charged: false } : refuse("authorization is used already");
    const now = Math.floor(this.options.clock() / 1000);
    if (now <= Number(authorization.validAfter) || now >= Number(authorization.validBefore))
      return refuse("not valid now");
    this.charges.set(authorization.nonce, {
      nonce: authorization.nonce,
      from,
      amount: authorization.value,
      body,
      at: now * 1000,
    });
    return { ok: true, from, charged: true };
  }
}
