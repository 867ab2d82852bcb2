/** Anchoring through the command: ledger file, local network, keys, and what verify makes of forgeries. */
import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { LocalNetwork } from "@sealtrail/devkit";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Home } from "./_run.js";

const claude = new URL("fixtures/claude-hooks.jsonl", import.meta.url).pathname;
const event = (n: number) => `{"type":"tool.invoked","description":"call ${n}"}\n`;

async function trail(): Promise<Home> {
  const home = new Home();
  await home.audit(["init"]);
  await home.audit(["ingest", "claude-code", claude]);
  return home;
}

describe("without a key", () => {
  it("anchoring is off, in one clear line: 77", async () => {
    const home = await trail();
    const { code, err } = await home.audit(["anchor", "now"]);
    expect([code, err]).toEqual([
      77,
      "error: anchoring is off: there is no signing key\nhint: audit keygen makes one, and the ledger file is used at once\n",
    ]);
    expect(await home.json(["anchor", "status"])).toMatchObject({ on: false, overdue: false });
    expect((await home.audit(["status"])).code).toBe(0);
    expect((await home.audit(["key", "signers"])).code).toBe(66);
  });
});

describe("a ledger file that is another file of the trail", () => {
  it("is refused, and nothing is written into it", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    const config = home.path(".sealtrail/config.json");
    for (const name of ["signing.key", "config.json", "audit.db", "audit.db-wal"]) {
      writeFileSync(config, JSON.stringify({ format: "sealtrail-config/1", ledgerFile: name }), { mode: 0o600 });
      const before = existsSync(home.path(`.sealtrail/${name}`)) && readFileSync(home.path(`.sealtrail/${name}`));
      const { code, err } = await home.audit(["anchor", "now"]);
      expect([code, err]).toEqual([65, expect.stringContaining("another file of the trail")]);
      // The database itself holds the new checkpoint now.
      if (before !== false && !name.startsWith("audit.db"))
        expect(readFileSync(home.path(`.sealtrail/${name}`)).equals(before), name).toBe(true);
    }
  });
});

