// The verdict on an evidence bundle (formats.md, section 6): every check by name, none hiding another. A file alone is never
// `valid`: what makes it so, signers and network roots, comes from the caller.
import {
  findSigner,
  matchStatement,
  parseSigners,
  type Signer,
  signedOf,
  verifyFingerprint,
  verifyNetworkProof,
} from "@sealtrail/anchor/check";
import {
  bytesToHex,
  type Checkpoint,
  canonicalEvent,
  censoredKey,
  compareCheckpoints,
  contentHash,
  countFault,
  hexToBytes,
  isTimestamp,
  type LeafRecord,
  type Limits,
  lineFault,
  type Proof,
  parseCheckpoint,
  parseStrict,
  rawKey,
  recordValue,
  saltOf,
  verifyExtension,
  verifyProof,
} from "@sealtrail/smt";
import type { BundleCheckName, BundleCode, BundleVerdict } from "../codes.js";
import { fromBase64 } from "./base64.js";
import { type Bundle, readBundle } from "./bundle.js";

/** A root that a network published, known from outside the file. */
export interface NetworkRoot {
  network: string;
  /** Hex. */
  root: string;
  /** When the network made it final, where the caller knows. */
  finalizedAt?: string;
}

export interface BundleAsk {
  /** Whose signatures count: a `sealtrail-signers/1` list. Empty: nobody's. */
  signers: readonly Signer[];
  networkRoots: readonly NetworkRoot[];
  /** Checkpoints of the tree that the caller has from elsewhere: a contradiction is an equivocation. */
  checkpoints?: readonly Checkpoint[];
  /** Raises (or lowers) the bounds on the file's bytes and its extension's nodes. */
  limits?: Limits;
}

export type BundleCheck = { status: "ok" } | { status: "failed" | "absent"; code: BundleCode };

export interface BundleReport {
  verdict: BundleVerdict;
  /** In the format's order. */
  checks: { [name in BundleCheckName]: BundleCheck };
  /** `finalizedAt` of the caller's matching network root, never a date out of the bundle. */
  provenBefore: string | null;
  /** When the operator says that the anchored checkpoint, or the only one, was made. */
  claimedAt: string | null;
  /** The bundle, where its shape holds; what it says is worth what `verdict` says. */
  bundle: Bundle | null;
}

const OK: BundleCheck = { status: "ok" };
const failed = (code: BundleCode): BundleCheck => ({ status: "failed", code });
const absent = (code: BundleCode): BundleCheck => ({ status: "absent", code });
const NONE = absent("not-in-bundle");
/** A check with this fault, or none. */
const judge = (code: BundleCode | undefined): BundleCheck => (code === undefined ? OK : failed(code));
const verdictCheck = (verdict: { ok: true } | { ok: false; code: BundleCode }) =>
  verdict.ok ? OK : failed(verdict.code);

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

/** Checks the bytes of a bundle. Throws TypeError on a malformed `ask`, never on the bytes. */
export function verifyBundle(bytes: Uint8Array, ask: BundleAsk): BundleReport {
  checkAsk(ask);
  const limits = ask.limits ?? {};
  const parsed = parseStrict(bytes, { limits });
  const read = parsed.ok ? readBundle(parsed.value) : parsed;
  if (!read.ok) {
    const checks = Object.fromEntries(names.map((name) => [name, absent("not-reached")])) as BundleReport["checks"];
    checks.schema = failed(read.code);
    return { verdict: "invalid", checks, provenBefore: null, claimedAt: null, bundle: null };
  }
  const { bundle } = read;
  const network = networkChecks(bundle, ask);
  const checks: BundleReport["checks"] = {
    schema: OK,
    disclosure: disclosureCheck(bundle),
    content: contentCheck(bundle),
    pair: pairCheck(bundle),
    record: recordCheck(bundle),
    position: positionCheck(bundle),
    inclusion: inclusionCheck(bundle),
    checkpoint: checkpointCheck(bundle),
    count: judge(countFault(bundle.checkpoint) ?? (bundle.anchored && countFault(bundle.anchored))),
    extension: extensionCheck(bundle, limits),
    ...network.checks,
    equivocation: equivocationCheck(bundle, ask.checkpoints ?? []),
  };
  const claimedAt = (bundle.anchored ?? bundle.checkpoint).createdAt;
  const verdict = verdictOf(bundle, checks);
  // A forged bundle must not come with a date that looks proven.
  const provenBefore = verdict === "invalid" ? null : network.provenBefore;
  return { verdict, checks, provenBefore, claimedAt, bundle };
}

function verdictOf(bundle: Bundle, checks: BundleReport["checks"]): BundleVerdict {
  if (Object.values(checks).some((check) => check.status === "failed")) return "invalid";
  if (bundle.anchor === undefined) return "unanchored";
  if (checks.signer.status !== "ok") return "untrusted";
  return checks["network-root"].status === "ok" ? "valid" : "attested";
}

function disclosureCheck({ disclosure, proof }: Bundle): BundleCheck {
  if (disclosure.level === "none") return NONE;
  const key =
    disclosure.level === "raw"
      ? rawKey(hexToBytes(disclosure.salt), canonicalEvent(disclosure.event))
      : censoredKey(disclosure.event);
  return judge(bytesToHex(key) === proof.key ? undefined : "disclosure-mismatch");
}

