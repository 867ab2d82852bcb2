// The recorder that hooks, plugins and proxies share.
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { redactionPolicy } from "@sealtrail/redact";
import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config.js";
import { DedupeKeys } from "../src/ingest/dedupe.js";
import { eventOf, withKeys } from "../src/recorder/event.js";
import { recordingPolicy } from "../src/recorder/policy.js";
import { Recorder } from "../src/recorder/recorder.js";
import { Trail } from "../src/trail.js";
import { folder } from "./support/trails.js";

const options = { source: "claude-code", redaction: redactionPolicy(), live: true } as const;
const call = (id: string) =>
  eventOf({ type: "tool.invoked", metadata: { toolCallId: id }, dedupeKey: `${id} invoked` }, options);
const prompt = (text: string) => eventOf({ type: "message.write", content: text }, { ...options, live: false });
const base = { host: "test", patienceMs: 100 };

function newTrail(): string {
  const db = join(folder(), "audit.db");
  Trail.create(db).close();
  return db;
}

function typesIn(db: string): string[] {
  const trail = Trail.open(db, { readOnly: true });
  const types = [...trail.events()].map(({ type }) => type);
  trail.close();
  return types;
}

describe("the recorder of a short process", () => {
  it("appends in one transaction, feeds the sink, notes the host and leaves no marker", () => {
    const db = newTrail();
    const path = join(dirname(db), "sink.jsonl");
    const recorder = new Recorder({ ...base, db, durable: true, sink: { path, format: "ndjson" } });
    expect(recorder.write([call("a"), call("b"), call("a")])).toEqual({ recorded: true });
    expect(recorder.trail!.database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    recorder.close();
    expect(typesIn(db)).toEqual(["tool.invoked", "tool.invoked"]);
    expect(existsSync(path) && existsSync(`${db}.state-hook-test`)).toBe(true);
    expect(existsSync(`${db}.run`)).toBe(false);
  });

  it("spools what no trail takes, and the next one takes it in, once", () => {
    const db = newTrail();
    renameSync(db, `${db}.away`);
    const away = new Recorder({ ...base, db });
    expect(away.write([call("a")])).toMatchObject({ recorded: false, trouble: expect.stringContaining("no trail") });
    away.close();
    renameSync(`${db}.away`, db);
    const back = new Recorder({ ...base, db });
    expect(back.write([call("a"), call("b")]).recorded).toBe(true);
    back.close();
    expect(typesIn(db)).toEqual(["tool.invoked", "tool.invoked"]);
    expect(existsSync(`${db}.spool`)).toBe(false);
  });
});

describe("the recorder of a process that lives on", () => {
  it("writes calls at once, lets other events wait, and leaves a marker until it is closed", () => {
    const db = newTrail();
    const recorder = new Recorder({ ...base, db, clock: () => 0, limits: { perSecond: 1 } });
    expect(recorder.write([call("a")])).toEqual({ recorded: true });
    expect(recorder.write([prompt("1"), prompt("2")])).toEqual({ recorded: false });
    expect(typesIn(db)).toEqual(["tool.invoked", "message.write"]);
    expect(existsSync(`${db}.run`)).toBe(true);
    recorder.tick();
    expect(typesIn(db)).toHaveLength(3);
    recorder.close();
    expect(existsSync(`${db}.run`)).toBe(false);
  });

  it("puts on record that another trail stands in the place of the one it wrote to", () => {
    const db = newTrail();
    const recorder = new Recorder({ ...base, db, limits: {} });
    recorder.write([call("a")]);
    for (const part of ["", "-wal", "-shm"]) rmSync(db + part, { force: true });
    Trail.create(db).close();
    expect(recorder.write([call("b")])).toEqual({ recorded: true });
    recorder.close();
    expect(typesIn(db)).toEqual(["system.degraded", "tool.invoked"]);
  });
});

describe("the policy", () => {
  /** By a configuration file with these members. */
  const policyOf = (members: object | string, more = {}) => {
    const db = join(folder(), "audit.db");
    const text = typeof members === "string" ? members : JSON.stringify(members);
    writeFileSync(join(dirname(db), "config.json"), text);
    const troubles: string[] = [];
    const onTrouble = (part: string, error: unknown) => void troubles.push(`${part}: ${(error as Error).message}`);
    return { policy: recordingPolicy(() => readConfig(db), { db, env: { USER: "eve" }, more, onTrouble }), troubles };
  };
  const everything = { prompt: true, args: true, result: true };

  it("hides what the settings or the caller hide", () => {
    const { policy, troubles } = policyOf({ redactToolArgs: true, userId: "alice" }, { redactPromptText: true });
    expect(policy.redaction.sealed).toEqual({ prompt: true, args: true, result: false });
    expect([policy.userId, policy.durable, troubles]).toEqual(["alice", false, []]);
  });

  it.each(["{", '{"redactToolArg":true}', '{"redactToolArgs":"yes"}', '{"ratePerSecond":"7"}', '{"rateBuffer":-1}'])(
    "seals everything where the file cannot be used: %s",
    (text) => {
      const { policy, troubles } = policyOf(text);
      expect(policy.redaction.sealed).toEqual(everything);
      expect([policy.userId, policy.sink, troubles]).toEqual([
        "eve",
        undefined,
        [expect.stringMatching(/^settings: .*config.json: /)],
      ]);
    },
  );

  it("seals everything where a pattern cannot be used, and keeps the other settings", () => {
    const { policy, troubles } = policyOf({ redactPatterns: ["("], durable: true, ratePerSecond: 5 });
    expect(policy.redaction.sealed).toEqual(everything);
    expect([policy.durable, policy.limits.perSecond, troubles]).toEqual([
      true,
      5,
      [expect.stringContaining("patterns[0]")],
    ]);
  });

  it("does without a sink that cannot be used, and seals nothing for it", () => {
    const { policy, troubles } = policyOf({ sink: "s.jsonl", sinkFormat: "xml" });
    expect([policy.sink, policy.redaction.sealed.prompt]).toEqual([undefined, false]);
    expect(troubles).toEqual([expect.stringContaining("sinkFormat")]);
  });
});

it("a prompt that hooks tell is known by its moment, and has the key of the session file's line", () => {
  const keys = new DedupeKeys(new Uint8Array(32));
  const draft = { type: "prompt.input", sessionId: "s", content: "hello", dedupeKey: "p-1" };
  const told = withKeys(eventOf(draft, options), keys);
  const logged = eventOf({ ...draft, fromLog: true }, options, keys);
  expect([told.dedupeBy, logged.dedupeBy]).toEqual(["moment", "identity"]);
  expect(told.dedupe).toEqual(logged.dedupe);
});
