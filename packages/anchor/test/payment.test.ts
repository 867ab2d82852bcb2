// Payments: signatures agree with a kept Ethereum library, and no hostile offer is ever signed.

import { bytesToHex } from "@noble/hashes/utils.js";
import { TypedDataEncoder, verifyTypedData, Wallet } from "ethers";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { offersIn, paymentNonce, signPayment, toBase64 } from "../src/payment/authorize.js";
import { authorizationDigest, recoverSigner, signAuthorization } from "../src/payment/eip712.js";
import { BASE_USDC, type Offer, type PaymentPolicy, walletAddress, walletIdentity } from "../src/payment/index.js";
import { checkPolicy, chooseOffer, domainOf, type OfferCode } from "../src/payment/offer.js";

const WALLET = "33".repeat(32);
const PAY_TO = `0x${"77".repeat(20)}`;
const policy: PaymentPolicy = { environment: "mainnet", maxPerPayment: "5000", maxPerDay: "20000", payTo: PAY_TO };
const offer: Offer = {
  scheme: "exact",
  network: "eip155:8453",
  amount: "1000",
  asset: BASE_USDC.contract,
  payTo: PAY_TO,
  maxTimeoutSeconds: 300,
  extra: { name: "USD Coin", version: "2" },
};
const TYPES = {
  TransferWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
};