describe("keys", () => {
  it("are made for their owner alone, never printed, never replaced", async () => {
    const home = await trail();
    const { out, code } = await home.audit(["keygen"]);
    const file = home.path(".sealtrail/signing.key");
    expect([code, statSync(file).mode & 0o777]).toEqual([0, 0o600]);
    const secret = readFileSync(file, "utf8").trim();
    expect(out).not.toContain(secret);
    expect((await home.audit(["keygen"])).code).toBe(73);
    expect((await home.json<{ publicKey: string }>(["keygen", "other.key"])).publicKey).toMatch(/^[0-9a-f]{128}$/);
    writeFileSync(home.path("bad.key"), "hello\n", { mode: 0o600 });
    writeFileSync(home.path("open.key"), `${secret}\n`, { mode: 0o644 });
    const by = (name: string) =>
      home.audit(["anchor", "now"], { env: { SEALTRAIL_SIGNING_KEY_FILE: home.path(name) } });
    expect((await by("bad.key")).code).toBe(65);
    expect((await by("open.key")).code).toBe(77);
    expect((await by("none.key")).code).toBe(66);
  });

  it("that cannot be used are a problem in the status, and the rest of it is shown", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    const file = home.path(".sealtrail/signing.key");
    for (const spoil of [() => chmodSync(file, 0o644), () => writeFileSync(file, "no key\n")]) {
      spoil();
      const { code, out } = await home.audit(["status", "--json"]);
      const { healthy, events, problems } = JSON.parse(out) as { [name: string]: unknown };
      expect([code, healthy, Number(events) > 1]).toEqual([1, false, true]);
      expect(problems).toContainEqual(expect.objectContaining({ code: "signing-key" }));
      expect((await home.audit(["anchor", "status"])).code).toBe(1);
      chmodSync(file, 0o600);
    }
  });

  it("rotate and are revoked on record; the list follows", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    await home.audit(["anchor", "now"]);
    await home.audit(["keygen", "new.key"]);
    expect(await home.json(["key", "rotate", "new.key"])).toMatchObject({ kind: "rotation", fromVersion: 2 });
    await home.audit(["ingest", "ndjson", "-"], { stdin: event(1) });
    expect(await home.json(["anchor", "now"])).toMatchObject({ signed: 2, anchored: 1 });
    expect(await home.json(["verify"])).toMatchObject({
      status: "verified",
      anchors: { checked: 2, signerChecked: true },
    });
    const { signers } = await home.json<{ signers: unknown[] }>(["key", "signers"]);
    expect(signers).toMatchObject([{ fromVersion: 1, untilVersion: 1 }, { fromVersion: 2 }]);
    expect((await home.audit(["key", "rotate", "new.key"])).code).toBe(64);
    await home.audit(["keygen", "third.key"]);
    expect(await home.json(["key", "revoke", "third.key", "--from-version", "2"])).toMatchObject({
      kind: "revocation",
      fromVersion: 2,
    });
    // What the revoked key signed for version 2 shows nothing now. The trail is none the worse for it.
    expect(await home.json(["verify"])).toMatchObject({
      status: "verified",
      notes: [{ kind: "after-last-checkpoint" }, { kind: "retired-signer" }],
      anchors: { checked: 2, anchoredVersion: 1, shownVersion: 1 },
    });
    // A process that still holds the key which was replaced signs nothing with it.
    await home.audit(["ingest", "ndjson", "-"], { stdin: event(2) });
    const old = { SEALTRAIL_SIGNING_KEY_FILE: home.path("new.key") };
    const late = await home.audit(["anchor", "now"], { env: old });
    expect([late.code, late.err]).toEqual([75, expect.stringContaining("the signing key was replaced or revoked")]);
    expect(await home.json(["anchor", "now"])).toMatchObject({ anchored: 1 });
    await home.audit(["keygen", "fourth.key"]);
    const { out } = await home.audit(["key", "revoke", "fourth.key", "--from-version", "1"]);
    expect(out).toMatch(/old key +[0-9a-f]{128}, for no version any more/);
  });
});

it("a running anchor signs with the new key after a rotation", async () => {
  const home = await trail();
  await home.audit(["keygen"]);
  await home.audit(["anchor", "now"]);
  await home.audit(["keygen", "new.key"]);
  const stop = new AbortController();
  const running = home.audit(["anchor", "watch", "--every", "1h"], { interrupt: stop.signal });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await home.audit(["key", "rotate", "new.key"]);
  await home.audit(["ingest", "ndjson", "-"], { stdin: event(1) });
  // When it stops it signs what is left.
  stop.abort("SIGINT");
  expect((await running).code).toBe(130);
  expect(await home.json(["anchor", "now"])).toMatchObject({ signed: null, anchored: 1 });
  const { status, notes } = await home.json<{ status: string; notes: { kind: string }[] }>(["verify"]);
  expect([status, notes.map(({ kind }) => kind)]).toEqual(["verified", []]);
});

