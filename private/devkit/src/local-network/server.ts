// A local Digital Evidence network: a real HTTP server on loopback, built from digital-evidence.md alone. It checks
// hashes and signatures, keeps fingerprints, batches and finalises them, and can be told to fail in every way.
// For the demo, the tests and `npm run de-server`; nothing in it is trusted by the client.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { walletIdentity } from "@sealtrail/anchor/x402";
import { type Fault, type FaultPlan, FaultQueue } from "./faults.js";
import { MockPaymentGate, type TillOptions } from "./payment-gate.js";
import { type Account, type Fingerprint, Registry } from "./registry.js";
import { batchOf, detailOf, proofOf, resultOf, type Shape } from "./shapes.js";

export interface LocalNetworkOptions {
  clock?: () => number;
  /** 0: any free port. */
  port?: number;
  shape?: Shape;
  /** Who each key belongs to. Without any, one key `local-key` is made. */
  accounts?: { readonly [apiKey: string]: Account };
  faults?: FaultPlan;
  batchMs?: number;
  finalityMs?: number;
  errored?: boolean;
  /** Pay per request; without it a call without a key is 401. */
  till?: Omit<TillOptions, "clock">;
  /** A duplicate is answered as accepted, or refused by name. */
  duplicates?: "accept" | "refuse";
  retryAfterSeconds?: number;
}

export interface NetworkRoot {
  network: "test";
  root: string;
  finalizedAt: string;
}

const MAX_BODY = 4 * 1024 * 1024;
const DEFAULT_ACCOUNT: Account = {
  orgId: "0a0a0a0a-0000-4000-8000-000000000001",
  tenantId: "0a0a0a0a-0000-4000-8000-000000000002",
};

export class LocalNetwork {
  readonly registry: Registry;
  readonly till: MockPaymentGate | undefined;
  faults: FaultPlan;
  shape: Shape;
  duplicates: "accept" | "refuse";
  /** Submissions as they arrived, hash by hash, stored or not. */
  readonly arrivals: string[] = [];
  /** Fingerprints that were here already when a new payment for them was taken: nobody should ever see one. */
  readonly paidAgain: string[] = [];
  requests = 0;
  readonly #accounts: { readonly [apiKey: string]: Account };
  readonly #retryAfterSeconds: number;
  readonly #server: Server;
  #url = "";

