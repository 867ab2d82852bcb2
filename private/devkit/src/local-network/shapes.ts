// The two published shapes of each answer (digital-evidence.md, the table under HTTP).
import type { ClosedBatch, Fingerprint, Registry } from "./registry.js";

/** `first` and `second` as the table has them; `second-leaf-key` answers proofs as `{leafKey, leafValue, root, proof}`. */
export type Shape = "first" | "second" | "second-leaf-key";

const iso = (ms: number) => new Date(ms).toISOString();

export function detailOf(f: Fingerprint, registry: Registry, shape: Shape): object {
  const { content, hash, batch } = f;
  const first = {
    eventId: content.eventId,
    documentId: content.documentId,
    documentRef: content.documentRef,
    hash,
    createdAt: iso(f.storedAt),
    ...(batch ? { batchId: batch.id } : {}),
    tags: f.tags,
  };
  if (shape === "first") return first;
  return {
    ...first,
    id: f.id,
    status: registry.status(f),
    organizationId: content.orgId,
    tenantId: content.tenantId,
    ...(content.signerId === undefined ? {} : { signer: content.signerId }),
    proofs: f.proofs,
    fingerprintTimestamp: content.timestamp,
    ...(batch?.finalizedAt === undefined
      ? {}
      : {
          mptRoot: batch.trie.root,
          batchGlobalSnapshotHash: "5".repeat(64),
          batchMetagraphSnapshotHash: "6".repeat(64),
          confirmationTimestamp: iso(batch.finalizedAt),
        }),
    version: content.version,
    updatedAt: iso(batch?.finalizedAt ?? batch?.createdAt ?? f.storedAt),
  };
}

export function proofOf(f: Fingerprint, batch: ClosedBatch, shape: Shape): object {
  const { path, witness } = batch.trie.prove(f.hash);
  if (shape === "second") return { path, witness };
  if (shape === "second-leaf-key") return { leafKey: path, leafValue: f.hash, root: batch.trie.root, proof: witness };
  return {
    hash: f.hash,
    proof: {
      batchId: batch.id,
      batchRoot: batch.trie.root,
      signature: "00",
      proofPath: witness.map((node) => node.type),
      proofIndices: witness.map((_, i) => i),
      treeHeight: witness.length,
    },
  };
}

export function batchOf(batch: ClosedBatch, shape: Shape): object {
  const { id, status, count, createdAt, finalizedAt, trie } = batch;
  if (shape === "first") {
    return {
      batchId: id,
      status,
      ...(finalizedAt === undefined ? {} : { batchRoot: trie.root, finalizedAt: iso(finalizedAt) }),
      fingerprintCount: count,
      createdAt: iso(createdAt),
    };
  }
  return {
    id,
    orgId: "00000000-0000-0000-0000-000000000000",
    status,
    ...(finalizedAt === undefined ? {} : { mptRoot: trie.root, globalSnapshotOrdinal: 7 }),
    retryCount: 0,
    createdAt: iso(createdAt),
    updatedAt: iso(finalizedAt ?? createdAt),
  };
}

export function resultOf(eventId: string, hash: string, errors: string[], shape: Shape): object {
  if (shape === "first" || errors.length > 0) return { eventId, hash, accepted: errors.length === 0, errors };
  return { hash, id: eventId, status: "UNASSIGNED" };
}
