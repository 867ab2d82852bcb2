/** `audit list`: nothing is cut without a word, nothing that cannot exist is answered with an empty list; events by any of their names. */
import { beforeAll, describe, expect, it } from "vitest";
import { Home } from "./_run.js";

interface Listed {
  sequence: number;
  id: string;
  type: string;
  rawHash: string;
  censoredHash: string;
}

const home = new Home();
const now = new Date(2026, 10, 22, 12).getTime();
const at = (argv: readonly string[], more: Parameters<Home["audit"]>[1] = {}) => home.audit(argv, { now, ...more });
const local = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString();

beforeAll(async () => {
  await at(["init"]);
  const lines = Array.from({ length: 45 }, (_, i) => ({
    type: i % 3 === 0 ? "tool.denied" : "tool.invoked",
    sessionId: i < 40 ? "nightly:build:of:the:long:name" : `0191a2b3-c4d5-7${i}0-8000-0123456789ab`,
    description: `entry ${i + 1}`,
    dedupeKey: `k${i}`,
  }));
  const old = [
    { type: "message.received", occurredAt: local(20, 10), description: "two days ago" },
    { type: "message.received", occurredAt: local(21, 0), description: "midnight of yesterday" },
    { type: "message.received", occurredAt: local(21, 10), description: "yesterday" },
    { type: "message.odd_one", description: "today" },
  ];
  const text = [...lines, ...old].map((line) => JSON.stringify(line)).join("\n");
  await at(["ingest", "ndjson", "-"], { stdin: `${text}\n` });
});

describe("what is left out is said", () => {
  const word = "warning: the newest 20 of 40 are shown: --last 0 shows all\n";
  const session = ["list", "--session", "nightly:build:of:the:long:name"];

  it.each([
    ["", []],
    [" as JSON", ["--json"]],
    [" even with --quiet", ["--quiet"]],
  ])("by default the newest 20%s, and how many there are", async (_, more) => {
    const { out, err, code } = await at([...session, ...more]);
    expect([out.trimEnd().split("\n").length, err, code]).toEqual([20, word, 0]);
  });

  it("--last 0 shows all, and who asked for a number is told nothing", async () => {
    expect(await at([...session, "--last", "0"])).toMatchObject({ err: "" });
    expect((await at([...session, "--last", "0"])).out.trimEnd().split("\n")).toHaveLength(40);
    expect(await at([...session, "--last", "7"])).toMatchObject({ err: "" });
  });

  it("says nothing where all are shown", async () => {
    expect(await at(["list", "--type", "message.received"])).toMatchObject({ err: "" });
  });
});

describe("filters", () => {
  it.each([
    ["tool.deny", "did you mean tool.denied"],
    ["denied", "did you mean tool.denied"],
    ["deneid", "did you mean tool.denied"],
    ["tol", "did you mean tool"],
    ["message.odd_two", "did you mean message.odd_one"],
    ["zzz.yyy", "a category is one of"],
    ["tool.denied,tool.denyed", "did you mean tool.denied"],
    ["\u001b[31m", "a category is one of"],
  ])("--type %j is refused with a word on what there is", async (type, says) => {
    const { code, out, err } = await at(["list", "--type", type]);
    expect([code, out, err]).toEqual([64, "", expect.stringContaining(says)]);
  });

  it.each([
    [["--type", "message.odd_one"], 1],
    [["--type", "tool.denied,message.received"], 18],
    [["--type", "tool.denied", "--type", "message.received"], 18],
    [["--type", "tool"], 45],
    [["--type", "tool.*,message"], 49],
    [["--type", "tool.cancelled"], 0],
    [["--type", "tool.denied", "--category", "message"], 0],
    [["--session", "nightly"], 40],
    [["--session", "0191a2b3-c4d5-740"], 1],
    [["--since", "yesterday", "--type", "message.received"], 2],
    [["--since", "2026-11-20", "--until", "2026-11-21"], 1],
    [["--until", "yesterday"], 1],
    [["--since", "3d", "--until", "1d"], 3],
  ])("%j: %i events", async (filter, events) => {
    expect(await home.lines(["list", "--last", "0", ...filter], { now })).toHaveLength(events);
  });

  it("refuses a session that is none, or a beginning that several have", async () => {
    expect(await at(["list", "--session", "nightli"])).toMatchObject({ code: 66, out: "" });
    const { code, err } = await at(["list", "--session", "0191a2b3"]);
    expect([code, err]).toEqual([64, expect.stringContaining("0191a2b3-c4d5-7400-8000-0123456789ab, ")]);
    expect(await at(["list", "--category", "tol"])).toMatchObject({
      code: 64,
      err: expect.stringContaining("did you mean tool"),
    });
  });

  it("--open lists the calls without an outcome, and goes with the others", async () => {
    const hook = (name: string, id: string, session: string) =>
      JSON.stringify({
        hook_event_name: name,
        session_id: session,
        tool_name: "Bash",
        tool_use_id: id,
        tool_input: { command: "ls" },
        ...(name === "PostToolUse" ? { tool_response: { stdout: "x" } } : {}),
      });
    const other = new Home();
    await other.audit(["init"]);
    const stdin = [
      hook("PreToolUse", "t1", "a"),
      hook("PostToolUse", "t1", "a"),
      hook("PreToolUse", "t2", "a"),
      hook("PreToolUse", "t3", "b"),
    ].join("\n");
    await other.audit(["ingest", "claude-code", "-"], { stdin: `${stdin}\n` });
    expect(await other.lines(["list", "--open"])).toMatchObject([
      { sequence: 3, metadata: { toolCallId: "t2" } },
      { sequence: 4, metadata: { toolCallId: "t3" } },
    ]);
    expect(await other.lines(["list", "--open", "--session", "b"])).toMatchObject([{ sequence: 4 }]);
    expect((await other.audit(["list", "--open", "--type", "tool.denied"])).err).toBe("no events match\n");
  });

  it("an export takes the same ones", async () => {
    expect((await at(["export", "ndjson", "--limit", "2"])).out.split("\n")[2]).toContain('"sequence":2');
    expect((await at(["export", "ndjson", "--limit", "2"])).out).toContain('{"end":{"events":2,"lastSequence":2}}');
    expect((await at(["export", "csv", "--security-only", "--type", "tool"])).code).toBe(64);
    expect((await at(["export", "csv", "--limit", "none"])).code).toBe(64);
    const { out } = await at(["export", "csv", "--type", "message", "--until", "yesterday"]);
    expect(out.trimEnd().split("\r\n")).toHaveLength(2);
    expect((await at(["export", "csv", "--type", "tool.deny"])).code).toBe(64);
  });
});