describe("ledger file", () => {
  it("anchors with no account; a bundle of it is attested at most", async () => {
    const home = await trail();
    const { publicKey } = await home.json<{ publicKey: string }>(["keygen"]);
    expect(await home.json(["anchor", "now"])).toMatchObject({ network: "ledger", signed: 1, anchored: 1, waiting: 0 });
    expect(await home.json(["anchor", "now"])).toMatchObject({ signed: null, anchored: 0 });
    expect(await home.lines(["anchor", "list"])).toMatchObject([{ version: 1, network: "ledger" }]);
    expect(await home.json(["anchor", "status"])).toMatchObject({
      on: true,
      network: "ledger",
      publicKey,
      eventsWithout: 1,
    });
    expect(await home.json(["verify"])).toMatchObject({
      status: "verified",
      anchors: { checked: 1, anchoredVersion: 1, signerChecked: true },
    });
    expect(await home.json(["show", "2"])).toMatchObject({ anchor: { version: 1, network: "ledger" } });
    expect((await home.audit(["bundle", "2", "--out", "b.json"])).err).not.toContain("no anchor");
    const stranger = new Home();
    const ask = (...more: string[]) => stranger.audit(["bundle", "verify", home.path("b.json"), ...more]);
    expect(await ask()).toMatchObject({ code: 2, out: expect.stringContaining("untrusted") });
    expect(await ask("--signer", publicKey)).toMatchObject({ code: 2, out: expect.stringContaining("attested") });
    await home.audit(["key", "signers", "--out", "signers.json"]);
    expect(await ask("--signer", `@${home.path("signers.json")}`)).toMatchObject({
      code: 2,
      out: expect.stringContaining("attested"),
    });
    const { rawHash } = await home.json<{ rawHash: string }>(["list", "--last", "1", "--category", "session"]);
    for (const argv of [
      ["smt", "proof", rawHash, "--anchored"],
      ["smt", "proof", "ab".repeat(32), "--anchored"],
    ]) {
      expect(await home.json(argv)).toMatchObject({ context: { version: 1 } });
    }
    expect(await home.json(["checkpoint", "export"])).toMatchObject({
      anchored: { version: 1 },
      anchor: { network: "ledger" },
    });
    const { out } = await home.audit(["export", "ndjson", "--out", "-"]);
    const [, first, ...rest] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { checkpoint } = rest.find((line) => line.checkpoint) as { checkpoint: Checkpoint };
    expect(first.anchor).toEqual({
      hash: expect.any(String),
      state: "finalized",
      version: 1,
      network: "ledger",
      root: checkpoint.root,
      firstSequence: checkpoint.firstSequence,
      lastSequence: checkpoint.lastSequence,
      createdAt: checkpoint.createdAt,
    });
    expect((await home.audit(["verify", "--from", "-"], { stdin: out })).code).toBe(0);
    for (const [change, code] of [
      [{ root: undefined, lastSequence: undefined }, 0],
      [{ root: 7 }, 1],
      [{ lastSequence: "9" }, 1],
      [{ more: 1 }, 1],
    ] as const) {
      const lines = out.split("\n").map((line, i) => {
        if (i !== 1) return line;
        const value = JSON.parse(line);
        return JSON.stringify({ ...value, anchor: { ...value.anchor, ...change } });
      });
      expect(
        (await home.audit(["verify", "--from", "-"], { stdin: lines.join("\n") })).code,
        `${JSON.stringify(change)}`,
      ).toBe(code);
      writeFileSync(home.path("changed.ndjson"), lines.join("\n"));
      const python = spawnSync("python3", ["-B", "test-vectors/verify.py", "--export", home.path("changed.ndjson")]);
      expect(python.status, `python: ${JSON.stringify(change)}`).toBe(code);
    }
    expect((await home.audit(["anchor", "check"])).code).toBe(0);
    expect((await home.audit(["anchor", "resign", "1"])).code).toBe(77);
  });

  it("shows an older copy of the trail as rolled back", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    await home.audit(["anchor", "now"]);
    const db = new DatabaseSync(home.db);
    db.exec("PRAGMA busy_timeout = 20000; PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
    const copy = readFileSync(home.db);
    await home.audit(["ingest", "ndjson", "-"], { stdin: event(1) + event(2) });
    await home.audit(["anchor", "now"]);
    writeFileSync(home.db, copy);
    const { code, out } = await home.audit(["verify"]);
    expect([code, out]).toEqual([1, expect.stringContaining("rolled-back")]);
    expect((await home.json(["verify"])).status).toBe("rolled-back");
    // Nor is it ever gone on with: one that signs its own continuation is stopped before it publishes it.
    for (const goesOn of [false, true]) {
      writeFileSync(home.db, copy);
      if (goesOn) {
        await home.audit(["ingest", "ndjson", "-"], { stdin: event(3) });
        expect(await home.json(["anchor", "now"])).toMatchObject({ signed: 2, anchored: 0, off: ["rolled-back"] });
      }
      expect((await home.json(["verify"])).status).toBe("rolled-back");
      expect(await home.json(["recover"])).toMatchObject({ state: "rolled back", accepted: false });
    }
    const before = await home.json<{ tree: { tree: string; checkpoint: { root: string } } }>(["status"]);
    expect(await home.json(["recover", "--accept"])).toMatchObject({ state: "rolled back", accepted: true });
    const { metadata } = await home.json<{ metadata: Record<string, unknown> }>(["show", "1"]);
    const { tree, checkpoint } = before.tree;
    expect(metadata).toMatchObject({ reason: "rolled-back", tree, lastRoot: checkpoint.root });
    expect((await home.json(["verify"])).status).toBe("verified");
    expect((await home.json<{ tree: { tree: string } }>(["status"])).tree.tree).not.toBe(tree);
    await home.audit(["ingest", "ndjson", "-"], { stdin: event(4) });
    expect(await home.json(["anchor", "now"])).toMatchObject({ anchored: 1, off: [] });
  });

  it("is nowhere a bug of ours when the file was changed: what meets it says so", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    await home.audit(["anchor", "now"]);
    const db = new DatabaseSync(home.db);
    db.exec("PRAGMA busy_timeout = 20000; PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
    const copy = readFileSync(home.db);
    const commands = ["status", "anchor status", "anchor list", "anchor now", "show 3", "bundle 3 --json", "verify"];
    commands.push("bundle 3 --raw --json", "smt root");
    const after = async (sql: string) => {
      writeFileSync(home.db, copy);
      const forger = new DatabaseSync(home.db);
      forger.exec(sql);
      forger.exec("PRAGMA busy_timeout = 20000; PRAGMA wal_checkpoint(TRUNCATE)");
      forger.close();
      const codes: Record<string, number> = {};
      for (const command of commands) {
        const { code, err } = await home.audit(command.split(" "));
        expect(err, `${sql}: ${command}`).not.toContain("this is a bug");
        codes[command] = code;
      }
      return codes;
    };
    for (const text of ["x", "{}", "null"])
      expect(await after(`UPDATE anchor_state SET hold = '${text}'`)).toMatchObject({ status: 1, verify: 0 });
    expect(await after("UPDATE anchor_statements SET version = -1")).toMatchObject({
      "bundle 3 --json": 74,
      verify: 1,
    });
    expect(await after("UPDATE anchor_statements SET target = 'mars'")).toMatchObject({
      "bundle 3 --json": 74,
      verify: 1,
    });
    expect(await after("UPDATE anchor_statements SET acceptedAt = 9e18")).toMatchObject({
      "anchor list": 74,
      verify: 1,
    });
    expect(await after("UPDATE events SET metadata = '{' WHERE sequence = 3")).toMatchObject({
      "bundle 3 --raw --json": 74,
      verify: 1,
    });
    expect(await after("UPDATE checkpoints SET body = '{'")).toMatchObject({ "smt root": 74, status: 74, verify: 1 });
    expect(await after("UPDATE anchor_statements SET lastSequence = 9007199254740993")).toMatchObject({
      status: 74,
      verify: 1,
    });
  });

  it("is itself watched", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    await home.audit(["anchor", "now"]);
    const ledger = home.path(".sealtrail/ledger.jsonl");
    const found = async () => {
      const { findings, notes } = await home.json<{ [part in "findings" | "notes"]: { kind: string }[] }>(["verify"]);
      return [...findings, ...notes].map((f) => f.kind);
    };
    appendFileSync(ledger, '{"format":"x"}\n');
    expect(await found()).toContain("ledger-torn");
    writeFileSync(ledger, readFileSync(ledger, "utf8").replace('"number":1', '"number":2'));
    expect((await found())[0]).toBe("ledger-damaged");
    writeFileSync(ledger, "");
    expect(await found()).toContain("ledger-missing");
  });

  it("is overdue when events wait too long: status 1, verify notes it", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    await home.audit(["anchor", "now"]);
    await home.audit(["ingest", "ndjson", "-"], { stdin: event(1) });
    const later = { now: Date.now() + 2 * 3_600_000 };
    expect((await home.audit(["status"], later)).code).toBe(1);
    expect(await home.json(["status"], later)).toMatchObject({
      healthy: false,
      problems: [{ code: "anchor-overdue" }],
    });
    expect((await home.audit(["anchor", "status"], later)).code).toBe(1);
    const ran = await home.audit(["verify"], later);
    expect([ran.code, ran.out]).toEqual([0, expect.stringContaining("note: anchor-overdue")]);
  });

  it("is overdue too where it was turned on and never once used", async () => {
    const home = await trail();
    const later = { now: Date.now() + 2 * 3_600_000 };
    expect((await home.audit(["verify"], later)).out).not.toContain("anchor-overdue");
    await home.audit(["keygen"]);
    expect((await home.audit(["status"], later)).code).toBe(1);
    expect((await home.audit(["verify"], later)).out).toContain("note: anchor-overdue");
  });
});

