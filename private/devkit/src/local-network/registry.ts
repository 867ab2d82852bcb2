// What the local network knows: fingerprints, batches, who may submit. Built from digital-evidence.md alone; signatures
// and hashes are checked for real.
import { randomUUID } from "node:crypto";
import { checkFingerprintValue, contentHash } from "@sealtrail/verify/signing";
import { type FingerprintValue, type SignatureProof, verifyContent } from "@sealtrail/verify/statement";
import { PatriciaTrie } from "./patricia.js";

/** What the network says of a fingerprint. */
export type NetworkStatus = "UNASSIGNED" | "ASSIGNED" | "FINALIZED_COMMITMENT" | "ERRORED_COMMITMENT";

export interface Account {
  orgId: string;
  tenantId: string;
}

export interface Fingerprint {
  id: string;
  hash: string;
  content: FingerprintValue;
  proofs: SignatureProof[];
  tags: { [key: string]: string };
  storedAt: number;
  batch?: ClosedBatch;
}

export interface ClosedBatch {
  id: string;
  status: NetworkStatus;
  trie: PatriciaTrie;
  count: number;
  createdAt: number;
  finalizedAt?: number;
}

export interface RegistryOptions {
  clock: () => number;
  /** How long a fingerprint waits until its batch is closed, and a batch until it is final. */
  batchMs: number;
  finalityMs: number;
  /** The batch's commitment fails instead. */
  errored: boolean;
}

export class Registry {
  readonly fingerprints = new Map<string, Fingerprint>();
  readonly batches = new Map<string, ClosedBatch>();
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Why a submission is refused; empty where it is not. */
  refusals(json: unknown, account: Account): string[] {
    const submission = json as {
      attestation?: { content?: unknown; proofs?: unknown };
      metadata?: { hash?: unknown; tags?: unknown };
    };
    const content = submission?.attestation?.content;
    const proofs = submission?.attestation?.proofs;
    const errors: string[] = [];
    const value = checkFingerprintValue(content);
    if (!value.ok) errors.push(`content${value.field ? `.${value.field}` : ""}: ${value.code}`);
    if (!Array.isArray(proofs) || proofs.length === 0) errors.push("proofs: at least one");
    else if (!proofs.every((proof) => verifyContent(content, proof).ok)) errors.push("proofs: invalid signature");
    if (submission?.metadata?.hash !== contentHash(content)) errors.push("metadata.hash: not the hash of the content");
    const tags = submission?.metadata?.tags ?? {};
    const pairs = typeof tags === "object" && tags !== null && !Array.isArray(tags) ? Object.entries(tags) : undefined;
    const tagsFit = pairs?.every(
      ([k, v]) => k.length >= 1 && k.length <= 32 && typeof v === "string" && v.length <= 32,
    );
    if (!pairs || pairs.length > 6 || !tagsFit) errors.push("metadata.tags: at most 6, keys 1 to 32, values up to 32");
    if (value.ok && (value.value.orgId !== account.orgId || value.value.tenantId !== account.tenantId)) {
      errors.push("content: another organisation or tenant than the account's");
    }
    return errors;
  }

  /** Keeps a checked submission; the same hash again changes nothing. */
  store(json: unknown): Fingerprint {
    const { attestation, metadata } = json as {
      attestation: { content: FingerprintValue; proofs: SignatureProof[] };
      metadata: { hash: string; tags?: { [key: string]: string } };
    };
    const known = this.fingerprints.get(metadata.hash);
    if (known) return known;
    const stored: Fingerprint = {
      id: randomUUID(),
      hash: metadata.hash,
      content: attestation.content,
      proofs: attestation.proofs,
      tags: metadata.tags ?? {},
      storedAt: this.#options.clock(),
    };
    this.fingerprints.set(stored.hash, stored);
    return stored;
  }

  /** Closes and finalises what is due; `now` lets everything be due at once. */
  settle(everything = false): void {
    const now = this.#options.clock();
    const waiting = [...this.fingerprints.values()].filter(
      (f) => !f.batch && (everything || now - f.storedAt >= this.#options.batchMs),
    );
    if (waiting.length > 0) {
      const trie = new PatriciaTrie(waiting.map((f) => f.hash));
      const batch: ClosedBatch = { id: randomUUID(), status: "ASSIGNED", trie, count: waiting.length, createdAt: now };
      this.batches.set(batch.id, batch);
      for (const fingerprint of waiting) fingerprint.batch = batch;
    }
    for (const batch of this.batches.values()) {
      if (batch.status !== "ASSIGNED") continue;
      if (!everything && now - batch.createdAt < this.#options.finalityMs) continue;
      batch.status = this.#options.errored ? "ERRORED_COMMITMENT" : "FINALIZED_COMMITMENT";
      if (!this.#options.errored) batch.finalizedAt = now;
    }
  }

  status(fingerprint: Fingerprint): NetworkStatus {
    return fingerprint.batch?.status ?? "UNASSIGNED";
  }
}
