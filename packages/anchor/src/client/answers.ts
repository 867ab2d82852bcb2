// The network's answers, in both shapes that its published clients know (digital-evidence.md, HTTP). Each reader takes
// parsed JSON and returns what we use of it, or undefined where it is neither shape. Unknown members are left alone:
// the raw JSON is kept, and nothing is believed that is not held against what was sent.
import type { JsonValue } from "@sealtrail/smt/formats";
import { isUuid } from "@sealtrail/verify/signing";
import type { NetworkProof, SignedFingerprint } from "@sealtrail/verify/statement";
import { errorText } from "./http.js";

export type NetworkStatus = "UNASSIGNED" | "ASSIGNED" | "FINALIZED_COMMITMENT" | "ERRORED_COMMITMENT";

/** One result of a submission. `unknown`: the network did not say, a look-up must. */
export interface SubmissionResult {
  hash: string;
  eventId?: string;
  verdict: "accepted" | "refused" | "unknown";
  errors: string[];
}

export interface Detail {
  hash: string;
  eventId?: string;
  documentId: string;
  documentRef: string;
  signer?: string;
  status?: NetworkStatus;
  batchId?: string;
  root?: string;
  /** The whole signed statement, where the shape has all its members. Nothing of it is checked yet. */
  statement?: unknown;
}

export interface Batch {
  id: string;
  status: string;
  root?: string;
  finalizedAt?: string;
}

/** `unchecked`: the shape that has no published hashing. */
export type ProofAnswer =
  | { kind: "patricia"; proof: NetworkProof; root?: string }
  | { kind: "unchecked"; hash: string; root?: string };

export interface Page {
  items: Detail[];
  cursor?: string;
  hasMore: boolean;
}

type Members = { [name: string]: JsonValue };

const STATUSES: readonly string[] = ["UNASSIGNED", "ASSIGNED", "FINALIZED_COMMITMENT", "ERRORED_COMMITMENT"];
const MAX_ITEMS = 1_000;

export function readResults(json: JsonValue): SubmissionResult[] | undefined {
  const list = Array.isArray(json) ? json : unwrap(json);
  if (!Array.isArray(list) || list.length > MAX_ITEMS) return undefined;
  const results: SubmissionResult[] = [];
  for (const entry of list) {
    const o = members(entry);
    if (o === undefined || !isText(o.hash, 128)) return undefined;
    if (typeof o.accepted === "boolean") {
      if (!isText(o.eventId, 64)) return undefined;
      const errors = Array.isArray(o.errors) ? o.errors.slice(0, 10).map(errorText).filter(Boolean) : [];
      results.push({ hash: o.hash, eventId: o.eventId, verdict: o.accepted ? "accepted" : "refused", errors });
    } else if (isText(o.id, 64) && isText(o.status, 64)) {
      const known = STATUSES.includes(o.status) && o.status !== "ERRORED_COMMITMENT";
      results.push({ hash: o.hash, verdict: known ? "accepted" : "unknown", errors: known ? [] : [o.status] });
    } else return undefined;
  }
  return results;
}

export function readDetail(json: JsonValue): Detail | undefined {
  return detail(unwrap(json));
}

export function readPage(json: JsonValue): Page | undefined {
  const o = members(json);
  if (o === undefined || !Array.isArray(o.data) || o.data.length > MAX_ITEMS) return undefined;
  const items = o.data.map(detail);
  if (items.some((item) => item === undefined)) return undefined;
  const pagination = members(o.pagination ?? null);
  const page: Page = { items: items as Detail[], hasMore: pagination?.hasMore === true };
  if (isText(pagination?.cursor, 1_000)) page.cursor = pagination.cursor;
  return page;
}

export function readBatch(json: JsonValue): Batch | undefined {
  const o = members(unwrap(json));
  if (o === undefined || !isText(o.status, 64)) return undefined;
  const id = o.batchId ?? o.id;
  if (!isText(id, 100)) return undefined;
  const batch: Batch = { id, status: o.status };
  const root = o.mptRoot ?? o.batchRoot;
  if (isText(root, 64)) batch.root = root;
  if (isText(o.finalizedAt, 40)) batch.finalizedAt = o.finalizedAt;
  return batch;
}

