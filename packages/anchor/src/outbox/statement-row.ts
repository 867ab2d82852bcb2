// One row of the outbox as the rest of the package sees it. The file may have been edited by whoever owns the machine:
// what is read here is not believed until it is checked (`../audit`).
import { parseStrict } from "@sealtrail/smt/formats";
import { parseSigned } from "@sealtrail/verify/signing";
import type { AnchorPart, Network, NetworkProof, SignedFingerprint } from "@sealtrail/verify/statement";

export type StatementState = "queued" | "sent" | "accepted" | "finalized" | "rejected" | "superseded";

export interface StatementRow {
  id: number;
  /** The checkpoint's. */
  version: number;
  target: Network;
  /** The fingerprint's hash. */
  hash: string;
  /** JSON text, sent as these bytes. */
  submission: string;
  state: StatementState;
  reason: string | null;
  firstSequence: number;
  lastSequence: number;
  /** Milliseconds, as all times but `finalizedAt`. */
  signedAt: number;
  sentAt: number | null;
  acceptedAt: number | null;
  settledAt: number | null;
  checks: number;
  checkAt: number;
  alarm: string | null;
  /** The network's record as it came, raw JSON. */
  detail: string | null;
  batchId: string | null;
  /** Looked up by ourselves; still only the network's word. */
  batchRoot: string | null;
  finalizedAt: string | null;
  proofState: "verified" | "unchecked" | "invalid" | null;
  /** JSON: `{path, witness}` where it was verified, else the answer as it came. */
  networkProof: string | null;
}

/** The stored submission, parsed; undefined where it is no strict JSON. */
export function submissionOf(row: Pick<StatementRow, "submission">): unknown {
  return readJson(row.submission);
}

/** The signed fingerprint in a stored submission; undefined where the row was damaged. No cryptography. */
export function parseStatement(row: Pick<StatementRow, "submission">): SignedFingerprint | undefined {
  const json = readJson(row.submission) as
    | { attestation?: { content?: unknown; proofs?: unknown }; metadata?: { hash?: unknown } }
    | undefined;
  const parsed = parseSigned({
    content: json?.attestation?.content,
    proofs: json?.attestation?.proofs,
    hash: json?.metadata?.hash,
  });
  return parsed.ok ? parsed.signed : undefined;
}

/** The bundle's member `anchor`; undefined while the statement is nowhere outside. */
export function anchorPartOf(row: StatementRow): AnchorPart | undefined {
  if (row.state !== "accepted" && row.state !== "finalized") return undefined;
  const signed = parseStatement(row);
  if (signed === undefined) return undefined;
  const part: AnchorPart = { ...signed, network: row.target, status: row.state };
  const proof = row.proofState === "verified" && row.networkProof !== null ? readJson(row.networkProof) : undefined;
  if (proof !== undefined) part.networkProof = proof as unknown as NetworkProof;
  return part;
}

function readJson(text: string): unknown {
  const parsed = parseStrict(new TextEncoder().encode(text));
  return parsed.ok ? parsed.value : undefined;
}
