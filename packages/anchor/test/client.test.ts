// The client against the local network: every call in every shape, every fault with its own failure, hostile servers.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Fault, FaultQueue, LocalNetwork } from "@sealtrail/devkit";
import { verifyNetworkProof } from "@sealtrail/verify/statement";
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from "vitest";
import { isOurs } from "../src/client/answers.js";
import { DigitalEvidenceClient, networkUrl, signerIdOf } from "../src/index.js";
import { signFingerprint } from "../src/keys/index.js";
import { submissionText } from "../src/outbox/index.js";

const KEY = "11".repeat(32);
const account = { orgId: randomUUID(), tenantId: randomUUID() };

function statement(i = 1) {
  return signFingerprint(
    {
      ...account,
      eventId: randomUUID(),
      signerId: signerIdOf(KEY),
      documentId: `smt:${i}`,
      documentRef: i.toString(16).padStart(64, "0"),
      timestamp: "2026-01-02T03:04:05.678Z",
      version: 1,
    },
    KEY,
  );
}

const bodyOf = (...list: ReturnType<typeof statement>[]) => `[${list.map(submissionText).join(",")}]`;

let network: LocalNetwork;
let client: DigitalEvidenceClient;
const faults = new FaultQueue();

beforeAll(async () => {
  network = await LocalNetwork.start({ accounts: { k: account }, faults, finalityMs: 60_000 });
  client = new DigitalEvidenceClient({ baseUrl: network.url, apiKey: "k" });
});
afterAll(() => network.close());
afterEach(() => {
  faults.submit.length = 0;
  faults.lookup.length = 0;
});

describe.each(["first", "second", "second-leaf-key"] as const)("in the shape %s", (shape) => {
  it("submits, looks up, and proves", async () => {
    network.shape = shape;
    const [a, b] = [statement(1), statement(2)];
    const results = await client.submit(bodyOf(a, b));
    expect(results).toMatchObject({ ok: true, value: [{ hash: a.hash, verdict: "accepted" }, { hash: b.hash }] });
    expect(await client.proof(a.hash)).toMatchObject({ ok: false, status: 404 });
    network.finalize();
    const detail = await client.fingerprint(a.hash);
    if (!detail.ok) throw new Error(detail.message);
    expect(isOurs(detail.value, a)).toBe(true);
    expect(isOurs(detail.value, b)).toBe(false);
    const batch = await client.batch(detail.value.batchId!);
    if (!batch.ok) throw new Error(batch.message);
    expect(batch.value.status).toBe("FINALIZED_COMMITMENT");
    const proof = await client.proof(a.hash);
    if (!proof.ok) throw new Error(proof.message);
    if (proof.value.kind === "unchecked") expect(shape).toBe("first");
    else {
      const ask = { hash: a.hash, root: batch.value.root! };
      expect(verifyNetworkProof(proof.value.proof, ask)).toEqual({ ok: true, root: network.roots().at(-1)!.root });
    }
    const found = await client.query({ eventId: a.content.eventId });
    expect(found).toMatchObject({ ok: true, value: { items: [{ hash: a.hash }] } });
  });
});

it("asks who it is, knows nothing that was not submitted, pages", async () => {
  expect(await client.whoami()).toMatchObject({ ok: true, value: account });
  const s = statement(3);
  expect(await client.fingerprint(s.hash)).toMatchObject({ ok: false, kind: "status", status: 404 });
  const first = await client.query({ limit: 1 });
  if (!first.ok) throw new Error(first.message);
  expect(first.value.hasMore).toBe(true);
  const second = await client.query({ limit: 1, cursor: first.value.cursor! });
  expect(second.ok && second.value.items[0]!.hash).not.toBe(first.value.items[0]!.hash);
});

it("takes no account that could not be signed for", async () => {
  const ask = (data: object) => {
    const answer = () => Promise.resolve(new Response(JSON.stringify({ data })));
    return new DigitalEvidenceClient({ baseUrl: network.url, apiKey: "k", fetch: answer }).whoami();
  };
  expect(await ask({ ...account, orgId: account.orgId.toUpperCase() })).toMatchObject({ ok: true, value: account });
  for (const data of [{}, { ...account, orgId: "acme" }, { ...account, tenantId: `${account.tenantId}\u202e` }])
    expect(await ask(data)).toMatchObject({ ok: false, kind: "bad-shape" });
});

it("the network refuses what breaks its rules, one by one", async () => {
  const good = statement(4);
  const other = signFingerprint({ ...good.content, orgId: randomUUID() }, KEY);
  const forged = { ...good, content: { ...good.content, documentRef: "ab".repeat(32) } };
  const answer = await client.submit(bodyOf(other, forged, good));
  expect(answer).toMatchObject({
    ok: true,
    value: [{ verdict: "refused" }, { verdict: "refused" }, { verdict: "accepted", hash: good.hash }],
  });
  expect(await new DigitalEvidenceClient({ baseUrl: network.url, apiKey: "x" }).submit(bodyOf(good))).toMatchObject({
    ok: false,
    status: 401,
  });
});