/** Only told apart here; whether a Merkle Patricia proof holds is `verifyNetworkProof`'s to say. */
export function readProof(json: JsonValue): ProofAnswer | undefined {
  const o = members(unwrap(json));
  if (o === undefined) return undefined;
  const inner = members(o.proof ?? null);
  if (Array.isArray(inner?.proofPath)) {
    if (!isText(o.hash, 128)) return undefined;
    const answer: ProofAnswer = { kind: "unchecked", hash: o.hash };
    if (isText(inner.batchRoot, 64)) answer.root = inner.batchRoot;
    return answer;
  }
  let path: JsonValue | undefined = o.path;
  let witness: JsonValue | undefined = o.witness;
  if (inner !== undefined && path === undefined) {
    path = inner.path;
    witness = inner.witness;
  }
  if (path === undefined && Array.isArray(o.proof)) {
    path = o.leafKey;
    witness = o.proof;
  }
  if (typeof path !== "string" || !Array.isArray(witness)) return undefined;
  const answer: ProofAnswer = { kind: "patricia", proof: { path, witness } as unknown as NetworkProof };
  const root = o.root ?? o.rootHash ?? o.mptRoot;
  if (isText(root, 64)) answer.root = root;
  return answer;
}

export function readWhoami(json: JsonValue): { orgId: string; tenantId: string } | undefined {
  const o = members(unwrap(json));
  if (!isText(o?.orgId, 64) || !isText(o.tenantId, 64)) return undefined;
  const [orgId, tenantId] = [o.orgId.toLowerCase(), o.tenantId.toLowerCase()];
  // They go into what is signed, which has the network's own rules.
  return isUuid(orgId) && isUuid(tenantId) ? { orgId, tenantId } : undefined;
}

/** Is this the network's record of just this statement? Whatever the shape has is compared. */
export function isOurs(detail: Detail, signed: SignedFingerprint): boolean {
  const { content, hash } = signed;
  if (detail.hash !== hash || detail.documentId !== content.documentId) return false;
  if (detail.documentRef !== content.documentRef) return false;
  if (detail.eventId !== undefined && detail.eventId !== content.eventId) return false;
  const signer = detail.signer?.length === 130 ? detail.signer.slice(2) : detail.signer;
  return signer === undefined || signed.proofs.some((proof) => proof.id === signer);
}

function detail(json: JsonValue | undefined): Detail | undefined {
  const o = members(json ?? null);
  if (o === undefined) return undefined;
  if (!isText(o.hash, 128) || !isText(o.documentId, 256) || !isText(o.documentRef, 128)) return undefined;
  const read: Detail = { hash: o.hash, documentId: o.documentId, documentRef: o.documentRef };
  if (isText(o.eventId, 64)) read.eventId = o.eventId;
  if (isText(o.signer, 140)) read.signer = o.signer;
  if (isText(o.batchId, 100)) read.batchId = o.batchId;
  if (isText(o.mptRoot, 64)) read.root = o.mptRoot;
  if (Array.isArray(o.proofs)) read.statement = statementIn(o);
  if (o.status !== undefined) {
    if (typeof o.status !== "string" || !STATUSES.includes(o.status)) return undefined;
    read.status = o.status as NetworkStatus;
  }
  return read;
}

/** The signed statement that a detail of the second shape spells out member by member. */
function statementIn(o: Members): unknown {
  const { organizationId: orgId, tenantId, eventId, documentId, documentRef, version, proofs, hash, signer } = o;
  const content = { orgId, tenantId, eventId, documentId, documentRef, timestamp: o.fingerprintTimestamp, version };
  return { content: signer === undefined ? content : { ...content, signerId: signer }, proofs, hash };
}

function unwrap(json: JsonValue): JsonValue {
  return members(json)?.data ?? null;
}

function members(json: JsonValue): Members | undefined {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? json : undefined;
}

function isText(value: JsonValue | undefined, max: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= max;
}