function contentCheck({ disclosure }: Bundle): BundleCheck {
  if (disclosure.level !== "raw" || disclosure.content === undefined) return NONE;
  const contentSalt = hexToBytes(disclosure.contentSalt!);
  const fits =
    bytesToHex(saltOf(contentSalt)) === disclosure.salt &&
    bytesToHex(contentHash(contentSalt, fromBase64(disclosure.content)!)) === disclosure.event.contentHash;
  return judge(fits ? undefined : "content-mismatch");
}

/** Each leaf's record names the other's key, and they agree in all else: one event, not two. */
function pairCheck({ disclosure, proof, censoredProof }: Bundle): BundleCheck {
  if (disclosure.level !== "raw") return NONE;
  const raw = proof.record!;
  const censored = censoredProof!.record!;
  const fits =
    censoredProof!.key === bytesToHex(censoredKey(disclosure.event)) &&
    raw.pair === censoredProof!.key &&
    censored.pair === proof.key &&
    raw.hashType === "raw" &&
    censored.hashType === "censored" &&
    censored.seqNo === raw.seqNo + 1 &&
    censored.eventId === raw.eventId &&
    censored.epoch === raw.epoch &&
    censored.timestamp === raw.timestamp &&
    censored.chainPrev === raw.chainPrev;
  return judge(fits ? undefined : "pair-mismatch");
}

function recordCheck({ disclosure, proof, censoredProof }: Bundle): BundleCheck {
  if (!proof.record) return NONE;
  const hashes = (record: LeafRecord, value: string | undefined) => bytesToHex(recordValue(record)) === value;
  if (!hashes(proof.record, proof.value)) return failed("record-mismatch");
  if (censoredProof && !hashes(censoredProof.record!, censoredProof.value)) return failed("record-mismatch");
  if (disclosure.level === "none") return OK;
  const { hashType, eventId, timestamp, seqNo } = proof.record;
  const { id, createdAt } = disclosure.event;
  const fits =
    hashType === disclosure.level &&
    eventId === id &&
    isTimestamp(createdAt) &&
    timestamp === Date.parse(createdAt) &&
    (disclosure.level !== "raw" || seqNo === 2 * disclosure.event.sequence - 1);
  return judge(fits ? undefined : "record-disagrees");
}

function positionCheck({ proof, checkpoint }: Bundle): BundleCheck {
  if (!proof.record) return NONE;
  return judge(proof.record.seqNo <= 2 * checkpoint.lastSequence ? undefined : "position-outside");
}

function inclusionCheck({ proof, censoredProof, checkpoint }: Bundle): BundleCheck {
  const fault = (one: Proof): BundleCode | undefined => {
    if (one.root !== checkpoint.root) return "checkpoint-root";
    const { record: _, ...bare } = one; // the check `record` judges it
    const ask = { root: hexToBytes(one.root), key: hexToBytes(one.key), value: hexToBytes(one.value!) };
    const verdict = verifyProof(bare, ask);
    return verdict.ok ? undefined : verdict.code;
  };
  return judge(fault(proof) ?? (censoredProof && fault(censoredProof)));
}

function checkpointCheck({ checkpoint, anchored }: Bundle): BundleCheck {
  const later = anchored && anchored.tree === checkpoint.tree && anchored.version > checkpoint.version;
  return judge(
    lineFault(checkpoint) ?? (anchored && (lineFault(anchored) ?? (later ? undefined : "anchored-not-later"))),
  );
}

function extensionCheck({ checkpoint, anchored, extension }: Bundle, limits: Limits): BundleCheck {
  if (!anchored || !extension) return NONE;
  return verdictCheck(
    verifyExtension(extension, { oldRoot: hexToBytes(checkpoint.root), newRoot: hexToBytes(anchored.root), limits }),
  );
}

type NetworkChecks = "anchor-reference" | "signature" | "signer" | "network-proof" | "network-root";

function networkChecks(
  { anchor, anchored, checkpoint }: Bundle,
  ask: BundleAsk,
): { checks: Pick<BundleReport["checks"], NetworkChecks>; provenBefore: string | null } {
  const checks: Pick<BundleReport["checks"], NetworkChecks> = {
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

function equivocationCheck({ checkpoint, anchored }: Bundle, known: readonly Checkpoint[]): BundleCheck {
  const own = anchored ? [checkpoint, anchored] : [checkpoint];
  if (own.length + known.length === 1) return NONE;
  const contradict = own.some((one, i) =>
    [...own.slice(i + 1), ...known].some((other) => compareCheckpoints(one, other) === "equivocation"),
  );
  return judge(contradict ? "equivocation" : undefined);
}

function checkAsk({ signers, networkRoots, checkpoints }: BundleAsk): void {
  if (!Array.isArray(signers) || !parseSigners(signers).ok) throw new TypeError("signers: expected a list of signers");
  if (!Array.isArray(networkRoots)) throw new TypeError("networkRoots: expected a list");
  for (const { network, root, finalizedAt } of networkRoots as NetworkRoot[]) {
    if (typeof network !== "string") throw new TypeError("networkRoots: network expected");
    if (typeof root !== "string" || !/^[0-9a-f]{64}$/.test(root)) throw new TypeError("networkRoots: root expected");
    if (finalizedAt !== undefined && typeof finalizedAt !== "string")
      throw new TypeError("networkRoots: finalizedAt is no text");
  }
  for (const one of checkpoints ?? []) {
    if (!parseCheckpoint(one).ok) throw new TypeError("checkpoints: one is not a checkpoint");
  }
}