describe("old epochs", () => {
  it("are frozen by anchor now, not by ingest", async () => {
    const home = new Home();
    const start = Date.UTC(2026, 10, 22);
    const at = (hours: number) => ({ now: start + hours * 3_600_000 });
    await home.audit(["init"], at(0));
    await home.audit(["keygen"]);
    writeFileSync(home.path(".sealtrail/config.json"), '{"format":"sealtrail-config/1","pruneAfterEpochs":1}');
    for (const hour of [0, 1, 2, 3])
      await home.audit(["ingest", "ndjson", "-"], { ...at(hour), stdin: event(1) + event(2) });
    expect(await home.json(["smt", "trees"])).toMatchObject({ epoch: 3, frozenEpochs: [] });
    expect((await home.audit(["anchor", "now"], at(3))).err).toContain("froze 2 epochs");
    expect(await home.json(["smt", "trees"])).toMatchObject({ frozenEpochs: [0, 1] });
    expect((await home.audit(["verify"], at(3))).code).toBe(0);
  });
});

describe("anchor sign", () => {
  it("signs what is due and sends nothing", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    expect(await home.json(["anchor", "sign"])).toEqual({ network: "ledger", signed: null });
    expect(await home.json(["anchor", "sign"], { now: Date.now() + 600_000 })).toEqual({
      network: "ledger",
      signed: 1,
    });
    expect(await home.lines(["anchor", "list"])).toMatchObject([{ version: 1, state: "queued" }]);
    expect(existsSync(home.path(".sealtrail/ledger.jsonl"))).toBe(false);
    expect(await home.json(["anchor", "now"])).toMatchObject({ signed: null, anchored: 1 });
  });

  it("does not ask a network whose the account is", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    writeFileSync(home.path(".sealtrail/config.json"), '{"format":"sealtrail-config/1","anchor":"mainnet"}');
    expect((await home.audit(["anchor", "sign", "--all"], { env: { SEALTRAIL_API_KEY: "k" } })).code).toBe(75);
  });

  it("is started by a hook that finds it due, once", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    writeFileSync(home.path(".sealtrail/config.json"), '{"format":"sealtrail-config/1","anchorEveryEvents":3}');
    const payload = readFileSync(claude, "utf8").split("\n")[2]!;
    const bin = new URL("../bin/audit.js", import.meta.url).pathname;
    const hook = (n: number) =>
      spawnSync(process.execPath, [bin, "hook", "claude-code", "--db", home.db], {
        input: payload.replace(/"tool_use_id":"[^"]*"/, `"tool_use_id":"call-${n}"`),
        env: { HOME: home.folder },
      });
    for (let n = 1; n <= 3; n++) expect(hook(n).status).toBe(0);
    let signed: unknown[] = [];
    for (let wait = 0; wait < 100 && signed.length === 0; wait++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      signed = await home.lines(["anchor", "list"]);
    }
    expect(signed).toMatchObject([{ state: "queued" }]);
    expect(existsSync(home.path(".sealtrail/ledger.jsonl"))).toBe(false);
  });
});