test.each<[Fault, object]>([
  ["timeout-before", { kind: "timeout" }],
  ["timeout-after", { kind: "timeout" }],
  ["reset-before", { kind: "unreachable" }],
  ["reset-after", { kind: "unreachable" }],
  ["error-500", { kind: "status", status: 500, message: "500 internal error" }],
  ["error-503", { kind: "status", status: 503 }],
  ["rate-limit", { kind: "status", status: 429, retryAfterMs: 1_000 }],
  ["truncated", { kind: "unreachable" }],
  ["huge", { kind: "too-large" }],
  ["not-json", { kind: "not-json" }],
  ["bad-shape", { kind: "bad-shape" }],
  ["redirect", { kind: "redirect" }],
  ["unauthorized", { kind: "status", status: 401 }],
  ["forbidden", { kind: "status", status: 403, message: "403 not allowed" }],
  ["unprocessable", { kind: "status", status: 422 }],
])("%s fails as itself", async (fault, expected) => {
  const patient = new DigitalEvidenceClient({
    baseUrl: network.url,
    apiKey: "k",
    timeoutMs: fault.startsWith("timeout") ? 200 : 5_000,
  });
  faults.submit.push(fault);
  expect(await patient.submit(bodyOf(statement(5)))).toMatchObject({ ok: false, ...expected });
});

it("somebody else's record is refused", async () => {
  const s = statement(6);
  await client.submit(bodyOf(s));
  faults.lookup.push("foreign", "foreign");
  expect(await client.fingerprint(s.hash)).toMatchObject({ ok: false, kind: "foreign" });
  network.finalize();
  expect(await client.proof(s.hash)).toMatchObject({ ok: false, kind: "foreign" });
});

describe("hostile servers", () => {
  const answers: [string, string, object][] = [
    ["duplicate keys", '{"data":{"hash":"a","hash":"b"}}', { kind: "not-json" }],
    ["deep nesting", "[".repeat(100_000), { kind: "not-json" }],
    ["a byte order mark", "\ufeff{}", { kind: "not-json" }],
    [
      "a status of its own",
      '{"data":{"hash":"HASH","documentId":"x","documentRef":"y","status":"DONE"}}',
      { kind: "bad-shape" },
    ],
    ["numbers for text", '{"data":{"hash":1,"documentId":"x","documentRef":"y"}}', { kind: "bad-shape" }],
    ["a list", "[]", { kind: "bad-shape" }],
    ["null", "null", { kind: "bad-shape" }],
  ];
  test.each(answers)("%s", async (_what, text, expected) => {
    const hash = "ab".repeat(32);
    const server = createServer((_request, response) => response.end(text.replace("HASH", hash)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await new DigitalEvidenceClient({ baseUrl }).fingerprint(hash)).toMatchObject({ ok: false, ...expected });
    server.closeAllConnections();
    server.close();
  });

  it("what an error says cannot reach the terminal's controls, and a long Retry-After is cut", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(429, { "retry-after": "999999999" });
      response.end(JSON.stringify({ message: `\u001b[31mred\u202e${"x".repeat(5_000)}` }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answer = await new DigitalEvidenceClient({ baseUrl }).fingerprint("ab".repeat(32));
    if (answer.ok) throw new Error("answered");
    expect(answer.message).toMatch(/^429 {2}\[31mred x+$/);
    expect(answer.message.length).toBeLessThan(210);
    expect(answer.retryAfterMs).toBe(3_600_000);
    server.closeAllConnections();
    server.close();
  });

  it("a batch id that is a path is not asked for", async () => {
    expect(await client.batch("../fingerprints")).toMatchObject({ ok: false, kind: "foreign" });
  });

  it("nobody there", async () => {
    const nobody = new DigitalEvidenceClient({ baseUrl: "http://127.0.0.1:9" });
    expect(await nobody.fingerprint("00".repeat(32))).toMatchObject({ ok: false, kind: "unreachable" });
  });
});

describe("networkUrl", () => {
  it("takes loopback only for the environment test", () => {
    expect(networkUrl("test", { DE_TEST_URL: "http://127.0.0.1:8787/x" })).toBe("http://127.0.0.1:8787");
    expect(networkUrl("test", { DE_TEST_URL: "http://localhost:1" })).toBe("http://localhost:1");
    for (const bad of [
      "",
      "http://example.com",
      "http://127.0.0.1.example.com",
      "file:///etc/passwd",
      "x",
      "http://10.0.0.1",
    ]) {
      expect(() => networkUrl("test", { DE_TEST_URL: bad }), bad).toThrow(TypeError);
    }
    expect(networkUrl("mainnet", { DE_TEST_URL: "http://127.0.0.1:1" })).toMatch(/^https:/);
  });
});
