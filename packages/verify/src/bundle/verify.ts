// The verdict on an evidence bundle (formats.md, section 6): every check by name, none hiding another. A file alone is never
// `valid`: what makes it so, signers and network roots, comes from the caller.

import { type Checkpoint, parseCheckpoint } from "@sealtrail/smt/checkpoint";
import { checkHex, type Limits, parseStrict } from "@sealtrail/smt/formats";
import type { BundleCheckName, BundleVerdict } from "../codes.js";
import type { EventBody } from "../event/body.js";
import { parseSigners, type Signer } from "../statement/signers.js";
import { type NetworkRoot, networkChecks } from "./anchored.js";
import { type Bundle, readBundle } from "./bundle.js";
import { absent, also, type BundleCheck, failed, OK } from "./check.js";
import { contentCheck, disclosureCheck, pairCheck, positionCheck, recordCheck } from "./disclosed.js";
import { checkpointCheck, countCheck, equivocationCheck, extensionCheck, inclusionCheck } from "./placed.js";
import { beginning } from "./restarted.js";

/** What the caller trusts and knows from elsewhere than the bundle. @public */
export interface BundleAsk {
  /** Whose signatures count: a `sealtrail-signers/1` file's value, or its list alone. Empty: nobody's. */
  signers: readonly Signer[] | { format: "sealtrail-signers/1"; signers: readonly Signer[] };
  networkRoots: readonly NetworkRoot[];
  /** Checkpoints of the tree that the caller has from elsewhere: a contradiction is an equivocation. */
  checkpoints?: readonly Checkpoint[];
  /** Raises (or lowers) the bounds on the file's bytes and its extension's nodes. */
  limits?: Limits;
}

/** What `verifyBundle` found: the verdict, and the outcome of each check. @public */
export interface BundleReport {
  verdict: BundleVerdict;
  /** In the format's order. */
  checks: { [name in BundleCheckName]: BundleCheck };
  /** `finalizedAt` of the caller's matching network root, never a date out of the bundle. */
  provenBefore: string | null;
  /** When the operator says that the anchored checkpoint, or the only one, was made. */
  claimedAt: string | null;
  /** The first event of a trail that stands in the place of another one, which it names in its metadata; else null. */
  restarted: EventBody | null;
  /** The bundle, where its shape holds; what it says is worth what `verdict` says. */
  bundle: Bundle | null;
}

const names: readonly BundleCheckName[] = [
  "schema",
  "disclosure",
  "content",
  "pair",
  "record",
  "position",
  "inclusion",
  "checkpoint",
  "count",
  "extension",
  "anchor-reference",
  "signature",
  "signer",
  "network-proof",
  "network-root",
  "equivocation",
];

/** Checks the bytes of a bundle. Throws TypeError on a malformed `ask`, never on the bytes. @public */
export function verifyBundle(bytes: Uint8Array, ask: BundleAsk): BundleReport {
  const signers = checkAsk(ask);
  const limits = ask.limits ?? {};
  const parsed = parseStrict(bytes, { limits });
  const read = parsed.ok ? readBundle(parsed.value) : parsed;
  if (!read.ok) {
    const checks = Object.fromEntries(names.map((name) => [name, absent("not-reached")])) as BundleReport["checks"];
    checks.schema = failed(read.code);
    return { verdict: "invalid", checks, provenBefore: null, claimedAt: null, restarted: null, bundle: null };
  }
  const { bundle } = read;
  const begun = beginning(bundle);
  const network = networkChecks(bundle, { signers, networkRoots: ask.networkRoots });
  const checks: BundleReport["checks"] = {
    schema: OK,
    disclosure: also(disclosureCheck(bundle), begun && disclosureCheck(begun)),
    content: contentCheck(bundle),
    pair: pairCheck(bundle),
    record: also(recordCheck(bundle), begun && recordCheck(begun)),
    position: positionCheck(bundle),
    inclusion: inclusionCheck(bundle),
    checkpoint: checkpointCheck(bundle),
    count: countCheck(bundle),
    extension: extensionCheck(bundle, limits),
    ...network.checks,
    equivocation: equivocationCheck(bundle, ask.checkpoints ?? []),
  };
  const claimedAt = (bundle.anchored ?? bundle.checkpoint).createdAt;
  const verdict = verdictOf(bundle, checks);
  // A forged bundle must not come with a date that looks proven.
  const provenBefore = verdict === "invalid" ? null : network.provenBefore;
  return { verdict, checks, provenBefore, claimedAt, restarted: bundle.restarted?.event ?? null, bundle };
}

function verdictOf(bundle: Bundle, checks: BundleReport["checks"]): BundleVerdict {
  if (Object.values(checks).some((check) => check.status === "failed")) return "invalid";
  if (bundle.anchor === undefined) return "unanchored";
  if (checks.signer.status !== "ok") return "untrusted";
  return checks["network-root"].status === "ok" ? "valid" : "attested";
}

function checkAsk({ signers, networkRoots, checkpoints }: BundleAsk): readonly Signer[] {
  const list = parseSigners(signers);
  if (!list.ok) throw new TypeError("signers: expected a list of signers");
  if (!Array.isArray(networkRoots)) throw new TypeError("networkRoots: expected a list");
  for (const { network, root, finalizedAt } of networkRoots as NetworkRoot[]) {
    const isOptionalText = finalizedAt === undefined || typeof finalizedAt === "string";
    if (typeof network !== "string" || checkHex(root, 32) || !isOptionalText)
      throw new TypeError("networkRoots: one is not {network, root, finalizedAt?}");
  }
  for (const one of checkpoints ?? []) {
    if (!parseCheckpoint(one).ok) throw new TypeError("checkpoints: one is not a checkpoint");
  }
  return list.signers;
}