  private constructor(options: LocalNetworkOptions) {
    const clock = options.clock ?? Date.now;
    const { batchMs = 0, finalityMs = 0, errored = false } = options;
    this.registry = new Registry({ clock, batchMs, finalityMs, errored });
    this.till = options.till && new MockPaymentGate({ clock, ...options.till });
    this.faults = options.faults ?? new FaultQueue();
    this.shape = options.shape ?? "second";
    this.duplicates = options.duplicates ?? "accept";
    this.#accounts = options.accounts ?? { "local-key": DEFAULT_ACCOUNT };
    this.#retryAfterSeconds = options.retryAfterSeconds ?? 1;
    this.#server = createServer((request, response) => {
      response.setHeader("date", new Date(clock()).toUTCString());
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  static async start(options: LocalNetworkOptions = {}): Promise<LocalNetwork> {
    const network = new LocalNetwork(options);
    await new Promise<void>((resolve, reject) => {
      network.#server.once("error", reject);
      network.#server.listen(options.port ?? 0, "127.0.0.1", resolve);
    });
    network.#url = `http://127.0.0.1:${(network.#server.address() as AddressInfo).port}`;
    return network;
  }

  /** For `DE_TEST_URL`. */
  get url(): string {
    return this.#url;
  }

  /** Closes and finalises every batch at once. */
  finalize(): void {
    this.registry.settle(true);
  }

  /** The batch roots that it publishes, in the form that `bundle verify --network-root @file` takes. */
  roots(): NetworkRoot[] {
    this.registry.settle();
    return [...this.registry.batches.values()].flatMap((b) =>
      b.finalizedAt === undefined
        ? []
        : [{ network: "test" as const, root: b.trie.root, finalizedAt: new Date(b.finalizedAt).toISOString() }],
    );
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    this.requests++;
    const body = await readBody(request);
    if (body === undefined) return send(response, 413, { message: "too large" });
    this.registry.settle();
    const url = new URL(request.url ?? "/", this.#url);
    const route = `${request.method} ${url.pathname}`;
    if (route === "POST /v1/fingerprints") return this.#submit(request, response, body, true);
    const fault = this.faults.next("lookup");
    if (fault && this.#fail(fault, response)) return;
    if (route === "POST /v1/fingerprints/validate") return this.#submit(request, response, body, false);
    if (route === "GET /v1/batch-roots") return send(response, 200, this.roots());
    const parts = url.pathname.split("/").slice(1);
    if (request.method !== "GET" || parts[0] !== "v1") return send(response, 404, { message: "no such path" });
    if (route === "GET /v1/fingerprints/latest") return this.#list(response, url, undefined, false);
    if (parts[1] === "batches" && parts.length === 3) {
      const batch = this.registry.batches.get(parts[2]!);
      return batch
        ? send(response, 200, { data: batchOf(batch, this.shape) })
        : send(response, 404, { message: "not found" });
    }
    if (parts[1] === "fingerprints" && parts[2] && parts.length <= 4) {
      return this.#lookUp(response, parts[2], parts[3], fault === "foreign");
    }
    const account = this.#accounts[String(request.headers["x-api-key"])];
    if (!account) return send(response, 401, { message: "unknown API key" });
    if (route === "GET /v1/whoami") return send(response, 200, { data: account });
    if (route === "GET /v1/fingerprints") return this.#list(response, url, account, true);
    return send(response, 404, { message: "no such path" });
  }

  #submit(request: IncomingMessage, response: ServerResponse, body: string, keep: boolean): unknown {
    const fault = keep ? this.faults.next("submit") : undefined;
    if (fault && this.#fail(fault, response)) return;
    let account: Account | undefined;
    const key = request.headers["x-api-key"];
    const payment = request.headers["x-payment"];
    if (key === undefined && this.till && keep) {
      const paid = typeof payment === "string" ? this.till.take(payment, body) : { ok: false as const, message: "" };
      if (!paid.ok) {
        const demand = this.till.demand(`${this.#url}/v1/fingerprints`);
        return response.writeHead(402, { "content-type": "application/json", ...demand.headers }).end(demand.body);
      }
      account = walletIdentity(paid.from);
      if (paid.charged)
        this.paidAgain.push(...[...this.registry.fingerprints.keys()].filter((hash) => body.includes(hash)));
    } else account = this.#accounts[String(key)];
    if (!account) return send(response, 401, { message: "unknown API key" });
    let list: unknown;
    try {
      list = JSON.parse(body);
    } catch {
      return send(response, 400, { errors: [{ message: "no JSON" }] });
    }
    if (!Array.isArray(list) || list.length < 1 || list.length > 10) {
      return send(response, 422, { message: "1 to 10 submissions in an array" });
    }
    const results: object[] = [];
    for (const [i, submission] of list.entries()) {
      const hash = String(submission?.metadata?.hash);
      const eventId = String(submission?.attestation?.content?.eventId);
      const errors = this.registry.refusals(submission, account);
      if (keep) this.arrivals.push(hash);
      if (errors.length === 0 && this.duplicates === "refuse" && this.registry.fingerprints.has(hash)) {
        errors.push("duplicate fingerprint");
      }
      if (errors.length === 0 && fault === "partial" && i % 2 === 1) errors.push("try another time");
      if (errors.length === 0 && keep && fault !== "lost") this.registry.store(submission);
      const shown = fault === "wrong-hash" ? hash.split("").reverse().join("") : hash;
      if (!(fault === "missing" && i % 2 === 0)) results.push(resultOf(eventId, shown, errors, this.shape));
    }
    if (fault === "reorder") results.reverse();
    if (fault === "twice") results.push(...results);
    if (fault === "timeout-after") return undefined;
    if (fault === "reset-after") return response.destroy();
    if (fault === "error-500-after") return send(response, 500, { message: "stored, but" });
    return send(response, 200, results);
  }

  #lookUp(response: ServerResponse, hash: string, more: string | undefined, foreign: boolean): unknown {
    const known = this.registry.fingerprints.get(hash);
    const other = [...this.registry.fingerprints.values()].find((f) => f.hash !== hash);
    const fingerprint: Fingerprint | undefined = foreign && other ? other : known;
    if (!fingerprint || (more !== undefined && more !== "proof")) return send(response, 404, { message: "not found" });
    if (more === undefined) return send(response, 200, { data: detailOf(fingerprint, this.registry, this.shape) });
    const { batch } = fingerprint;
    if (batch?.status !== "FINALIZED_COMMITMENT") return send(response, 404, { message: "not finalised yet" });
    return send(response, 200, { data: proofOf(fingerprint, batch, this.shape) });
  }

  #list(response: ServerResponse, url: URL, account: Account | undefined, paged: boolean): void {
    const asked = (name: string) => url.searchParams.get(name) ?? undefined;
    const matches = (wanted: string | undefined, is: string) => wanted === undefined || wanted === is;
    const [start, end] = [asked("datetime_start"), asked("datetime_end")];
    let list = [...this.registry.fingerprints.values()].filter(
      (f) =>
        (account === undefined || f.content.orgId === account.orgId) &&
        matches(asked("document_ref"), f.content.documentRef) &&
        matches(asked("document_id"), f.content.documentId) &&
        matches(asked("event_id"), f.content.eventId) &&
        matches(asked("status"), this.registry.status(f)) &&
        (start === undefined || f.storedAt >= Date.parse(start)) &&
        (end === undefined || f.storedAt <= Date.parse(end)),
    );
    if (asked("forward") !== "true") list.reverse();
    const at = Number(asked("cursor") ?? 0);
    const limit = Math.min(Number(asked("limit") ?? 10), 100);
    const hasMore = at + limit < list.length;
    list = list.slice(at, at + limit);
    const data = list.map((f) => detailOf(f, this.registry, this.shape));
    const pagination = { hasMore, ...(hasMore ? { cursor: String(at + limit) } : {}) };
    send(response, 200, paged ? { data, pagination } : { data });
  }

  /** Whether the fault is the whole answer, and nothing is to be stored. */
  #fail(fault: Fault, response: ServerResponse): boolean {
    switch (fault) {
      case "timeout-before":
        return true;
      case "reset-before":
        response.destroy();
        return true;
      case "error-500":
        send(response, 500, { message: "internal error" });
        return true;
      case "error-503":
        response.writeHead(503, { "content-type": "text/html" }).end("<html>busy</html>");
        return true;
      case "rate-limit":
        response
          .writeHead(429, { "retry-after": String(this.#retryAfterSeconds) })
          .end('{"message":"too many requests"}');
        return true;
      case "truncated":
        response.writeHead(200, { "content-type": "application/json", "content-length": "1000" }).write('[{"eventId":');
        setTimeout(() => response.destroy(), 5);
        return true;
      case "huge":
        response.writeHead(200, { "content-type": "application/json" });
        pour(response);
        return true;
      case "not-json":
        response.writeHead(200).end("it works!");
        return true;
      case "bad-shape":
        send(response, 200, { data: { hello: "world" } });
        return true;
      case "redirect":
        response.writeHead(307, { location: "http://127.0.0.2:9/elsewhere" }).end();
        return true;
      case "unauthorized":
        send(response, 401, { message: "unknown API key" });
        return true;
      case "forbidden":
        send(response, 403, { errors: [{ message: "not allowed" }] });
        return true;
      case "unprocessable":
        send(response, 422, { errors: [{ message: "unprocessable" }] });
        return true;
      default:
        return false;
    }
  }
}

function send(response: ServerResponse, status: number, json: unknown): ServerResponse {
  return response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
}

/** Writes until the other side has had enough (64 MiB at most). */
function pour(response: ServerResponse): void {
  let left = 1024;
  const chunk = `[${'"x",'.repeat(16_000)}`;
  const write = () => {
    while (left-- > 0) if (response.destroyed || !response.write(chunk)) break;
    if (left > 0 && !response.destroyed) response.once("drain", write);
    else response.end();
  };
  response.on("error", () => {});
  write();
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_BODY) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
