/** Any arguments at all: a documented exit code, one line of error, nothing that a terminal obeys, and the trail intact. */
import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { GLOBAL_OPTIONS } from "../src/command.js";
import { TABLE } from "../src/commands/table.js";
import { EXIT, EXIT_CODES } from "../src/exit.js";
import { Home } from "./_run.js";

const claude = new URL("fixtures/claude-hooks.jsonl", import.meta.url).pathname;
const home = new Home();

/** Run for ever, take seconds, or erase what the others need. */
const LEFT_OUT = new Set(["demo", "anchor watch", "setup", "erase", "recover", "retention run"]);
const entries = TABLE.filter((e) => !LEFT_OUT.has(e.words.join(" ")));

beforeAll(async () => {
  await home.audit(["init"]);
  await home.audit(["ingest", "claude-code", claude]);
  await home.audit(["keygen"]);
  writeFileSync(home.path("file"), "hello\n");
});

const value = fc.oneof(
  fc.constantFrom(
    "",
    "-",
    "--",
    "@",
    "@file",
    "@none",
    "@.",
    "file",
    ".",
    "/",
    "0",
    "1",
    "7",
    "-1",
    "1e3",
    "v:1",
    "s:1",
    "2h",
    "ab".repeat(32),
    "{}",
    "null",
    "[]",
    '{"format":"smt-proof/1"}',
    "/dev/null",
    "__proto__",
    "constructor",
    "--json=x",
    "é\u202e\u001b[0m",
    "a\nb",
    "%s%n",
    "x".repeat(5000),
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);

describe("any arguments", () => {
  it("end with a documented code and one clean line", async () => {
    const loaded = await Promise.all(entries.map(async (e) => ({ words: e.words, command: await e.load() })));
    const run = fc.constantFrom(...loaded).chain(({ words, command }) => {
      const names = Object.keys({ ...command.options, json: 0, quiet: 0, tree: 0 }).filter(
        (n) => n !== "follow" && n !== "from",
      );
      const kinds: Record<string, { kind: string }> = { ...command.options, ...GLOBAL_OPTIONS };
      const option = fc
        .tuple(fc.constantFrom(...names), value, fc.integer({ min: 0, max: 9 }))
        .map(([name, v, dice]) => ((kinds[name]?.kind === "flag") === dice > 0 ? [`--${name}`] : [`--${name}`, v]));
      const count = Object.keys(command.positionals).length;
      return fc
        .tuple(fc.array(value, { minLength: count, maxLength: count }), fc.array(option, { maxLength: 2 }))
        .map(([positionals, options]) => [...words, ...positionals, ...options.flat()]);
    });
    const codes = EXIT_CODES.map((e) => e.code).filter((code) => code !== EXIT.bug);
    await fc.assert(
      fc.asyncProperty(run, async (argv) => {
        const ran = await home.audit(argv, { stdin: "{}\n", env: { USER: "u" } });
        expect(codes, `${JSON.stringify(argv)}: ${ran.err}`).toContain(ran.code);
        if (ran.code >= 64) expect(ran.err).toMatch(/^(?:[^\n]*\n)*error: [^\n]+\nhint: [^\n]+\n$/);
        expect(ran.err.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        if (!argv.includes("--binary")) expect(ran.out.replace(/[\n\t]/g, "")).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 400 },
    );
    expect((await home.audit(["verify"])).code).toBe(0);
  });
});