describe("lines", () => {
  it("show the host's own time and the session", async () => {
    const { out } = await at(["list", "--last", "6"]);
    const lines = out.trimEnd().split("\n");
    expect(lines[1]).toMatch(/^45 {2}2026-11-22 .* {2}0191a2b3-c4d5-7440-8000-0123456789ab {2}tool\.\w+ +entry 45$/);
    expect(lines[2]).toMatch(/^46 {2}2026-11-20 10:00:00 {2}- +message\.received {2}two days ago$/);
  });

  it("fit the terminal, with sessions shortened; of one session there is no column", async () => {
    const { out } = await at(["list", "--last", "0"], { terminal: true, columns: 80 });
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(out).toMatch(/^1 .* {2}nightl?…?\S*name {2}tool/m);
    expect(out).toMatch(/^45 .* {2}0191a2b3 +tool/m);
    expect((await at(["list", "--session", "nightly"])).out).not.toContain("nightly");
  });

  it("are whole on a terminal that does not say how wide it is", async () => {
    const { out } = await at(["list", "--last", "3"], { terminal: true, columns: 0 });
    expect(out).toContain("midnight of yesterday");
  });
});

describe("an event by any name", () => {
  let events: Listed[];
  beforeAll(async () => {
    events = await home.lines<Listed>(["list", "--last", "0"], { now });
  });

  it("shows it by sequence, #sequence, and the beginning of its id or of a leaf", async () => {
    const { id, rawHash, censoredHash } = events[11]!;
    for (const name of [
      "12",
      "#12",
      id,
      id.slice(0, 24),
      rawHash.slice(0, 12),
      censoredHash.slice(0, 12).toUpperCase(),
    ])
      expect(await home.json(["show", name]), name).toMatchObject({ sequence: 12 });
  });

  it("names the candidates where several begin so, and does nothing", async () => {
    const common = events[0]!.id.slice(0, 8);
    for (const argv of [["show"], ["bundle"], ["smt", "proof"], ["erase"], ["retention", "hold", "--event"]]) {
      const { code, out, err } = await at([...argv, common]);
      expect([code, out], argv.join(" ")).toEqual([64, ""]);
      expect(err).toContain(`#1 tool.denied ${events[0]!.id}`);
      expect(err).toMatch(/; \.\.\.\n$/);
    }
  });

  it.each([
    ["#99", 66],
    ["ffffffffffff", 66],
    ["99999999", 66],
    ["0", 64],
    ["#", 64],
    ["abcde", 64],
    ["-----", 64],
    ["ab".repeat(33), 64],
    [`${"ab".repeat(31)}zz`, 64],
  ])("refuses %s with %i", async (name, code) => {
    expect((await at(["show", "--", name])).code).toBe(code);
  });

  it("proves the leaf that was named; of a sequence the raw one, or with --censored the other", async () => {
    const { rawHash, censoredHash, id } = events[11]!;
    const keyOf = async (...argv: string[]) => (await home.json<{ key: string }>(["smt", "proof", ...argv])).key;
    expect(await keyOf("12")).toBe(rawHash);
    expect(await keyOf(id)).toBe(rawHash);
    expect(await keyOf("12", "--censored")).toBe(censoredHash);
    expect(await keyOf(censoredHash.slice(0, 12))).toBe(censoredHash);
    expect((await at(["smt", "proof", rawHash.slice(0, 12), "--censored"])).code).toBe(64);
    expect(await home.json(["smt", "proof", "ab".repeat(32)])).toMatchObject({ type: "exclusion" });
    expect((await at(["smt", "proof", "abababababab"])).code).toBe(66);
  });

  it("discloses nothing but the key that was named, also by its beginning", async () => {
    const { rawHash, censoredHash } = events[11]!;
    for (const key of [rawHash, censoredHash])
      expect(await home.json(["bundle", key.slice(0, 12), "--none"])).toMatchObject({ proof: { key } });
  });

  it("holds one event", async () => {
    expect(await home.json(["retention", "hold", "--event", "#7"])).toMatchObject({ ranges: [[7, 7]] });
    expect((await at(["retention", "hold", "--event", "7", "--range", "7"])).code).toBe(64);
  });

  it("walks a session by the beginning of its id", async () => {
    expect(await home.json(["smt", "chain", "nightly"])).toMatchObject({ sessionId: "nightly:build:of:the:long:name" });
    expect((await at(["smt", "prove-session", "nightly"])).out).toContain("nightly:build:of:the:long:name");
    expect((await at(["smt", "chain", "weekly"])).code).toBe(66);
  });
});
