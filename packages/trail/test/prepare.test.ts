// The last step before the log: caps, sealing, what a terminal may show.
import { randomBytes } from "node:crypto";
import { type RedactionSettings, redactionPolicy } from "@sealtrail/redact";
import { type JsonValue, jcs } from "@sealtrail/smt/formats";
import type { EventDraft } from "@sealtrail/sources/event";
import { isoTime, snakeCase } from "@sealtrail/sources/event";
import { sealed } from "@sealtrail/verify/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CAPS, prepare } from "../src/event/prepare.js";

const salt = new Uint8Array(32).fill(9);
const prepared = (draft: Partial<EventDraft>, settings: RedactionSettings = {}, more: object = {}) =>
  prepare(
    { type: "tool.invoked", ...draft },
    { source: "ndjson", redaction: redactionPolicy(settings), salt: () => salt, ...more },
  );
const metadata = (event: { metadata: string }) => JSON.parse(event.metadata) as Record<string, JsonValue>;
const bytes = (text: string) => new TextEncoder().encode(text);

describe("caps", () => {
  it("a description has 256 characters at most, and never half a one", () => {
    expect(prepared({ description: "x".repeat(300) }).description).toBe(`${"x".repeat(255)}…`);
    const emoji = prepared({ description: "😀".repeat(200) }).description;
    expect(emoji.length).toBeLessThanOrEqual(CAPS.description);
    expect(emoji.isWellFormed()).toBe(true);
    expect(prepared({ description: "x".repeat(256) }).description).toBe("x".repeat(256));
  });

  it("a string of metadata 4,000, and the event says that it was cut", () => {
    const event = prepared({ metadata: { args: { long: "y".repeat(5_000) } } });
    expect((metadata(event).args as { long: string }).long).toHaveLength(4_000);
    expect(metadata(event).truncated).toBe(true);
  });

  it("metadata 64 KiB: the largest members go first, the small ones stay", () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, "é".repeat(3_000)]));
    const event = prepared({ metadata: { toolName: "exec", args: many, other: many } });
    expect(bytes(event.metadata).length).toBeLessThanOrEqual(CAPS.metadata);
    expect(metadata(event)).toMatchObject({ toolName: "exec", truncated: true, args: { _truncated: true } });
    const names = Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`name${i}`, i]));
    const crowded = prepared({ metadata: names });
    expect(bytes(crowded.metadata).length).toBeLessThanOrEqual(CAPS.metadata);
    expect(metadata(crowded).omitted).toBeGreaterThan(0);
    const longName = prepared({ metadata: { ["n".repeat(100_000)]: 1 } });
    expect(bytes(longName.metadata).length).toBeLessThanOrEqual(CAPS.metadata);
  });

  it("content 1 MiB, its full length kept, no half character at the end", () => {
    const event = prepared({ content: `a${"é".repeat(CAPS.content)}` });
    expect(event.contentLength).toBe(1 + 2 * CAPS.content);
    expect(event.content!.length).toBe(CAPS.content - 1);
    expect(new TextDecoder("utf-8", { fatal: true }).decode(event.content)).toMatch(/^aé+$/);
    expect(metadata(event).truncated).toBe(true);
    expect(prepared({ content: "é" }).contentLength).toBe(2);
  });

  it("a secret over the edge of a cap is masked before the cut", () => {
    const secret = "q9Zx7Lw2Pk4Vt8".repeat(3);
    for (const pad of [200, 230, 250]) {
      const text = `${"a ".repeat(pad / 2)}--password ${secret}`;
      const event = prepared({
        description: text,
        metadata: { x: `${"b ".repeat(1_980)}--password ${secret}` },
        content: text,
      });
      expect(JSON.stringify(event)).not.toContain("q9Zx7");
      const detailed = prepared({
        description: "d",
        detail: { text: `${"c ".repeat(990)}password=${secret}`, kind: "args" },
      });
      expect(detailed.description).not.toContain("q9Zx7");
    }
  });
});

describe("what a terminal may show", () => {
  it("no control characters and no bidi overrides, in no field", () => {
    const nasty = "a\u0000b\u001b[31mc\u001b]0;title\u0007d\u202ee\u2066f\u0085g\u007fh";
    const event = prepared({
      description: `${nasty}\nnext`,
      sessionId: nasty,
      metadata: { [nasty]: nasty },
      content: nasty,
    });
    const clean = "abc]0;titledefgh";
    expect(event.description).toBe(`${clean} next`);
    expect(event.sessionId).toBe(clean);
    expect(metadata(event)).toEqual({ [clean]: clean });
    expect(Buffer.from(event.content!).toString()).toBe(clean);
  });

  it("lone surrogates are U+FFFD", () => {
    const event = prepared({ description: "\ud800", userId: "u\udc00", content: "c\ud800" });
    expect([event.description, event.userId, Buffer.from(event.content!).toString()]).toEqual([
      "\ufffd",
      "u\ufffd",
      "c\ufffd",
    ]);
  });
});

