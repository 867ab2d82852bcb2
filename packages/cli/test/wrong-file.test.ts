/** The wrong file, or a name where JSON is expected, is told as such and is no verdict: exit 1 means that something was altered. */
import { execFileSync } from "node:child_process";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { Home } from "./_run.js";

const home = new Home();
let root: string;

beforeAll(async () => {
  await home.audit(["init"]);
  await home.audit(["keygen"]);
  const lines = Array.from(
    { length: 40 },
    (_, i) => `{"type":"tool.invoked","sessionId":"s","description":"call ${i}"}\n`,
  );
  await home.audit(["ingest", "ndjson", "-"], { stdin: lines.join("") });
  const made = await home.json<{ root: string }>(["smt", "root"]);
  root = made.root;
  await home.audit(["anchor", "now"]);
  for (const argv of [
    ["smt", "proof", "2", "--out", "proof.json"],
    ["smt", "extend", root, root, "--out", "extension.json"],
    ["bundle", "2", "--out", "bundle.json"],
    ["checkpoint", "export", "--out", "kept.json"],
    ["export", "ndjson", "--out", "export.ndjson"],
  ])
    expect((await home.audit(argv)).code, argv.join(" ")).toBe(0);
  writeFileSync(home.path("signers.json"), JSON.stringify(await home.json(["key", "signers"])));
  writeFileSync(home.path("package.json"), '{\n  "name": "x"\n}\n');
  writeFileSync(home.path("notes.txt"), "some text\nmore of it\n");
  writeFileSync(home.path("empty"), "");
  writeFileSync(home.path("host.jsonl"), '{"type":"user","message":{"role":"user"}}\n{"type":"assistant"}\n');
  writeFileSync(home.path("key"), `${"ab".repeat(32)}\n`);
});

const takes: Record<string, (file: string) => string[]> = {
  proof: (file) => ["smt", "verify", "--proof", `@${file}`],
  extension: (file) => ["smt", "extend", root, root, "--verify", `@${file}`],
  bundle: (file) => ["bundle", "verify", file],
  archive: (file) => ["smt", "verify-archive", file],
  export: (file) => ["verify", "--from", file],
  checkpoint: (file) => ["verify", "--known-checkpoint", `@${file}`],
  signers: (file) => ["verify", "--signer", `@${file}`],
  roots: (file) => ["bundle", "verify", "bundle.json", "--network-root", `@${file}`],
  trail: (file) => ["verify", "--db", file],
};
const own = ["proof.json", "extension.json", "bundle.json", "kept.json", "export.ndjson", "signers.json"];
const kindOf: Record<string, string> = {
  "kept.json": "checkpoint",
  "export.ndjson": "export",
  "signers.json": "signers",
};

it.each(Object.keys(takes))("where %s is expected every other file is told, and no verdict given", async (kind) => {
  const others = ["package.json", "notes.txt", "empty", "host.jsonl", "key", ".sealtrail/audit.db", ...own];
  for (const file of others) {
    const isRight = (kindOf[file] ?? file.split(".")[0]) === kind || (kind === "trail" && file.endsWith(".db"));
    if (isRight) continue;
    const { code, out, err } = await home.audit(takes[kind]!(file));
    expect([64, 65], `${kind}: ${file}: ${out}${err}`).toContain(code);
    expect(out, file).toBe("");
    expect(err).toMatch(/^error: [^\n]+\nhint: [^\n]+\n$/);
    if (own.includes(file)) expect(err, `${kind}: ${file}`).toMatch(/audit \w+ [^\n]*\.(?:nd)?json|audit verify/);
  }
});

