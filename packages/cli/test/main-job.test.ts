/** The main job through the command: captured events in, root, proof, verification, and each exit code on the way. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, it } from "vitest";
import { Home } from "./_run.js";
import { OtherProcess } from "./support/other-process.js";

/** Waits for what another process, or the rest of this one, brings about. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const capture = new URL("../demo/agent-turn.jsonl", import.meta.url).pathname;
const claude = new URL("fixtures/claude-hooks.jsonl", import.meta.url).pathname;

interface Listed {
  sequence: number;
  id: string;
  type: string;
  sessionId: string | null;
  rawHash: string;
  censoredHash: string;
}

const home = new Home();
let events: Listed[] = [];

beforeAll(async () => {
  expect((await home.audit(["init"])).code).toBe(0);
  expect(await home.json(["ingest", "openclaw", capture])).toMatchObject({
    source: "openclaw",
    read: 17,
    added: 17,
    refused: 0,
  });
  events = await home.lines<Listed>(["list", "--last", "1000"]);
});

/** A copy of the trail with one thing changed behind the program's back. */
function forged(sql: string): Home {
  const copy = new Home();
  mkdirSync(copy.path(".sealtrail"));
  for (const name of readdirSync(home.path(".sealtrail"))) {
    copyFileSync(home.path(`.sealtrail/${name}`), copy.path(`.sealtrail/${name}`));
  }
  const db = new DatabaseSync(copy.db);
  expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
  db.close();
  return copy;
}

describe("init", () => {
  it("makes a trail of its owner's only, with its configuration", () => {
    expect(statSync(home.db).mode & 0o777).toBe(0o600);
    expect(statSync(home.path(".sealtrail")).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(home.path(".sealtrail/config.json"), "utf8"))).toEqual({
      format: "sealtrail-config/1",
    });
  });

  it("leaves a trail alone that is there: 73", async () => {
    const before = readFileSync(home.db);
    const { code, err } = await home.audit(["init"]);
    expect([code, err]).toEqual([73, expect.stringContaining("there is a trail at")]);
    expect(readFileSync(home.db).equals(before)).toBe(true);
  });

  it("keeps what it is told in config.json, and says what is on", async () => {
    const other = new Home();
    const made = await other.json<{ settings: { name: string; on: boolean }[]; epochDurationMs: number }>([
      "init",
      "--durable",
      "--user-id",
      "ann",
      "--redact-tool-args",
      "--epoch",
      "2h",
    ]);
    expect(made.settings.filter((s) => s.on).map((s) => s.name)).toEqual(["redaction", "redactToolArgs", "durable"]);
    expect(made.epochDurationMs).toBe(7_200_000);
    expect(JSON.parse(readFileSync(other.path(".sealtrail/config.json"), "utf8"))).toEqual({
      format: "sealtrail-config/1",
      userId: "ann",
      durable: true,
      redactToolArgs: true,
    });
    await other.audit(["ingest", "claude-code", claude]);
    expect(await other.json(["show", "1"])).toMatchObject({ userId: "ann" });
  });
});

