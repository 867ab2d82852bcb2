// Every call of Digital Evidence (digital-evidence.md, HTTP). One method a call, each answer checked for shape and, where
// something was asked for by name, for being about it. Signing, storing and retrying are the drainer's business.

import { isHex } from "@sealtrail/verify/signing";
import type { SignedFingerprint } from "@sealtrail/verify/statement";
import {
  type Batch,
  type Detail,
  type Page,
  type ProofAnswer,
  readBatch,
  readDetail,
  readPage,
  readProof,
  readResults,
  readWhoami,
  type SubmissionResult,
} from "./answers.js";
import { type CallFailure, clean, type HttpAnswer, type HttpOptions, httpCall } from "./http.js";

/** `raw` is the answer's text as it came, to be kept. */
export type Answer<T> = { ok: true; value: T; raw: string } | CallFailure;

/** Where the network is, and the account's API key. @public */
export interface ClientOptions extends HttpOptions {
  /** Origin only, as `networkUrl` gives it. */
  baseUrl: string;
  apiKey?: string;
  clock?: () => number;
}

export interface FingerprintQuery {
  documentRef?: string;
  documentId?: string;
  eventId?: string;
  datetimeStart?: string;
  datetimeEnd?: string;
  tags?: string;
  cursor?: string;
  limit?: number;
  forward?: boolean;
}

/**
 * The HTTP API of Digital Evidence. Answers are parsed and bounded; a failed call is an answer and throws nothing.
 *
 * @public
 */
export class DigitalEvidenceClient {
  readonly baseUrl: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    if (options.apiKey !== undefined && !/^[\x21-\x7e]{1,512}$/.test(options.apiKey)) {
      throw new TypeError("apiKey: printable ASCII without blanks expected");
    }
    this.baseUrl = options.baseUrl;
    this.#options = options;
  }

  get hasApiKey(): boolean {
    return this.#options.apiKey !== undefined;
  }

  get apiKey(): string | undefined {
    return this.#options.apiKey;
  }

  /** `body`: the JSON text of an array of submissions, sent byte for byte. `payment`: the header X-PAYMENT. */
  submit(body: string, payment?: string): Promise<Answer<SubmissionResult[]>> {
    return this.#call("POST", "/v1/fingerprints", readResults, { body, ...(payment === undefined ? {} : { payment }) });
  }

  query(query: FingerprintQuery): Promise<Answer<Page>> {
    const names: { [name in keyof FingerprintQuery]-?: string } = {
      documentRef: "document_ref",
      documentId: "document_id",
      eventId: "event_id",
      datetimeStart: "datetime_start",
      datetimeEnd: "datetime_end",
      tags: "tags",
      cursor: "cursor",
      limit: "limit",
      forward: "forward",
    };
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) search.set(names[name as keyof FingerprintQuery], String(value));
    }
    return this.#call("GET", `/v1/fingerprints?${search}`, readPage);
  }

  whoami(): Promise<Answer<{ orgId: string; tenantId: string }>> {
    return this.#call("GET", "/v1/whoami", readWhoami);
  }

  /** A status 404 means: the network does not know it. */
  async fingerprint(hash: string): Promise<Answer<Detail>> {
    const answer = await this.#call("GET", `/v1/fingerprints/${hexHash(hash)}`, readDetail, { public: true });
    return answer.ok && answer.value.hash !== hash ? foreign("another fingerprint than the one asked for") : answer;
  }

  async proof(hash: string): Promise<Answer<ProofAnswer>> {
    const answer = await this.#call("GET", `/v1/fingerprints/${hexHash(hash)}/proof`, readProof, { public: true });
    if (!answer.ok) return answer;
    const about = answer.value.kind === "patricia" ? answer.value.proof.path : answer.value.hash;
    return about !== hash ? foreign("a proof of another fingerprint than the one asked for") : answer;
  }

  async batch(id: string): Promise<Answer<Batch>> {
    // The id comes out of another answer: it must not become a path.
    if (!/^[\w-]{1,100}$/.test(id)) return foreign("no batch id");
    const answer = await this.#call("GET", `/v1/batches/${id}`, readBatch, { public: true });
    return answer.ok && answer.value.id !== id ? foreign("another batch than the one asked for") : answer;
  }

  async #call<T>(
    method: "GET" | "POST",
    path: string,
    read: (json: (HttpAnswer & { ok: true })["json"]) => T | undefined,
    how: { body?: string; payment?: string; public?: boolean } = {},
  ): Promise<Answer<T>> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (how.body !== undefined) headers["content-type"] = "application/json";
    // Public calls go without the key: fewer places that see it.
    if (this.#options.apiKey !== undefined && !how.public) headers["x-api-key"] = this.#options.apiKey;
    if (how.payment !== undefined) headers["x-payment"] = how.payment;
    const init: RequestInit = { method, headers, ...(how.body === undefined ? {} : { body: how.body }) };
    const now = (this.#options.clock ?? Date.now)();
    // A server or a proxy may repeat what it was sent, and what it says is shown and stored.
    const secrets = [this.#options.apiKey, how.payment].filter((text) => text !== undefined);
    const answer = await httpCall(this.baseUrl + path, init, now, { ...this.#options, secrets });
    if (!answer.ok) return answer;
    const value = read(answer.json);
    if (value === undefined) {
      return { ok: false, kind: "bad-shape", status: answer.status, message: "the answer has neither published shape" };
    }
    return { ok: true, value, raw: answer.text };
  }
}

/** The wire form of one statement: what is stored when it is signed and sent unchanged until it is settled. */
export function submissionText(signed: SignedFingerprint): string {
  const { content, proofs, hash } = signed;
  return JSON.stringify({ attestation: { content, proofs }, metadata: { hash } });
}

function hexHash(hash: string): string {
  if (!isHex(hash, 64)) throw new TypeError("hash: 64 lower-case hex digits expected");
  return hash;
}

function foreign(what: string): CallFailure {
  return { ok: false, kind: "foreign", message: clean(`the network answered with ${what}`) };
}