describe("agreement with ethers", () => {
  const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => bytesToHex(b));
  const uint = fc.bigInt(0n, 2n ** 256n - 1n).map(String);

  it("addresses, digests and signatures are the same", () => {
    fc.assert(
      fc.property(
        hex(31),
        hex(20),
        hex(20),
        hex(32),
        uint,
        uint,
        uint,
        fc.nat(),
        fc.string(),
        (k, to, asset, nonce, v, a, b, chain, name) => {
          const key = `01${k}`;
          const wallet = new Wallet(`0x${key}`);
          expect(walletAddress(key)).toBe(wallet.address.toLowerCase());
          const domain = { name, version: "2", chainId: chain, verifyingContract: `0x${asset}` };
          const message = {
            from: walletAddress(key),
            to: `0x${to}`,
            value: v,
            validAfter: a,
            validBefore: b,
            nonce: `0x${nonce}`,
          };
          expect(`0x${bytesToHex(authorizationDigest(domain, message))}`).toBe(
            TypedDataEncoder.hash(domain, TYPES, message),
          );
          const signature = signAuthorization(domain, message, key);
          expect(verifyTypedData(domain, TYPES, message, signature)).toBe(wallet.address);
          expect(recoverSigner(domain, message, signature)).toBe(walletAddress(key));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("a payment's signature is the one that ethers makes", async () => {
    const paid = signPayment(offer, { hashes: ["ab".repeat(32)], attempt: 1, now: 1_700_000_000_000 }, policy, WALLET);
    const domain = domainOf(policy);
    expect(paid.signature).toBe(await new Wallet(`0x${WALLET}`).signTypedData(domain, TYPES, paid.authorization));
    expect(JSON.parse(atob(paid.header))).toEqual({
      x402Version: 2,
      accepted: offer,
      payload: { signature: paid.signature, authorization: paid.authorization },
    });
    expect(recoverSigner(domain, { ...paid.authorization, value: "1001" }, paid.signature)).not.toBe(
      walletAddress(WALLET),
    );
  });
});

describe("identity and nonce", () => {
  it("organisation and tenant are UUIDv5 of the lower-case address", () => {
    const { orgId, tenantId } = walletIdentity("0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A");
    expect(walletIdentity("0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a")).toEqual({ orgId, tenantId });
    for (const id of [orgId, tenantId])
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(orgId).not.toBe(tenantId);
  });

  it("one batch and attempt have one nonce, others another", () => {
    const [a, b] = ["ab".repeat(32), "cd".repeat(32)];
    const nonces = [
      [[a], 1],
      [[b], 1],
      [[a, b], 1],
      [[b, a], 1],
      [[a], 2],
    ] as [string[], number][];
    expect(new Set(nonces.map(([hashes, attempt]) => paymentNonce(hashes, attempt))).size).toBe(5);
    expect(paymentNonce([a], 1)).toBe(paymentNonce([a], 1));
  });

  it("is never valid for more than 600 s", () => {
    const now = 1_700_000_000_000;
    const long = { ...offer, maxTimeoutSeconds: 1e9 };
    const { authorization } = signPayment(long, { hashes: ["ab".repeat(32)], attempt: 1, now }, policy, WALLET);
    expect(Number(authorization.validBefore)).toBe(now / 1000 + 600);
  });
});

describe("hostile offers", () => {
  const hostile: [OfferCode, string, unknown][] = [
    ["offer-scheme", "another scheme", { ...offer, scheme: "upto" }],
    ["offer-network", "another chain", { ...offer, network: "eip155:1" }],
    ["offer-asset", "another asset", { ...offer, asset: `0x${"66".repeat(20)}` }],
    ["offer-domain", "another name", { ...offer, extra: { name: "Dai", version: "2" } }],
    ["offer-domain", "another version", { ...offer, extra: { name: "USD Coin", version: "1" } }],
    ["offer-recipient", "another recipient", { ...offer, payTo: `0x${"66".repeat(20)}` }],
    ["offer-over-payment-cap", "over the cap per payment", { ...offer, amount: "5001" }],
    ["offer-malformed", "a hex amount", { ...offer, amount: "0x10" }],
    ["offer-malformed", "a negative amount", { ...offer, amount: "-1" }],
    ["offer-malformed", "an amount as a number", { ...offer, amount: 1000 }],
    ["offer-malformed", "an exponent", { ...offer, amount: "1e3" }],
    ["offer-malformed", "nothing for free", { ...offer, amount: "0" }],
    ["offer-malformed", "no time-out", { ...offer, maxTimeoutSeconds: 0 }],
    ["offer-malformed", "a domain of numbers", { ...offer, extra: { name: 1 } }],
    ["offer-malformed", "null", null],
    ["offer-malformed", "one that no header could carry back", { ...offer, extra: { note: "x".repeat(1_000_000) } }],
  ];
  test.each(hostile)("%s: %s", (code, _what, json) => {
    expect(chooseOffer([json], policy, 0n)).toEqual({ ok: false, codes: [code] });
  });

  it("the day's cap counts what was spent", () => {
    expect(chooseOffer([offer], policy, 19_000n)).toEqual({ ok: true, offer });
    expect(chooseOffer([offer], policy, 19_001n)).toEqual({ ok: false, codes: ["offer-over-day-cap"] });
  });

  it("the first one that is allowed is taken; without any there is a reason", () => {
    expect(chooseOffer([{ ...offer, scheme: "x" }, offer], policy, 0n)).toEqual({ ok: true, offer });
    expect(chooseOffer([], policy, 0n)).toEqual({ ok: false, codes: ["offer-malformed"] });
  });

  it("test assets are refused on mainnet", () => {
    const asset = { network: "eip155:84532", contract: `0x${"42".repeat(20)}`, name: "Test", version: "1" };
    expect(() => checkPolicy({ ...policy, asset })).toThrow("mainnet");
    expect(() => checkPolicy({ ...policy, environment: "integration", asset })).not.toThrow();
    for (const bad of ["", "0", "-1", "1.5", "1e9", "0x1"]) {
      expect(() => checkPolicy({ ...policy, maxPerDay: bad }), bad).toThrow("maxPerDay");
    }
  });

  it("offers are found in the body or the header", () => {
    const failure = { ok: false as const, kind: "status" as const, message: "", status: 402 };
    const json = { x402Version: 2, accepts: [offer] };
    expect(offersIn({ ...failure, body: json as never })).toEqual([offer]);
    const headers = new Headers({ "x-payment-required": toBase64(JSON.stringify(json)) });
    expect(offersIn({ ...failure, headers })).toEqual([offer]);
    expect(offersIn({ ...failure, headers: new Headers({ "x-payment-required": "%%%" }) })).toEqual([]);
    expect(offersIn(failure)).toEqual([]);
  });
});
