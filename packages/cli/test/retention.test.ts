/** Retention and legal holds through the command. */
import { expect, it } from "vitest";
import { Home } from "./_run.js";

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const at = (days: number) => ({ now: start + days * day });
const line = (n: number, session: string) =>
  `${JSON.stringify({ type: "tool.invoked", sessionId: session, description: `call ${n}` })}\n`;

async function trail(): Promise<Home> {
  const home = new Home();
  await home.audit(["init"], at(0));
  await home.audit(["ingest", "ndjson", "-"], { ...at(0), stdin: line(1, "a") + line(2, "b") + line(3, "a") });
  await home.audit(["ingest", "ndjson", "-"], { ...at(300), stdin: line(4, "a") + line(5, "b") });
  return home;
}

it("prunes by age, above the floor, and verifies ever after", async () => {
  const home = await trail();
  expect((await home.audit(["retention", "run"], at(400))).code).toBe(64);
  expect(await home.json(["retention", "run", "--max-age", "30d", "--dry-run"], at(400))).toMatchObject({
    dryRun: true,
    byAge: 3,
  });
  expect(await home.json(["retention", "run", "--max-age", "30d"], at(100))).toMatchObject({ pruned: 0 });
  const unasked = await home.audit(["retention", "run", "--max-age", "30d"], at(400));
  expect([unasked.code, unasked.err]).toEqual([64, expect.stringContaining("--yes")]);
  expect(await home.json(["retention", "run", "--max-age", "30d", "--yes"], at(400))).toMatchObject({
    pruned: 3,
    held: 0,
  });
  const report = await home.json<{ notes: { kind: string }[] }>(["verify"], at(400));
  expect(report).toMatchObject({ status: "verified" });
  expect(report.notes.map((n) => n.kind)).toContain("pruned");
  expect((await home.audit(["list"], at(400))).out).toContain("(erased)");
  expect((await home.audit(["retention", "run", "--max-age", "1d", "--floor", "10d"], at(400))).code).toBe(64);
  expect(
    await home.json(["retention", "run", "--max-age", "1d", "--insecure-floor", "10d", "--yes"], at(400)),
  ).toMatchObject({
    pruned: 2,
  });
  expect((await home.audit(["verify"], at(400))).code).toBe(0);
});

it("keeps what is under hold, from pruning and from erasing", async () => {
  const home = await trail();
  const hold = await home.json<{ id: string }>(["retention", "hold", "--session", "a", "--reason", "case 12"], at(310));
  const range = await home.json<{ id: string }>(["retention", "hold", "--range", "2-2"], at(310));
  expect(await home.json(["retention", "status", "--max-age", "30d"], at(400))).toMatchObject({
    prunable: { byAge: 0, held: 3 },
    holds: [{ reason: "case 12" }, {}],
  });
  expect((await home.audit(["retention", "status"], at(400))).out).toContain("case 12");
  for (const target of [["1"], ["2"], ["--session", "a"]]) {
    const { code, err } = await home.audit(["erase", ...target], at(400));
    expect([code, err], target.join(" ")).toEqual([77, expect.stringContaining("legal hold")]);
  }
  expect(await home.json(["retention", "run", "--max-age", "30d", "--yes"], at(400))).toMatchObject({
    pruned: 0,
    held: 3,
  });
  expect(await home.json(["retention", "release", range.id], at(400))).toMatchObject({ hold: range.id });
  expect((await home.audit(["retention", "release", range.id], at(400))).code).toBe(66);
  expect((await home.audit(["erase", "2", "--yes"], at(400))).code).toBe(0);
  expect((await home.audit(["retention", "release", hold.id, "--reason", "closed"], at(400))).code).toBe(0);
  expect((await home.audit(["verify"], at(400))).code).toBe(0);
});

it.each([
  [["hold"], 64],
  [["hold", "--session", "nobody"], 66],
  [["hold", "--range", "5-2"], 64],
  [["hold", "--range", "x"], 64],
  [["hold", "--session", "a", "--range", "1"], 64],
  [["release", "nothing"], 66],
  [["run", "--max-size", "10 apples"], 64],
  [["run", "--max-size", "1TB"], 0],
])("retention %j ends with %d", async (argv, code) => {
  const home = await trail();
  expect((await home.audit(["retention", ...argv], at(301))).code).toBe(code);
});
