// Who signed the checkpoint, and does a network that the caller knows confirm it? (formats.md, sections 5 and 6)

import type { BundleCheckName } from "../codes.js";
import { signedOf } from "../statement/anchor.js";
import { verifyFingerprint } from "../statement/fingerprint.js";
import { verifyNetworkProof } from "../statement/network-proof.js";
import { findSigner, type Signer } from "../statement/signers.js";
import { matchStatement } from "../statement/statement.js";
import type { Bundle } from "./bundle.js";
import { absent, type BundleCheck, failed, NONE, OK, verdictCheck } from "./check.js";

/** A root that a network published, known from outside the file. @public */
export interface NetworkRoot {
  network: string;
  /** Hex. */
  root: string;
  /** When the network made it final, where the caller knows. */
  finalizedAt?: string;
}

type NetworkChecks = Extract<
  BundleCheckName,
  "anchor-reference" | "signature" | "signer" | "network-proof" | "network-root"
>;

export function networkChecks(
  { anchor, anchored, checkpoint }: Bundle,
  ask: { signers: readonly Signer[]; networkRoots: readonly NetworkRoot[] },
): { checks: { [name in NetworkChecks]: BundleCheck }; provenBefore: string | null } {
  const checks: { [name in NetworkChecks]: BundleCheck } = {
    "anchor-reference": NONE,
    signature: NONE,
    signer: NONE,
    "network-proof": NONE,
    "network-root": NONE,
  };
  if (!anchor) return { checks, provenBefore: null };
  const stated = anchored ?? checkpoint;
  checks["anchor-reference"] = verdictCheck(matchStatement(anchor.content, stated));
  const signature = verifyFingerprint(signedOf(anchor));
  checks.signature = verdictCheck(signature);
  if (!signature.ok) checks.signer = absent("not-reached");
  else checks.signer = findSigner(signature.signers, stated.version, ask.signers) ? OK : absent("signer-unknown");
  if (!anchor.networkProof) return { checks, provenBefore: null };
  if (anchor.network === "ledger") {
    checks["network-proof"] = absent("ledger-file");
    return { checks, provenBefore: null };
  }
  const proven = verifyNetworkProof(anchor.networkProof, { hash: anchor.hash });
  if (!proven.ok) {
    checks["network-proof"] = proven.code === "data-digest-unknown" ? absent(proven.code) : failed(proven.code);
    checks["network-root"] = absent("not-reached");
    return { checks, provenBefore: null };
  }
  checks["network-proof"] = OK;
  const known = ask.networkRoots.filter(({ network, root }) => network === anchor.network && root === proven.root);
  checks["network-root"] = known.length > 0 ? OK : absent("root-unknown");
  return { checks, provenBefore: known.find((root) => root.finalizedAt !== undefined)?.finalizedAt ?? null };
}