describe("ids and times", () => {
  it("an id that holds a secret or is too long becomes a digest of the whole; an empty one is absent", () => {
    const key = `AKIA${"Z7Q2".repeat(4)}`;
    const event = prepared({ sessionId: `s ${key}`, agentId: "", runId: "r".repeat(1_000) });
    expect(event.sessionId).toMatch(/^id:[0-9a-f]{32}$/);
    expect(event).not.toHaveProperty("agentId");
    expect(event.runId).toMatch(/^id:[0-9a-f]{32}$/);
    expect(metadata(event)).toEqual({});
  });

  it("who the operator is stands where the host does not say it", () => {
    expect(prepared({}, {}, { userId: "op" }).userId).toBe("op");
    expect(prepared({ userId: "host" }, {}, { userId: "op" }).userId).toBe("host");
  });

  it.each([
    ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"],
    ["2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.000Z"],
    ["2026-01-01T00:00:00", "2026-01-01T00:00:00.000Z"],
    [1767225600000, "2026-01-01T00:00:00.000Z"],
    ["2026-13-01T00:00:00Z", undefined],
    ["yesterday", undefined],
    [Number.NaN, undefined],
    [1e17, undefined],
    ["+010000-01-01T00:00:00Z", undefined],
  ])("%j is the time %j", (value, time) => expect(isoTime(value)).toBe(time));

  it("a type that is no category.action is an adapter's mistake", () => {
    expect(() => prepared({ type: "nothing" })).toThrow(/^type: "nothing"/);
    expect(() => prepared({ type: "toString.x" })).toThrow(TypeError);
    for (const name of ["", "Ünï", "a".repeat(300), "__proto__", "camelCaseName", "9lives"]) {
      expect(prepared({ type: `agent.${snakeCase(name)}` }).category).toBe("agent");
    }
  });
});

describe("sealing", () => {
  const draft: Partial<EventDraft> = {
    description: "exec",
    detail: { text: "rm -rf /", kind: "args" },
    metadata: { args: { command: "rm -rf /", apiKey: "k" }, error: "gone" },
    content: "output",
  };

  it("of arguments: over their canonical text after redaction, lengths kept", () => {
    const event = prepared(draft, { redactToolArgs: true });
    const args = jcs({ apiKey: "[REDACTED]", command: "rm -rf /" });
    expect(metadata(event)).toEqual({
      args: sealed(salt, bytes(args)),
      argsLength: args.length,
      error: "gone",
      redacted: 1,
      redactions: [{ at: "args", kind: "named-secret", sealed: sealed(salt, bytes("k")) }],
    });
    expect(event.description).toBe("exec");
    expect(Buffer.from(event.content!).toString()).toBe("output");
  });

  it("of results: content and error", () => {
    const event = prepared({ ...draft, type: "tool.result" }, { redactToolResults: true });
    expect(Buffer.from(event.content!).toString()).toBe(sealed(salt, bytes("output")));
    expect(event.contentLength).toBe(6);
    expect(metadata(event).error).toBe(sealed(salt, bytes('"gone"')));
    expect(event.description).toBe("exec: rm -rf /");
  });

  it("of prompts, and of a tool's result only where results are sealed", () => {
    const prompt = prepared(
      { type: "prompt.input", content: "hello", detail: { text: "hello", kind: "prompt" } },
      { redactPromptText: true },
    );
    expect(Buffer.from(prompt.content!).toString()).toBe(sealed(salt, bytes("hello")));
    expect(JSON.stringify(prompt)).not.toContain("hello");
    const written = { type: "message.write", content: "output", contentKind: "result" } as const;
    expect(Buffer.from(prepared(written, { redactPromptText: true }).content!).toString()).toBe("output");
    expect(Buffer.from(prepared(written, { redactToolResults: true }).content!).toString()).toMatch(
      /^sealed:[0-9a-f]{64}$/,
    );
  });
});

it("content that is no text is canonical JSON, redacted by its keys", () => {
  const event = prepared({ content: { stdout: "ok", env: { apiKey: "k" } } });
  expect(Buffer.from(event.content!).toString()).toBe('{"env":{"apiKey":"[REDACTED]"},"stdout":"ok"}');
  expect(metadata(event).redacted).toBe(1);
});

it("each event has a fresh salt from the pool", () => {
  const redaction = redactionPolicy();
  const salts = Array.from(
    { length: 300 },
    () => prepare({ type: "tool.invoked" }, { source: "ndjson", redaction }).contentSalt,
  );
  expect(new Set(salts.map((s) => Buffer.from(s).toString("hex"))).size).toBe(300);
  for (const one of salts) expect(one).toHaveLength(32);
  expect(randomBytes(32)).not.toEqual(salts[0]);
});

it("any draft becomes an event whose metadata is canonical and whose text is well formed", () => {
  const word = fc.string({ unit: "binary", maxLength: 40 });
  const drafts = fc.record({
    description: word,
    sessionId: word,
    metadata: fc.dictionary(word, fc.jsonValue()),
    content: fc.oneof(word, fc.jsonValue()),
  });
  fc.assert(
    fc.property(drafts, (draft) => {
      const event = prepared(draft);
      expect(jcs(JSON.parse(event.metadata) as JsonValue)).toBe(event.metadata);
      expect(event.description.isWellFormed() && (event.sessionId ?? "").isWellFormed()).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be gone
      expect(event.description).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    }),
    { numRuns: process.env.SEALTRAIL_REDTEAM ? 3_000 : 500 },
  );
});