describe("on a network", () => {
  let network: LocalNetwork;
  beforeAll(async () => {
    network = await LocalNetwork.start();
  });
  afterAll(() => network.close());

  async function networked(): Promise<{ home: Home; env: Record<string, string> }> {
    const home = await trail();
    await home.audit(["keygen"]);
    writeFileSync(home.path(".sealtrail/config.json"), '{"format":"sealtrail-config/1","anchor":"test"}');
    return { home, env: { DE_TEST_URL: network.url, SEALTRAIL_API_KEY: "local-key" } };
  }

  it("anchors, looks up, and makes a bundle that is valid with key and root", async () => {
    const { home, env } = await networked();
    expect(await home.json(["anchor", "now"], { env })).toMatchObject({ network: "test", signed: 1, anchored: 1 });
    await home.json(["anchor", "check"], { env });
    await home.json(["anchor", "check"], { env });
    expect(await home.lines(["anchor", "list"], { env })).toMatchObject([
      { state: "finalized", networkProof: "verified" },
    ]);
    await home.audit(["bundle", "2", "--raw", "--out", "b.json"], { env });
    const { publicKey } = await home.json<{ publicKey: string }>(["anchor", "status"], { env });
    const { root, finalizedAt } = network.roots()[0]!;
    const stranger = new Home();
    const ask = (...more: string[]) => stranger.audit(["bundle", "verify", home.path("b.json"), ...more]);
    expect(await ask("--signer", publicKey, "--network-root", `test:${root}@${finalizedAt}`)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^valid: [\s\S]*proven before \d{4}-/),
    });
    expect(await ask("--signer", publicKey)).toMatchObject({ code: 2, out: expect.stringContaining("attested") });
    expect(await ask("--network-root", `test:${root}`)).toMatchObject({
      code: 2,
      out: expect.stringContaining("untrusted"),
    });
    expect(await home.json(["verify"], { env })).toMatchObject({ status: "verified", anchors: { anchoredVersion: 1 } });
    const own = await home.lines<{ type: string }>(["list", "--category", "system"]);
    expect(own.map((e) => e.type)).toEqual(["system.anchor"]);
  });

  it("keeps what cannot be sent: 75, and sends it later", async () => {
    const { home, env } = await networked();
    const dead = { env: { ...env, DE_TEST_URL: "http://127.0.0.1:9" } };
    const { code, err } = await home.audit(["anchor", "now"], dead);
    expect([code, err]).toEqual([75, expect.stringContaining("the network does not say")]);
    writeFileSync(
      home.path(".sealtrail/config.json"),
      '{"format":"sealtrail-config/1","anchor":"test","orgId":"0a0a0a0a-0000-4000-8000-000000000001","tenantId":"0a0a0a0a-0000-4000-8000-000000000002"}',
    );
    expect((await home.audit(["anchor", "now"], dead)).code).toBe(75);
    expect(await home.json(["anchor", "status"], dead)).toMatchObject({ statements: { queued: 1 } });
    expect(await home.json(["anchor", "now"], { env, now: Date.now() + 600_000 })).toMatchObject({
      anchored: 1,
      waiting: 0,
    });
  });

  it("holds the queue for a wrong key, and says so: 1", async () => {
    const { home, env } = await networked();
    writeFileSync(
      home.path(".sealtrail/config.json"),
      '{"format":"sealtrail-config/1","anchor":"test","orgId":"0a0a0a0a-0000-4000-8000-000000000001","tenantId":"0a0a0a0a-0000-4000-8000-000000000002"}',
    );
    const wrong = { env: { ...env, SEALTRAIL_API_KEY: "wrong" } };
    expect((await home.audit(["anchor", "now"], wrong)).code).toBe(1);
    expect(await home.json(["status"], wrong)).toMatchObject({
      healthy: false,
      anchoring: { hold: expect.any(String) },
    });
    expect((await home.audit(["anchor", "now"], { env })).code).toBe(0);
  });

  it("needs an account, and takes no stranger's address for a test network", async () => {
    const { home, env } = await networked();
    expect((await home.audit(["anchor", "now"], { env: { DE_TEST_URL: network.url } })).code).toBe(77);
    const away = await home.audit(["anchor", "now"], { env: { ...env, DE_TEST_URL: "http://example.com" } });
    expect([away.code, away.err]).toEqual([64, expect.stringContaining("loopback")]);
    const blank = await home.audit(["anchor", "now"], { env: { ...env, SEALTRAIL_API_KEY: "s3cret with blanks" } });
    expect([blank.code, blank.err]).toEqual([65, expect.stringContaining("SEALTRAIL_API_KEY holds no API key")]);
    expect(blank.err).not.toContain("s3cret");
    const config = home.path(".sealtrail/config.json");
    const before = readFileSync(config, "utf8");
    writeFileSync(config, JSON.stringify({ ...JSON.parse(before), orgId: "acme" }));
    const named = await home.audit(["anchor", "now"], { env });
    expect([named.code, named.err]).toEqual([65, expect.stringContaining("orgId in config.json is no UUID")]);
    writeFileSync(config, before);
  });

  it("pays only by whole settings, never with the signing key, never an asset that was not pinned", async () => {
    const home = await trail();
    await home.audit(["keygen"]);
    await home.audit(["keygen", "wallet.key"]);
    const till = await LocalNetwork.start({
      till: {
        asset: { network: "eip155:84532", contract: `0x${"42".repeat(20)}`, name: "Test Dollar", version: "1" },
        price: "1000",
        payTo: `0x${"11".repeat(20)}`,
      },
    });
    const env = { DE_TEST_URL: till.url };
    const paid = (wallet: string, payTo: string) =>
      home.audit(
        [
          "setup",
          "--yes",
          "--anchor",
          "test",
          "--wallet-key-file",
          home.path(wallet),
          "--payment-to",
          payTo,
          "--max-per-payment",
          "2000",
          "--max-per-day",
          "9000",
        ],
        { env },
      );
    try {
      const before = readFileSync(home.path(".sealtrail/config.json"), "utf8");
      expect((await paid("wallet.key", "somebody")).code).toBe(65);
      expect(readFileSync(home.path(".sealtrail/config.json"), "utf8")).toBe(before);
      expect((await paid(".sealtrail/signing.key", `0x${"11".repeat(20)}`)).code).toBe(65);
      expect((await paid("wallet.key", `0x${"11".repeat(20)}`)).code).toBe(0);
      const { code, out } = await home.audit(["anchor", "now"], { env });
      expect([code, out]).toEqual([1, expect.stringContaining("on hold")]);
      expect(till.till?.charges.size).toBe(0);
    } finally {
      await till.close();
    }
  });

  it("watches until it is interrupted", async () => {
    const { home, env } = await networked();
    const stop = new AbortController();
    const ended = home.audit(["anchor", "watch", "--every", "1s", "--json"], { env, interrupt: stop.signal });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    stop.abort("SIGINT");
    const { code, out } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(out.split("\n")[0]!)).toMatchObject({ network: "test" });
  });
});

it("another ledger file gets all statements with the next anchor, and the move is on record", async () => {
  const moved = new Home();
  await moved.audit(["init"]);
  await moved.audit(["keygen"]);
  const event = (i: number) => ({ stdin: `{"type":"tool.invoked","description":"call ${i}"}\n` });
  for (const i of [1, 2]) {
    await moved.audit(["ingest", "ndjson", "-"], event(i));
    await moved.audit(["anchor", "now"]);
  }
  writeFileSync(moved.path(".sealtrail/config.json"), JSON.stringify({ ledgerFile: moved.path("other.jsonl") }));
  expect((await moved.audit(["verify"])).out).toContain("ledger-missing");
  const { code, err } = await moved.audit(["anchor", "now"]);
  expect([code, err]).toEqual([0, expect.stringContaining("2 statements were in")]);
  expect((await moved.audit(["verify"])).code).toBe(0);
  expect((await moved.audit(["list", "--type", "system.anchor", "--json"])).out).toContain("ledger-again");
  expect((await moved.audit(["anchor", "now"])).err).toBe("");
  expect(readFileSync(moved.path("other.jsonl"), "utf8").trimEnd().split("\n")).toHaveLength(2);
});
