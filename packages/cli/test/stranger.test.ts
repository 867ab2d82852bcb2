/** What is handed to a stranger and how he checks it: extensions, sessions, archives, checkpoints, bundles. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { SparseMerkleTree, verifyMultiproof } from "@sealtrail/smt";
import { sha256 } from "@sealtrail/smt/formats";
import { beforeAll, describe, expect, it } from "vitest";
import { proofsWithin } from "../src/commands/smt-prove-session.js";
import { Home } from "./_run.js";

const capture = new URL("../demo/agent-turn.jsonl", import.meta.url).pathname;
const claude = new URL("fixtures/claude-hooks.jsonl", import.meta.url).pathname;
const hour = 3_600_000;
const start = Date.UTC(2026, 10, 22, 8, 10);

const home = new Home();
const stranger = new Home();
const at = (hours: number) => ({ now: start + hours * hour });
let first: { root: string };
let last: { root: string };

beforeAll(async () => {
  await home.audit(["init"], at(0));
  await home.audit(["ingest", "openclaw", capture], at(0));
  first = await home.json(["smt", "root"], at(0));
  await home.audit(["ingest", "claude-code", claude], at(1));
  await home.audit(["ingest", "ndjson", "-"], {
    ...at(2),
    stdin: '{"type":"tool.invoked","content":"secret text"}\n{"type":"tool.result"}\n',
  });
  last = await home.json(["smt", "root"], at(2));
});

describe("extension", () => {
  it("is made by the operator, checked by the stranger", async () => {
    const { out } = await home.audit(["smt", "extend", first.root, last.root, "--json"]);
    const ask = (a: string, b: string) => stranger.audit(["smt", "extend", a, b, "--verify", "-"], { stdin: out });
    expect(await ask(first.root, last.root)).toMatchObject({
      code: 0,
      out: expect.stringContaining("valid: everything under the first root"),
    });
    expect(await ask(last.root, first.root)).toMatchObject({
      code: 1,
      out: expect.stringContaining("not valid: old-root-differs"),
    });
    expect(await stranger.json(["smt", "extend", first.root, last.root, "--verify", "{}"])).toMatchObject({
      ok: false,
    });
    await home.json(["smt", "extend", first.root, last.root]);
  });

  it("is refused for strange roots, and the wrong way round", async () => {
    expect((await home.audit(["smt", "extend", first.root, "ab".repeat(32)])).code).toBe(66);
    expect((await home.audit(["smt", "extend", last.root, first.root])).code).toBe(64);
    expect((await home.audit(["smt", "extend", first.root])).code).toBe(64);
  });
});

describe("an export without the contents' salts", () => {
  const check = async (flags: string[], change = (out: string) => out) => {
    const { out } = await home.audit(["export", "ndjson", ...flags]);
    return stranger.audit(["verify", "--from", "-"], { stdin: change(out) });
  };

  it("verifies, because each event comes with the salt of its own key", async () => {
    expect(await check([])).toMatchObject({ code: 0, out: expect.stringContaining("verified") });
    const altered = await check([], (out) => out.replace(/"description":"/, '"description":"not '));
    expect(altered).toMatchObject({ code: 1, out: expect.stringContaining("raw-key-differs") });
    const bare = await check([], (out) => out.replaceAll(/,"salt":"[0-9a-f]{64}"/g, ""));
    expect(bare).toMatchObject({ code: 1, out: expect.stringContaining("salt-missing") });
  });

  it("is unvouched, with an exit code of its own, where it shows contents", async () => {
    const { code, out } = await check(["--include-content"]);
    expect([code, out]).toEqual([2, expect.stringContaining("have no salt")]);
    expect(await check(["--include-content", "--with-salts"])).toMatchObject({ code: 0 });
  });
});

describe("evidence over 16 MiB", () => {
  it("is not valid: it is read no further than that", async () => {
    writeFileSync(stranger.path("big"), " ".repeat(16 * 1024 * 1024 + 1));
    const piped = { stdin: readFileSync(stranger.path("big")) };
    for (const proof of ["@big", "-"])
      expect(await stranger.json(["smt", "verify", "--proof", proof, "--root", last.root], piped)).toMatchObject({
        ok: false,
        code: "too-large",
      });
    const extend = ["smt", "extend", first.root, last.root, "--verify", "@big"];
    expect(await stranger.json(extend)).toMatchObject({ ok: false, code: "too-large" });
    expect(await stranger.json([...extend, "--limit", "17MiB"])).toMatchObject({ ok: false, code: "not-json" });
    for (const file of ["big", "-"])
      expect(await stranger.json(["bundle", "verify", file], piped)).toMatchObject({
        verdict: "invalid",
        checks: { schema: { status: "failed", code: "too-large" } },
      });
    // Of what the reader trusts himself, it is his mistake.
    expect((await stranger.audit(["bundle", "verify", "big", "--signer", "@big"])).code).toBe(65);
  });

  it("is not made by smt extend, unless both sides say so", async () => {
    const make = ["smt", "extend", first.root, last.root, "--json"];
    const { out } = await home.audit(make);
    const small = await home.audit([...make, "--limit", `${out.length - 2}B`]);
    expect([small.code, small.err]).toEqual([65, expect.stringContaining("over --limit")]);
    expect((await home.audit([...make, "--limit", `${out.length}B`])).code).toBe(0);
    expect((await home.audit([...make, "--limit", "x"])).code).toBe(64);
  });

  it("is split by smt prove-session", () => {
    const tree = new SparseMerkleTree();
    const keys = Array.from({ length: 100 }, (_, i) => sha256(`k${i}`));
    for (const key of keys) tree.insert(key, key);
    const limits = { keys: 64, bytes: 6_000 };
    const proofs = proofsWithin(keys, (some) => tree.proveMany(some), limits);
    expect(proofs.length).toBeGreaterThan(2);
    const shown = proofs.flatMap((proof) => {
      expect(JSON.stringify(proof).length).toBeLessThanOrEqual(limits.bytes);
      const verdict = verifyMultiproof(proof, { root: tree.root });
      return verdict.ok ? verdict.present.map((p) => Buffer.from(p.key).toString("hex")) : [];
    });
    expect(shown.sort()).toEqual(keys.map((key) => Buffer.from(key).toString("hex")).sort());
    // One key is one proof, however large.
    expect(proofsWithin(keys, (some) => tree.proveMany(some), { keys: 64, bytes: 1 })).toHaveLength(100);
  });
});

describe("session", () => {
  it("is proven whole in one proof", async () => {
    const { code, err } = await home.audit(["smt", "prove-session", "agent:main:main", "--out", "session.json"]);
    expect([code, err]).toEqual([0, expect.stringContaining("complete to")]);
    writeFileSync(stranger.path("session.json"), readFileSync(home.path("session.json")));
    const ran = await stranger.audit(["smt", "verify", "--proof", "@session.json", "--root", last.root]);
    expect([ran.code, ran.out]).toEqual([0, expect.stringMatching(/valid: \d+ keys are in the tree/)]);
    await home.json(["smt", "prove-session", "agent:main:main"]);
    expect((await home.audit(["smt", "prove-session", "nobody"])).code).toBe(66);
  });
});

describe("binary proof", () => {
  it("goes with root, key and value beside it", async () => {
    const { rawHash } = await home.json<{ rawHash: string }>(["list", "--last", "1"]);
    const { err } = await home.audit(["smt", "proof", rawHash, "--binary", "--out", "p.bin"]);
    const value = /value ([0-9a-f]{64})/.exec(err)![1]!;
    const ask = [
      "smt",
      "verify",
      "--proof",
      `@${home.path("p.bin")}`,
      "--root",
      last.root,
      "--key",
      rawHash,
      "--value",
    ];
    expect((await stranger.audit([...ask, value])).code).toBe(0);
    expect((await stranger.audit([...ask, "ab".repeat(32)])).code).toBe(1);
    expect((await home.audit(["smt", "proof", rawHash, "--binary", "--json"])).code).toBe(64);
    expect((await home.audit(["smt", "proof", rawHash, "--binary"], { terminal: true })).code).toBe(64);
    expect((await home.audit(["smt", "proof", rawHash, "--anchored"])).code).toBe(66);
    expect((await home.audit(["smt", "proof", rawHash, "--newest"])).code).toBe(64);
  });
});

describe("epochs", () => {
  it("are archived and frozen; the archive stands alone", async () => {
    const { frozen } = await home.json<{ frozen: { epoch: number; root: string; previousRoot: string }[] }>(
      ["smt", "freeze", "--archive", "epoch-{epoch}.jsonl"],
      at(3),
    );
    expect(frozen.map((f) => f.epoch)).toEqual([0, 1]);
    for (const { epoch, root, previousRoot } of frozen) {
      const file = home.path(`epoch-${epoch}.jsonl`);
      const ask = ["smt", "verify-archive", file];
      expect(await stranger.json([...ask, "--root", root, "--previous-root", previousRoot])).toMatchObject({
        ok: true,
        epoch,
        notChecked: [],
      });
      expect((await stranger.audit(ask)).code).toBe(2);
      const piped = { stdin: readFileSync(file) };
      expect((await stranger.audit(["smt", "verify-archive", "-", "--root", root], piped)).code).toBe(2);
      expect((await stranger.audit([...ask, "--root", "ab".repeat(32)])).code).toBe(1);
      expect((await stranger.audit(["verify", file, "--root", root, "--previous-root", previousRoot])).code).toBe(0);
      expect((await stranger.audit(["info", file])).out).toContain("an archive");
      const lines = readFileSync(file, "utf8").trimEnd().split("\n");
      writeFileSync(stranger.path("less.jsonl"), `${lines.filter((_, i) => i !== 2).join("\n")}\n`);
      expect((await stranger.audit(["smt", "verify-archive", "less.jsonl", "--root", root])).code).toBe(1);
    }
    // What was put on record opened a further epoch, so the one of the last events has ended by now.
    expect(
      (await home.json<{ frozen: { epoch: number }[] }>(["smt", "freeze"], at(3))).frozen.map((f) => f.epoch),
    ).toEqual([2]);
    expect((await home.json<{ frozen: unknown[] }>(["smt", "freeze"], at(3))).frozen).toEqual([]);
    expect(await home.json(["smt", "trees"])).toMatchObject({ frozenEpochs: [0, 1, 2] });
    expect((await home.audit(["smt", "freeze", "--epoch", "99"], at(3))).code).toBe(66);
    expect((await home.audit(["smt", "freeze", "--epoch", "1", "--older-than", "1d"])).code).toBe(64);
    expect((await home.audit(["verify"])).code).toBe(0);
    expect((await home.json(["smt", "root", "--at", "s:1"])).root).toBe(first.root);
  });
});

describe("rebuild", () => {
  it("gives every root again, and refuses to cover up a changed log", async () => {
    expect(await home.json(["smt", "rebuild"])).toMatchObject({ ok: true });
    expect((await home.audit(["verify"])).code).toBe(0);
    for (const column of ["rawHash", "censoredHash"]) {
      const other = new Home();
      await other.audit(["init"]);
      await other.audit(["ingest", "claude-code", claude]);
      const db = new DatabaseSync(other.db);
      db.exec(`UPDATE events SET ${column} = zeroblob(32) WHERE sequence = 3`);
      db.close();
      expect(await other.json(["smt", "rebuild"])).toMatchObject({ ok: false });
      expect((await other.audit(["smt", "rebuild"])).code).toBe(1);
    }
  });
});

describe("checkpoint export", () => {
  it("is what verify compares with later", async () => {
    const { code } = await home.audit(["checkpoint", "export", "--out", "kept.json"]);
    expect(code).toBe(0);
    await home.json(["checkpoint", "export"]);
    expect((await home.audit(["verify", "--known-checkpoint", "@kept.json"])).code).toBe(0);
    expect((await home.audit(["info", "kept.json"])).out).toContain("what an auditor keeps");
    const { checkpoint } = JSON.parse(readFileSync(home.path("kept.json"), "utf8")) as { checkpoint: object };
    const other = JSON.stringify({ ...checkpoint, root: "ab".repeat(32) });
    const ran = await home.audit(["verify", "--known-checkpoint", other]);
    expect([ran.code, ran.out]).toEqual([1, expect.stringContaining("equivocation")]);
    const fresh = new Home();
    await fresh.audit(["init"]);
    await fresh.audit(["ingest", "claude-code", claude]);
    expect(await fresh.json(["verify", "--known-checkpoint", `@${home.path("kept.json")}`])).toMatchObject({
      status: "restarted",
    });
  });
});

describe("bundle", () => {
  const levels: [string[], string][] = [
    [[], "censored"],
    [["--raw"], "raw"],
    [["--none"], "none"],
    [["--no-record"], "censored"],
  ];
  it.each(levels)("%j: unanchored without an anchor, 2", async (flags, disclosed) => {
    rmSync(home.path("b.json"), { force: true });
    const made = await home.audit(["bundle", "11", ...flags, "--out", "b.json"]);
    expect([made.code, made.err]).toEqual([0, expect.stringContaining("no anchor")]);
    await home.json(["bundle", "11", ...flags]);
    if (disclosed === "raw") expect(statSync(home.path("b.json")).mode & 0o077).toBe(0);
    const file = home.path("b.json");
    expect(await stranger.json(["bundle", "verify", file])).toMatchObject({ verdict: "unanchored", disclosed });
    const { code, out } = await stranger.audit(["bundle", "verify", file, "--verbose"]);
    expect(code).toBe(2);
    const checks = (text: string) => text.split("\n").filter((l) => /^ {2}(ok|failed|absent) /.test(l));
    expect(checks(out)).toHaveLength(16);
    expect(checks((await stranger.audit(["bundle", "verify", file])).out).length).toBeLessThan(5);
    expect((await stranger.audit(["info", file])).out).toMatch(new RegExp(`disclosure +${disclosed}`));
  });

  it("of a key alone is of the key that was asked for", async () => {
    const [event] = await home.lines<{ rawHash: string; censoredHash: string }>(["list", "--type", "tool.denied"]);
    const { rawHash, censoredHash } = event!;
    for (const [asked, key] of [
      [rawHash, rawHash],
      [censoredHash, censoredHash],
      ["11", censoredHash],
    ] as const) {
      const bundle = await home.audit(["bundle", asked, "--none", "--json"]);
      expect(JSON.parse(bundle.out).proof.key, asked).toBe(key);
      expect(await stranger.json(["bundle", "verify", "-"], { stdin: bundle.out })).toMatchObject({
        verdict: "unanchored",
      });
    }
  });

  it("shows content only where asked", async () => {
    const { sequence } = (
      await home.lines<{ sequence: number; contentHash?: string }>(["list", "--last", "99"])
    ).findLast((e) => e.contentHash)!;
    const plain = (await home.audit(["bundle", String(sequence), "--raw", "--json"])).out;
    const whole = (await home.audit(["bundle", String(sequence), "--raw", "--content", "--json"])).out;
    expect(plain).not.toContain("contentSalt");
    expect(Buffer.from(JSON.parse(whole).disclosure.content as string, "base64").toString()).toBe("secret text");
    expect((await home.audit(["bundle", "1", "--raw", "--content", "--out", "none.json"])).code).toBe(66);
    expect(existsSync(home.path("none.json"))).toBe(false);
  });

  it("is invalid when anything is changed: 1", async () => {
    const text = (await home.audit(["bundle", "11", "--raw", "--json"])).out;
    for (const [from, to] of [
      ["tool.denied", "tool.result"],
      ['"sequence":11', '"sequence":12'],
      ['"lastSequence":', '"lastSequence":1'],
    ] as const) {
      const ran = await stranger.audit(["bundle", "verify", "-"], { stdin: text.replace(from, to) });
      expect([ran.code, ran.out], from).toEqual([1, expect.stringContaining("invalid")]);
    }
    expect((await stranger.audit(["bundle", "verify", "-"], { stdin: "{" })).code).toBe(1);
    expect((await stranger.audit(["bundle", "verify", "none.json"])).code).toBe(66);
  });

  it.each([
    ["--signer", "xyz", 64],
    ["--signer", "@none", 66],
    ["--signer", "@bad.json", 65],
    ["--network-root", "mainnet", 64],
    ["--network-root", "mainnet:zz", 64],
    ["--network-root", "@bad.json", 65],
    ["--known-checkpoint", "{}", 65],
  ])("refuses %s %s: %d", async (option, value, exit) => {
    writeFileSync(stranger.path("bad.json"), "{}");
    const { out } = await home.audit(["bundle", "11", "--json"]);
    expect((await stranger.audit(["bundle", "verify", "-", option, value], { stdin: out })).code).toBe(exit);
  });

  it("files of the reader's own are small", async () => {
    const { out } = await home.audit(["bundle", "11", "--json"]);
    const ask = (file: string) =>
      stranger.audit(["bundle", "verify", "-", "--network-root", `@${file}`, "--network-root", `@${file}`], {
        stdin: out,
      });
    const roots = (count: number) => JSON.stringify(Array(count).fill({ network: "mainnet", root: "ab".repeat(32) }));
    writeFileSync(stranger.path("full.json"), roots(1_000).padEnd(1_048_576));
    writeFileSync(stranger.path("many.json"), roots(1_001));
    writeFileSync(stranger.path("long.json"), roots(1_000).padEnd(1_048_577));
    const signers = Array(501).fill({ publicKey: "ab".repeat(64), fromVersion: 1 });
    writeFileSync(stranger.path("signers.json"), JSON.stringify(signers));
    const twice = ["--signer", "@signers.json", "--signer", "@signers.json"];
    expect((await stranger.audit(["bundle", "verify", "-", ...twice], { stdin: out })).code).toBe(65);
    expect((await ask("full.json")).code).toBe(2);
    expect(await ask("many.json")).toMatchObject({ code: 65, err: expect.stringContaining("bad-field") });
    expect(await ask("long.json")).toMatchObject({ code: 65, err: expect.stringContaining("over 1 MiB") });
  });

  it.each([[["--raw", "--none"]], [["--content"]], [["--raw", "--no-record"]]])("refuses %j: 64", async (flags) => {
    expect((await home.audit(["bundle", "11", ...flags])).code).toBe(64);
  });
});