it.each([
  ["proof", "proof.json"],
  ["extension", "extension.json"],
  ["bundle", "bundle.json"],
  ["export", "export.ndjson"],
])("what may be an altered %s is a verdict still", async (kind, file) => {
  const text = readFileSync(home.path(file), "utf8");
  for (const [name, changed] of [
    ["cut", text.slice(0, -20)],
    [
      "other",
      text.replace(/"(rawHash|root|newRoot)":"./, (found) => `${found.slice(0, -1)}${found.endsWith("0") ? "1" : "0"}`),
    ],
    ["renamed", text.replace(/\/1"/, '/9"')],
  ] as const) {
    writeFileSync(home.path(`${name}-${file}`), changed);
    const { code } = await home.audit(takes[kind]!(`${name}-${file}`));
    // An export that is no export at all proves nothing either way.
    expect(name === "renamed" && kind === "export" ? 65 : 1, `${name} ${file}`).toBe(code);
  }
});

it.each([
  [["smt", "verify", "--proof", "proof.json"], "write it like --proof @proof.json"],
  [["smt", "verify", "--proof", "prof.json"], "write it like --proof @file"],
  [["smt", "extend", "ROOT", "ROOT", "--verify", "extension.json"], "write it like --verify @extension.json"],
  [["verify", "--known-checkpoint", "kept.json"], "write it like --known-checkpoint @kept.json"],
  [["verify", "--signer", "signers.json"], "write it like --signer @signers.json"],
  [["bundle", "verify", "bundle.json", "--network-root", "kept.json"], "write it like --network-root @kept.json"],
  [["smt", "verify", "proof.json"], "audit verify proof.json"],
  [["proof.json"], "audit verify proof.json"],
  [["verify", "proof.json", "--signer", "00".repeat(64)], "it takes --root, --key, --value"],
  [["verify", "--root", "ROOT"], "name the file"],
])("%j: 64, and how it is written", async (argv, says) => {
  const { code, err } = await home.audit(argv.map((word) => (word === "ROOT" ? root : word)));
  expect([code, err]).toEqual([64, expect.stringContaining(says)]);
});

it("reads a named pipe, once, wherever a file is read", async () => {
  const bin = new URL("../bin/audit.js", import.meta.url).pathname;
  const through = (file: string, ...argv: string[]) =>
    execFileSync(
      "bash",
      [
        "-c",
        `f=$1; shift; mkfifo pipe.$$; (cat "$f" > pipe.$$ &); "\${@/PIPE/pipe.$$}"`,
        "-",
        file,
        process.execPath,
        bin,
        ...argv,
      ],
      { cwd: home.folder, env: { HOME: home.folder, PATH: process.env.PATH }, timeout: 20_000, encoding: "utf8" },
    );
  expect(through("proof.json", "info", "PIPE")).toContain("a proof that a key is in a tree");
  expect(through("proof.json", "smt", "verify", "--proof", "@PIPE")).toContain("valid");
  expect(through("export.ndjson", "verify", "--from", "PIPE")).toContain("verified");
});

it("tells what a file is from stdin too, however long", async () => {
  const stdin = `${readFileSync(home.path("export.ndjson"), "utf8")}${"x".repeat(17 << 20)}`;
  expect(await home.json(["info", "-"], { stdin })).toMatchObject({ format: "sealtrail-export/1" });
});

it("tells what agent hosts write, and how it is taken in", async () => {
  const call = { hook_event_name: "PreToolUse", session_id: "s", tool_name: "Bash", tool_use_id: "t", tool_input: {} };
  writeFileSync(home.path("hooks.jsonl"), `${JSON.stringify({ ...call, transcript_path: "/x", cwd: "/" })}\n`);
  expect(await home.json(["info", "hooks.jsonl"])).toMatchObject({ check: expect.stringContaining("audit ingest ") });
  expect((await home.audit(["verify", "hooks.jsonl"])).err).toContain("audit ingest ");
});

it("verify of a file that was cut off names a way out that is not verify", async () => {
  const copy = new Home();
  await copy.audit(["init"]);
  const lines = Array.from({ length: 200 }, (_, i) => `{"type":"tool.invoked","description":"call ${i}"}\n`);
  await copy.audit(["ingest", "ndjson", "-"], { stdin: lines.join("") });
  const size = readFileSync(copy.db).length;
  for (const part of [0.2, 0.5, 0.9]) {
    truncateSync(copy.db, Math.floor(size * part));
    const { code, out, err } = await copy.audit(["verify"]);
    expect([1, 65, 74], `${part}`).toContain(code);
    expect(`${out}${err}`).not.toMatch(/run audit verify/);
    if (code === 74) expect(err).toContain("audit recover");
  }
});