describe("ingest", () => {
  it("adds nothing the second time", async () => {
    expect(await home.json(["ingest", "openclaw", capture])).toMatchObject({ added: 0, known: 17 });
  });

  it("counts what it refuses, keeps the rest, and ends with 65", async () => {
    const other = new Home();
    await other.audit(["init"]);
    const lines = [
      '{"type":"tool.invoked","description":"one"}',
      "{broken",
      '{"type":"nonsense"}',
      '{"type":"tool.result","description":"two"}',
    ];
    const { code, out } = await other.audit(["ingest", "ndjson", "-"], { stdin: `${lines.join("\n")}\n` });
    expect([code, out]).toEqual([65, expect.stringContaining("2 added, 0 known already, 2 refused")]);
    const rejects = readFileSync(other.path(".sealtrail/rejects.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((l) => JSON.parse(l) as object);
    expect(rejects).toMatchObject([{ line: 2 }, { line: 3 }]);
    expect((await other.audit(["verify"])).code).toBe(0);
  });

  it.each([
    [["ingest", "openclaw", "none.jsonl"], 66],
    [["ingest", "openclaw", "."], 66],
    [["ingest", "openclaw", ""], 64],
    [["ingest", "opencalw", "x"], 64],
    [["ingest", "ndjson", "-", "--follow"], 64],
  ])("%j ends with %d", async (argv, code) => {
    expect((await home.audit(argv)).code).toBe(code);
  });

  it("follows a file until it is interrupted, and goes on there later", async () => {
    const other = new Home();
    await other.audit(["init"]);
    const file = other.path("grows.ndjson");
    const line = (n: number) => `{"type":"tool.invoked","description":"call ${n}"}\n`;
    writeFileSync(file, line(1));
    const stop = new AbortController();
    const ended = other.audit(["ingest", "ndjson", file, "--follow", "--json"], { interrupt: stop.signal });
    await new Promise((resolve) => setTimeout(resolve, 400));
    appendFileSync(file, `${line(2) + line(3)}{"type":"tool.inv`);
    await new Promise((resolve) => setTimeout(resolve, 700));
    stop.abort("SIGINT");
    const { code, out } = await ended;
    expect([code, JSON.parse(out)]).toMatchObject([130, { added: 3, refused: 0 }]);
    expect(await other.json(["ingest", "ndjson", file])).toMatchObject({ added: 0, known: 3, refused: 1 });
  });
});

it("follows on into the trail that stands there now where the file was replaced; what is piped in waits for it", async () => {
  const other = new Home();
  await other.audit(["init"]);
  const file = other.path("grows.ndjson");
  const line = (n: number) => `{"type":"tool.invoked","description":"call ${n}"}\n`;
  writeFileSync(file, line(1));
  const replace = async () => {
    for (const part of ["", "-wal", "-shm"]) {
      if (existsSync(other.db + part)) renameSync(other.db + part, `${other.db}.old${part}`);
    }
    await other.audit(["init"]);
  };
  const stop = new AbortController();
  const ended = other.audit(["ingest", "ndjson", file, "--follow"], { interrupt: stop.signal });
  await until(async () => (await other.json<{ events: number }>(["status"])).events >= 1);
  await replace();
  appendFileSync(file, line(2));
  await until(async () => (await other.json<{ events: number }>(["status"])).events >= 2);
  stop.abort("SIGINT");
  expect(await ended).toMatchObject({ code: 130, err: expect.stringContaining("set aside or replaced") });
  const lines = (await other.audit(["list", "--json", "--type", "tool"])).out.trim().split("\n");
  expect(lines.map((row) => JSON.parse(row).description)).toEqual(["call 1", "call 2"]);

  const piped = other.audit(["ingest", "ndjson", "-"], {
    stdin: (async function* () {
      yield Buffer.from(line(3));
      await replace();
      yield Buffer.from(line(4));
    })(),
  });
  expect(await piped).toMatchObject({ code: 75, err: expect.stringContaining("2 events wait beside it") });
  await other.audit(["due"]);
  expect((await other.audit(["list", "--type", "tool"])).out).toMatch(/call 3.*call 4/s);
  expect((await other.audit(["verify"])).code).toBe(0);
});

it("a tree with maxTreeSize takes no more leaves, and the log goes on", async () => {
  const other = new Home();
  await other.audit(["init"]);
  writeFileSync(other.path(".sealtrail/config.json"), '{"format":"sealtrail-config/1","maxTreeSize":4}');
  const lines = Array.from({ length: 3 }, (_, n) => `{"type":"tool.invoked","description":"call ${n}"}\n`).join("");
  await other.audit(["ingest", "ndjson", "-"], { stdin: lines });
  expect(await other.json(["status"])).toMatchObject({ events: 3 });
  expect(await other.audit(["checkpoint", "export"])).toMatchObject({
    code: 74,
    err: expect.stringContaining("the tree holds events 1 to 2 and may not take more"),
  });
});

describe("list and show", () => {
  it("lists what scripts lean on", () => {
    expect(events.map((e) => e.sequence)).toEqual(Array.from({ length: 17 }, (_, i) => i + 1));
    const types = new Set(events.map((e) => e.type));
    for (const type of ["tool.invoked", "tool.result", "tool.denied", "prompt.input", "prompt.response"])
      expect(types).toContain(type);
  });

  it("filters", async () => {
    expect(await home.lines(["list", "--type", "tool.denied"])).toHaveLength(1);
    expect(await home.lines(["list", "--category", "gateway"])).toHaveLength(1);
    expect(await home.lines(["list", "--session", "agent:main:main", "--last", "3"])).toHaveLength(3);
    expect(await home.lines(["list", "--since", "2020-01-01"])).toHaveLength(17);
    expect((await home.audit(["list", "--until", "2000-01-01"])).err).toBe("no events match\n");
    expect((await home.audit(["list", "--last", "2"])).out.trim().split("\n")).toHaveLength(2);
  });

  it("shows an event by sequence, id and either hash", async () => {
    const { sequence, id, rawHash, censoredHash } = events[10]!;
    for (const name of [String(sequence), id, rawHash, censoredHash, rawHash.toUpperCase()]) {
      expect(await home.json(["show", name])).toMatchObject({ id, checkpoint: { version: 1 } });
    }
    expect((await home.audit(["show", "11"])).out).toContain("tool.denied");
    expect((await home.audit(["show", "18"])).code).toBe(66);
    expect((await home.audit(["show", "ab".repeat(32)])).code).toBe(66);
    expect((await home.audit(["show", "eleven"])).code).toBe(64);
    expect((await home.audit(["show", "0"])).code).toBe(64);
  });

  it("prints nothing of an event that a terminal obeys", async () => {
    const other = new Home();
    await other.audit(["init"]);
    const evil = {
      type: "tool.invoked",
      sessionId: "s\u001b]0;x\u0007",
      description: "a\u001b[2Jb\u202ec",
      metadata: { "k\u009b": "v\u001b[31m\u2066" },
      content: "x\u001b[5m",
    };
    await other.audit(["ingest", "ndjson", "-"], { stdin: `${JSON.stringify(evil)}\n` });
    for (const argv of [
      ["list"],
      ["show", "1"],
      ["show", "1", "--content"],
      ["list", "--json"],
      ["show", "1", "--json"],
      ["status"],
    ]) {
      const { out, err } = await other.audit(argv);
      expect(`${out}${err}`.replace(/\n/g, ""), argv.join(" ")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});

describe("status", () => {
  it("is healthy, on one screen", async () => {
    const { code, out } = await home.audit(["status"]);
    expect([code, out]).toEqual([0, expect.stringContaining("healthy")]);
    expect(out.split("\n").length).toBeLessThan(45);
    expect(await home.json(["status"])).toMatchObject({
      healthy: true,
      events: 17,
      bySource: [{ source: "openclaw", events: 17 }],
    });
  });

  it("is not when the head disagrees: 1", async () => {
    const ran = await forged("UPDATE head SET sequence = 16").json<{ healthy: boolean }>(["status"]);
    expect(ran.healthy).toBe(false);
    expect((await forged("UPDATE head SET sequence = 16").audit(["status"])).code).toBe(1);
  });
});

describe("root, proof, verify", () => {
  it("gives the root in every form, recorded first", async () => {
    const root = await home.json<{ root: string }>(["smt", "root"]);
    expect(root).toMatchObject({ leafCount: 34, version: 1, lastSequence: 17, current: true });
    for (const at of ["v:1", "s:5", new Date(Date.now() + 1000).toISOString()]) {
      expect((await home.json(["smt", "root", "--at", at])).root).toBe(root.root);
    }
    expect((await home.audit(["smt", "root", "--at", "s:5"])).err).toBe("");
    expect((await home.audit(["smt", "root"])).out.split("\n")[0]).toBe(root.root);
    for (const at of ["v:99", "s:99", "2001-01-01"])
      expect((await home.audit(["smt", "root", "--at", at])).code).toBe(66);
    expect(await home.json(["smt", "trees"])).toMatchObject({
      leafCount: 34,
      versions: 1,
      eventsAfter: 0,
      root: root.root,
    });
  });

  it("proves presence of both leaves and absence, and verifies them against the trail", async () => {
    for (const key of [events[0]!.rawHash, events[8]!.censoredHash, "ab".repeat(32)]) {
      const { out } = await home.audit(["smt", "proof", key, "--json"]);
      const ran = await home.audit(["smt", "verify", "--proof", out.trim()]);
      expect(ran.out).toContain("checkpoint 1 of this trail");
      expect(ran.code).toBe(0);
      expect(await home.json(["smt", "proof", key])).toMatchObject({
        type: key.startsWith("abab") ? "exclusion" : "inclusion",
      });
    }
  });

  it("leaves the record out on request, and writes a file whole", async () => {
    const key = events[0]!.rawHash;
    expect(await home.json(["smt", "proof", key])).toHaveProperty("record");
    expect(await home.json(["smt", "proof", key, "--no-record"])).not.toHaveProperty("record");
    const { code, out } = await home.audit(["smt", "proof", key, "--out", "p.json"]);
    expect([code, out]).toEqual([0, ""]);
    expect((await home.audit(["smt", "verify", "--proof", "@p.json"])).code).toBe(0);
    expect((await home.audit(["smt", "proof", key, "--out", home.db])).code).toBe(64);
    expect((await home.audit(["smt", "proof", key, "--at", "v:9", "--out", "q.json"])).code).toBe(66);
    expect(existsSync(home.path("q.json"))).toBe(false);
  });

  it("refuses a root that is none of the trail's: 1; and has nothing to say for an empty one: 2", async () => {
    const other = new Home();
    await other.audit(["init"]);
    const proof = (await home.audit(["smt", "proof", events[0]!.rawHash, "--json"])).out.trim();
    const ask = () => other.json(["smt", "verify", "--proof", proof]);
    expect(await ask()).toMatchObject({ ok: false, code: "nothing-known" });
    expect((await other.audit(["smt", "verify", "--proof", proof])).code).toBe(2);
    for (const argv of [
      ["smt", "root"],
      ["smt", "proof", "ab".repeat(32)],
    ])
      expect((await other.audit(argv)).code).toBe(66);
    expect((await other.audit(["verify"])).code).toBe(2);
    await other.audit(["ingest", "claude-code", claude]);
    expect(await ask()).toMatchObject({ ok: false, code: "root-unknown" });
    expect((await other.audit(["smt", "verify", "--proof", proof])).code).toBe(1);
  });

  it("walks a session", async () => {
    const chain = await home.json<{ chains: { completeTo: string; links: unknown[] }[] }>([
      "smt",
      "chain",
      "agent:main:main",
    ]);
    expect(chain).toMatchObject({ ok: true, chains: [{ source: "openclaw", ok: true, version: 1 }] });
    expect((await home.audit(["smt", "chain", "agent:main:main"])).out).toMatch(
      /complete to [0-9a-f]{64} at [0-9a-f]{64}/,
    );
    expect((await home.audit(["smt", "chain", "nobody"])).code).toBe(66);
    // Only just recorded is not broken.
    const young = new Home();
    await young.audit(["init"]);
    const one = { stdin: '{"type":"tool.invoked","sessionId":"new"}\n' };
    await young.audit(["ingest", "ndjson", "-"], one);
    const walk = () => young.audit(["smt", "chain", "new"]);
    expect(await walk()).toMatchObject({ code: 66, err: expect.stringContaining("is checkpointed yet") });
    await young.audit(["smt", "root"]);
    expect((await walk()).code).toBe(0);
    await young.audit(["ingest", "ndjson", "-"], { stdin: one.stdin.replace("new", "newer") });
    const newer = await young.audit(["smt", "chain", "newer"]);
    expect(newer).toMatchObject({ code: 66, err: expect.stringContaining("is checkpointed yet") });
    expect((await young.audit(["smt", "prove-session", "newer"])).code).toBe(0);
  });
});

describe("verify", () => {
  it("is content with an honest trail", async () => {
    expect(await home.json(["verify"])).toMatchObject({
      status: "verified",
      findings: [],
      events: 17,
      checkpoints: 1,
      checkpointsVerified: 1,
    });
  });

  it.each([
    ["a description", "UPDATE events SET description = 'x' WHERE sequence = 5", 5],
    ["metadata", "UPDATE events SET metadata = '{}' WHERE sequence = 9", 9],
    ["a deleted row", "DELETE FROM events WHERE sequence = 7", 7],
    ["the last row deleted", "DELETE FROM events WHERE sequence = 17", 17],
    [
      "a content",
      "UPDATE events SET content = x'00' WHERE content IS NOT NULL AND sequence = (SELECT max(sequence) FROM events WHERE content IS NOT NULL)",
      undefined,
    ],
  ])("names %s", async (_, sql, sequence) => {
    const copy = forged(sql);
    const report = await copy.json<{ status: string; findings: { sequence?: number }[] }>(["verify"]);
    expect(report.status).toBe("tampered");
    if (sequence !== undefined) expect(report.findings[0]?.sequence).toBe(sequence);
    expect((await copy.audit(["verify"])).code).toBe(1);
  });

  it("compares with what was kept outside", async () => {
    const { root } = await home.json<{ root: string }>(["smt", "root"]);
    expect((await home.audit(["verify", "--known-root", `17:${root}`])).code).toBe(0);
    const wrong = await home.audit(["verify", "--known-root", `17:${"cd".repeat(32)}`]);
    expect([wrong.code, wrong.out]).toEqual([1, expect.stringContaining("known-root-mismatch")]);
    for (const bad of ["17", "x:1", `0:${root}`, "17:zz"])
      expect((await home.audit(["verify", "--known-root", bad])).code).toBe(64);
    for (const bad of ["{", "{}", "@none"])
      expect([65, 66]).toContain((await home.audit(["verify", "--known-checkpoint", bad])).code);
  });
});

describe("what is not a trail", () => {
  it.each([
    ["a text", (path: string) => writeFileSync(path, "hello, I am no database".repeat(100))],
    [
      "another database",
      (path: string) => new DatabaseSync(path).exec("CREATE TABLE t (x); PRAGMA application_id = 7"),
    ],
    ["an empty file", (path: string) => writeFileSync(path, "")],
  ])("%s: 65", async (_, make) => {
    const other = new Home();
    make(other.path("x.db"));
    for (const argv of [["list"], ["verify"], ["smt", "root"]]) {
      const { code, err } = await other.audit([...argv, "--db", "x.db"]);
      expect([code, err]).toEqual([65, expect.stringMatching(/^error: [^\n]+\nhint: [^\n]+\n$/)]);
    }
  });

  it("a newer trail: 65, and it is left alone", async () => {
    const copy = forged("UPDATE head SET sequence = sequence");
    const db = new DatabaseSync(copy.db);
    db.exec("PRAGMA user_version = 999");
    db.close();
    const { code, err } = await copy.audit(["list"]);
    expect([code, err]).toEqual([65, expect.stringContaining("update")]);
  });

  it("another tree than the one that is asked for: 66", async () => {
    expect((await home.audit(["list", "--tree", "ab".repeat(16)])).code).toBe(66);
    const { tree } = await home.json<{ tree: string }>(["smt", "trees"]);
    expect((await home.audit(["list", "--tree", tree])).code).toBe(0);
  });
});

it("answers from the last checkpoint where nothing can be written, and says so", async ({ onTestFinished, skip }) => {
  const copy = forged("UPDATE head SET sequence = sequence");
  await copy.audit(["ingest", "ndjson", "-"], { stdin: '{"type":"tool.invoked","sessionId":"late"}\n' });
  chmodSync(copy.folder, 0o755);
  chmodSync(copy.db, 0o444);
  chmodSync(copy.path(".sealtrail"), 0o555);
  // Root writes whatever the mode: then somebody else has to ask.
  const who = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const other = new OtherProcess(who);
  onTestFinished(() => other.end());
  const ask = (...argv: string[]) => other.audit([...argv, "--db", copy.db], { HOME: copy.folder });
  if (existsSync(copy.path(".sealtrail/config.json"))) chmodSync(copy.path(".sealtrail/config.json"), 0o444);
  skip((await ask("smt", "trees"))?.code !== 0, "nobody else may run the program here");
  const root = await ask("smt", "root", "--json");
  const session = await ask("smt", "prove-session", "agent:main:main");
  const bundles = [await ask("bundle", "17"), await ask("bundle", "18")];
  const late = await ask("smt", "prove-session", "late");
  chmodSync(copy.path(".sealtrail"), 0o700);
  expect(JSON.parse(root!.out)).toMatchObject({ current: false, lastSequence: 17 });
  for (const ran of [root, session]) expect(ran!.err).toContain("the trail cannot be written");
  expect(bundles.map((ran) => ran!.code)).toEqual([0, 77]);
  expect(bundles[1]!.err).toContain("event 18 is newer than the last checkpoint, and the trail cannot be written");
  expect(late!.code).toBe(66);
});

it("demo tells the whole story", async () => {
  const began = performance.now();
  expect(await home.json(["demo"])).toMatchObject({ ok: true, tampered: { sequence: 11 } });
  const { code, out } = await home.audit(["demo"]);
  expect([code, out]).toEqual([0, expect.stringContaining("row-altered at sequence 11")]);
  expect(performance.now() - began).toBeLessThan(20_000);
});
