// The member `anchor` of an evidence bundle (formats.md, section 6): a signed fingerprint, where it was published, and
// the network's own proof once there is one. Network and status are the file's claims, shown as such.
import type { FingerprintCode, NetworkProofCode } from "../codes.js";
import { parseSigned, type SignedFingerprint } from "./fingerprint.js";
import { type NetworkProof, parseNetworkProof } from "./network-proof.js";
import { closedObject } from "./shape.js";

/** `ledger` is the ledger file: never more than `attested`. @public */
export type Network = "mainnet" | "integration" | "test" | "ledger";

/** The signed statement in a bundle or in a ledger, with the network's proof where there is one. @public */
export interface AnchorPart extends SignedFingerprint {
  network: Network;
  status: "accepted" | "finalized";
  networkProof?: NetworkProof;
}

const NETWORKS: readonly unknown[] = ["mainnet", "integration", "test", "ledger"] satisfies Network[];

/**
 * The shape of an anchor, closed; no cryptography (`verifyFingerprint(signedOf(anchor))`, `verifyNetworkProof`).
 *
 * @public
 */
export function parseAnchor(
  json: unknown,
): { ok: true; anchor: AnchorPart } | { ok: false; code: FingerprintCode | NetworkProofCode } {
  const closed = closedObject(json, ["content", "proofs", "hash", "network", "status"], ["networkProof"]);
  if (!closed.ok) return closed;
  const { content, proofs, hash, network, status, networkProof } = closed.object;
  const signed = parseSigned({ content, proofs, hash });
  if (!signed.ok) return signed;
  if (!NETWORKS.includes(network)) return { ok: false, code: "bad-field" };
  if (status !== "accepted" && status !== "finalized") return { ok: false, code: "bad-field" };
  if (Object.hasOwn(closed.object, "networkProof")) {
    const proof = parseNetworkProof(networkProof);
    if (!proof.ok) return proof;
  }
  return { ok: true, anchor: json as AnchorPart };
}

/** The signed fingerprint in an anchor, without what is only claimed beside it. */
export function signedOf(anchor: AnchorPart): SignedFingerprint {
  return { content: anchor.content, proofs: anchor.proofs, hash: anchor.hash };
}
