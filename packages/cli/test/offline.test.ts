/** What needs no trail: proofs and archives checked against a root, `info`, output files, configuration. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { bytesToHex, encodeProof, SparseMerkleTree } from "@sealtrail/smt";
import { sha256 } from "@sealtrail/smt/formats";
import { type LeafRecord, recordValue } from "@sealtrail/smt/record";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../src/config.js";
import { FORMATS } from "../src/formats.js";
import { openOutFile, refuseOwnFile, writeOutFile } from "../src/outfile.js";
import { Home } from "./_run.js";

const home = new Home();
const tree = new SparseMerkleTree();
const keys = Array.from({ length: 20 }, (_, i) => sha256(`key ${i}`));
const recordOf = (i: number): LeafRecord => ({
  chainPrev: null,
  epoch: 0,
  eventId: "019aa9c5-8b3f-7a52-9d3e-1f2a3b4c5d6e",
  hashType: "raw",
  pair: bytesToHex(sha256(`pair ${i}`)),
  seqNo: 2 * i + 1,
  timestamp: 1_763_800_000_000,
});
keys.forEach((key, i) => {
  tree.insert(key, recordValue(recordOf(i)));
});
tree.commit();
const root = bytesToHex(tree.root);
const inclusion = { ...tree.prove(keys[3]!), record: recordOf(3) };
const exclusion = tree.prove(sha256("absent"));
const text = (value: unknown) => JSON.stringify(value);

describe("smt verify --root", () => {
  it("takes a proof as an argument, @file or -", async () => {
    writeFileSync(home.path("proof.json"), text(inclusion));
    for (const [argument, stdin] of [[text(inclusion)], ["@proof.json"], ["-", text(inclusion)]] as const) {
      const around = stdin === undefined ? {} : { stdin };
      const { code, out } = await home.audit(["smt", "verify", "--proof", argument, "--root", root], around);
      expect(out).toContain("valid: this key is in the tree");
      expect(out).toContain("the root that you gave");
      expect(code).toBe(0);
    }
    expect(existsSync(home.db)).toBe(false);
  });

  it("gives one object with --json", async () => {
    expect(await home.json(["smt", "verify", "--proof", text(exclusion), "--root", root])).toEqual({
      ok: true,
      code: null,
      type: "exclusion",
      key: exclusion.key,
      keys: [{ key: exclusion.key, type: "exclusion" }],
      root,
      rootFrom: "argument",
      checkpoint: null,
      anchor: null,
      notChecked: [expect.stringContaining("--key")],
    });
  });

  const flip = (hex: string) => (hex[0] === "0" ? "1" : "0") + hex.slice(1);
  const bad: [string, unknown, string][] = [
    ["relabelled", { ...inclusion, type: "exclusion" }, "misplaced-field"],
    ["relabelled back", { ...exclusion, type: "inclusion" }, "misplaced-field"],
    [
      "sibling flipped",
      { ...inclusion, siblings: inclusion.siblings.map((s, i) => (i ? s : flip(s))) },
      "root-mismatch",
    ],
    ["sibling dropped", { ...inclusion, siblings: inclusion.siblings.slice(1) }, "sibling-count"],
    ["siblings reordered", { ...inclusion, siblings: [...inclusion.siblings].reverse() }, "root-mismatch"],
    ["other root", { ...inclusion, root: flip(root) }, "root-differs"],
    ["other key", { ...exclusion, key: inclusion.key }, "terminal-prefix"],
    ["unknown field", { ...inclusion, surprise: 1 }, "unknown-field"],
    ["record of another", { ...inclusion, record: recordOf(4) }, "record-mismatch"],
    ["no object", [1], "not-an-object"],
  ];
  it.each(bad)("refuses: %s", async (_, proof, code) => {
    const ran = await home.audit(["smt", "verify", "--proof", text(proof), "--root", root, "--json"]);
    expect(JSON.parse(ran.out)).toMatchObject({ ok: false, code, rootFrom: null });
    expect(ran.code).toBe(1);
  });

  const unclean: [string, string | Uint8Array, string][] = [
    ["no JSON", "{not json", "not-json"],
    ["a byte order mark", `\ufeff${text(inclusion)}`, "byte-order-mark"],
    ["a doubled key", text(inclusion).replace("{", '{"type":"exclusion",'), "duplicate-key"],
    ["bytes after it", `${text(inclusion)}x`, "trailing-bytes"],
    ["no UTF-8", Buffer.from([0x7b, 0xff]), "invalid-utf8"],
  ];
  it.each(unclean)("refuses %s, read strictly", async (_, stdin, code) => {
    const { out, code: exit } = await home.audit(["smt", "verify", "--proof", "-", "--root", root, "--json"], {
      stdin,
    });
    expect([JSON.parse(out).code, exit]).toEqual([code, 1]);
  });

  it("checks the key that is asked for", async () => {
    const ask = (key: string) =>
      home.audit(["smt", "verify", "--proof", text(inclusion), "--root", root, "--key", key]);
    expect((await ask(inclusion.key)).out).not.toContain("--key");
    const other = await ask(exclusion.key);
    expect([other.code, other.out]).toEqual([1, expect.stringContaining("key-differs")]);
  });

  it("takes the binary form, with root, key and value beside it", async () => {
    writeFileSync(home.path("proof.bin"), encodeProof(inclusion));
    const ask = ["smt", "verify", "--proof", "@proof.bin", "--root", root, "--key", inclusion.key];
    expect((await home.audit([...ask, "--value", inclusion.value!])).code).toBe(0);
    expect((await home.audit(ask)).out).toContain("value-required");
    expect((await home.audit(["smt", "verify", "--proof", "@proof.bin", "--root", root])).code).toBe(64);
    writeFileSync(home.path("longer.bin"), Buffer.concat([encodeProof(inclusion), Buffer.from([0])]));
    expect(
      (
        await home.audit([
          "smt",
          "verify",
          "--proof",
          "@longer.bin",
          "--root",
          root,
          "--key",
          inclusion.key,
          "--value",
          inclusion.value!,
        ])
      ).code,
    ).toBe(1);
  });

  it("takes a multiproof", async () => {
    const many = tree.proveMany([keys[1]!, keys[2]!, sha256("absent")]);
    const { code, out } = await home.audit(["smt", "verify", "--proof", text(many), "--root", root]);
    expect([code, out]).toEqual([0, expect.stringContaining("2 keys are in the tree, 1 key is not")]);
    expect(
      (await home.audit(["smt", "verify", "--proof", text({ ...many, root: flip(root) }), "--root", root])).code,
    ).toBe(1);
  });

  it("says 2 without anything to check against, 66 without the file", async () => {
    const { code, out } = await home.audit(["smt", "verify", "--proof", text(inclusion)]);
    expect([code, out]).toEqual([2, expect.stringContaining("nothing-known")]);
    expect((await home.audit(["smt", "verify", "--proof", text({ ...inclusion, root: flip(root) })])).code).toBe(1);
    expect((await home.audit(["smt", "verify", "--proof", "@none.json"])).code).toBe(66);
    expect((await home.audit(["smt", "verify", "--proof", `@${home.folder}`])).code).toBe(66);
    expect((await home.audit(["smt", "verify"])).code).toBe(64);
  });
});

describe("info", () => {
  it("says what a file is and claims, and that nothing is checked", async () => {
    writeFileSync(home.path("p.json"), text({ ...inclusion, root: "\u001b[2Jred" }));
    const { out, code } = await home.audit(["info", "p.json"]);
    expect(out).toContain("a proof that a key is in a tree (smt-proof/1)");
    expect(out).toContain("not checked");
    expect(out).not.toContain("\u001b");
    expect(code).toBe(0);
    expect(await home.json(["info", "-"], { stdin: text(exclusion) })).toMatchObject({
      format: "smt-proof/1",
      checked: false,
    });
  });

  it("knows every format that is listed, and shows no key", async () => {
    for (const [format] of FORMATS.filter(([name]) => name !== "sealtrail-event/1")) {
      const ran = await home.audit(["info", "-"], { stdin: text({ format }) });
      expect([ran.code, ran.out], format).toEqual([0, expect.stringContaining(`(${format})`)]);
    }
    const key = "5e".repeat(32);
    const { out, code } = await home.audit(["info", "-"], { stdin: `${key}\n` });
    expect([code, out]).toEqual([0, expect.not.stringContaining(key)]);
  });

  it("knows what has no format's name in it: a binary proof, the rejects file", async () => {
    const read = async (bytes: Uint8Array | string) => {
      writeFileSync(home.path("unnamed"), bytes);
      return home.audit(["info", "unnamed"]);
    };
    expect((await read(encodeProof(inclusion))).out).toContain("a proof that a key is in a tree (binary smt-proof/1)");
    expect((await read(encodeProof(exclusion))).out).toContain("a proof that a key is not in a tree");
    expect((await read(Buffer.concat([encodeProof(inclusion), Buffer.from([0])]))).code).toBe(65);
    expect((await read(Buffer.from([1]))).code).toBe(65);
    expect((await read(Buffer.from([1, 255, 255]))).code).toBe(65);
    const { out, code } = await read('{"source":"ndjson","line":3,"offset":33,"length":14,"reason":"not JSON"}\n{}\n');
    expect([code, out]).toEqual([0, expect.stringContaining("(rejects)")]);
    expect((await read('{"line":3,"reason":"x","surprise":1}')).code).toBe(65);
  });

  it.each([
    ["text", "hello"],
    ["of another format", '{"format":"other/1"}'],
    ["of no own format", '{"format":"__proto__"}'],
    ["empty", ""],
  ])("refuses what is none of ours: %s", async (_, content) => {
    writeFileSync(home.path("x"), content);
    expect((await home.audit(["info", "x"])).code).toBe(65);
  });
});

describe("output files", () => {
  const env = { SEALTRAIL_WALLET_KEY_FILE: "wallet.key" };
  const io = { cwd: home.folder, env, random: (n: number) => new Uint8Array(n).fill(7) } as never;
  const trail = home.path("t/audit.db");
  mkdirSync(home.path("t"));
  writeFileSync(trail, "trail");

  it("appear whole or not at all", () => {
    writeFileSync(home.path("out"), "before");
    const out = openOutFile(io, "out");
    out.write("after");
    expect(readFileSync(home.path("out"), "utf8")).toBe("before");
    out.abandon();
    expect(readFileSync(home.path("out"), "utf8")).toBe("before");
    writeOutFile(io, "out", "after", {});
    expect(readFileSync(home.path("out"), "utf8")).toBe("after");
    expect(readdirSync(home.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("never replace the trail, by whatever name", async () => {
    symlinkSync(trail, home.path("link"));
    linkSync(trail, home.path("hard"));
    const names = [
      "t/audit.db",
      "./t/../t/audit.db",
      "link",
      "hard",
      "t/audit.db-wal",
      "t/config.json",
      "t/audit.db.restart",
    ];
    for (const name of names)
      await expect(refuseOwnFile(io, name, trail), name).rejects.toThrow("belongs to the trail");
  });

  it("never replace a key, the ledger, or another file that the trail keeps", async () => {
    writeFileSync(
      home.path("t/config.json"),
      '{"ledgerFile":"../far.jsonl","signingKeyFile":"k2","sink":"siem.jsonl"}',
    );
    mkdirSync(home.path("t/audit.db.spool"));
    const refused = (name: string) =>
      expect(refuseOwnFile(io, name, trail), name).rejects.toThrow("belongs to the trail");
    for (const name of ["signing.key", "k2", "ledger.jsonl", "ledger.jsonl.lock", "rejects.jsonl", "siem.jsonl"])
      await refused(`t/${name}`);
    for (const name of [
      "t/audit.db.spool/x",
      "far.jsonl",
      "wallet.key",
      "t/audit.db.rolled-back-20260101T000000000Z-0",
    ])
      await refused(name);
    await refuseOwnFile(io, "t/audit.db.json", trail);
    await refuseOwnFile(io, "t/rejects.jsonl", trail, []);
  });

  it("need a folder, and are none", () => {
    expect(() => writeOutFile(io, "no/such/out", "x", {})).toThrow("is no folder");
    expect(() => writeOutFile(io, "t", "x", {})).toThrow("is a folder");
    writeOutFile(io, "/dev/null", "x", {});
  });
});

describe("configuration", () => {
  const parse = (value: unknown) => parseConfig(JSON.stringify(value), "config.json");
  it("is read strictly", () => {
    expect(parse({ format: "sealtrail-config/1", userId: "u", durable: true })).toEqual({ userId: "u", durable: true });
    expect(() => parse({ redactPromptTxt: true })).toThrow("unknown setting");
    expect(() => parse({ durable: "yes" })).toThrow("durable is not right");
    expect(() => parse({ format: "other/1" })).toThrow("another format");
    expect(() => parse([])).toThrow("not a JSON object");
    expect(() => parseConfig("{", "config.json")).toThrow("not JSON");
    expect(() => parse({ __proto__: null, constructor: 1 })).toThrow("unknown setting");
  });

  it("a pipe in its place, or beside the trail, holds nobody up", async () => {
    const other = new Home();
    await other.audit(["init"]);
    const hook = { stdin: JSON.stringify({ session_id: "s", hook_event_name: "Stop" }) };
    const { events } = await other.json<{ events: number }>(["status"]);
    for (const name of ["config.json", "audit.db.state-verified.json", "audit.db-journal"]) {
      const path = other.path(`.sealtrail/${name}`);
      rmSync(path, { force: true });
      execFileSync("mkfifo", ["-m", "600", path]);
      expect((await other.audit(["hook", "claude-code"], hook)).code, name).toBe(0);
      expect((await other.audit(["verify"])).code, name).toBe(name.includes("state") ? 0 : 65);
      rmSync(path);
    }
    await other.audit(["hook", "claude-code"], hook);
    expect((await other.json<{ events: number }>(["status"])).events).toBe(events + 4);
  });

  it("stops a command with 65 when it is wrong", async () => {
    const other = new Home();
    mkdirSync(other.path(".sealtrail"));
    writeFileSync(other.path(".sealtrail/config.json"), '{"durabel":true}');
    const { code, err } = await other.audit(["init"]);
    expect([code, err]).toEqual([65, expect.stringContaining("did you mean durable?")]);
    expect(existsSync(other.db)).toBe(false);
    chmodSync(other.path(".sealtrail"), 0o700);
  });
});
