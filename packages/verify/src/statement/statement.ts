// The anchor statement of a checkpoint (formats.md, section 5): what its fingerprint says, and whether a signed content
// says just that. The signature then binds root, range, count, version and the whole line before it.
import { type Checkpoint, checkpointHash } from "@sealtrail/smt/checkpoint";
import type { StatementCode } from "../codes.js";
import { type FingerprintValue, NIL_UUID } from "./fingerprint.js";

/** What `documentId` says, taken apart. @public */
export interface DocumentId {
  tree: string;
  firstSequence: number;
  lastSequence: number;
  leafCount: number;
  checkpointHash: string;
}

/** Who makes the statement and which one it is. @public */
export interface StatementIdentity {
  /** A fresh UUID for every statement. */
  eventId: string;
  signerId: string;
  /** Without an account: the nil UUID, and the statement stays in the ledger file. */
  orgId?: string;
  tenantId?: string;
}

/** `smt:<tree>:<firstSequence>-<lastSequence>:<leafCount>:<H(JCS(checkpoint))>` @public */
export function documentIdOf(c: Checkpoint): string {
  return `smt:${c.tree}:${c.firstSequence}-${c.lastSequence}:${c.leafCount}:${checkpointHash(c)}`;
}

/** The parts of a `documentId`; undefined where it is not of the form that `documentIdOf` gives. @public */
export function parseDocumentId(documentId: unknown): DocumentId | undefined {
  if (typeof documentId !== "string" || documentId.length > 256) return undefined;
  const m = /^smt:([0-9a-f]{32}):([1-9]\d{0,15})-([1-9]\d{0,15}):([1-9]\d{0,15}):([0-9a-f]{64})$/.exec(documentId);
  if (m === null) return undefined;
  const [firstSequence, lastSequence, leafCount] = [Number(m[2]), Number(m[3]), Number(m[4])];
  if (![firstSequence, lastSequence, leafCount].every(Number.isSafeInteger)) return undefined;
  return { tree: m[1]!, firstSequence, lastSequence, leafCount, checkpointHash: m[5]! };
}

/** The value to be signed for a checkpoint. @public */
export function statementOf(checkpoint: Checkpoint, identity: StatementIdentity): FingerprintValue {
  return {
    orgId: identity.orgId ?? NIL_UUID,
    tenantId: identity.tenantId ?? NIL_UUID,
    eventId: identity.eventId,
    signerId: identity.signerId,
    documentId: documentIdOf(checkpoint),
    documentRef: checkpoint.root,
    timestamp: checkpoint.createdAt,
    version: 1,
  };
}

/** Is this content the statement of this checkpoint? Shape and signature are checked elsewhere (`verifyFingerprint`). */
export function matchStatement(
  content: FingerprintValue,
  checkpoint: Checkpoint,
): { ok: true } | { ok: false; code: StatementCode } {
  const refuse = (code: StatementCode) => ({ ok: false as const, code });
  const id = parseDocumentId(content.documentId);
  if (id === undefined) return refuse("bad-document-id");
  if (id.tree !== checkpoint.tree) return refuse("tree-differs");
  if (content.documentRef !== checkpoint.root) return refuse("root-differs");
  const sameRange = id.firstSequence === checkpoint.firstSequence && id.lastSequence === checkpoint.lastSequence;
  if (!sameRange || id.leafCount !== checkpoint.leafCount) return refuse("range-differs");
  if (id.checkpointHash !== checkpointHash(checkpoint)) return refuse("checkpoint-differs");
  if (content.timestamp !== checkpoint.createdAt || content.version !== 1) return refuse("timestamp-differs");
  return { ok: true };
}
