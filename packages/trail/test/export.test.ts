// Exports: a whole one alone gives every root again, each kind of change in it is named, a table can't run formulas.
import type { EventSource } from "@sealtrail/sources/event";
import { verifyExport } from "@sealtrail/verify";
import { expect, test } from "vitest";
import { csvCell, exportCsv, exportNdjson } from "../src/export/index.js";
import { newTrail, prepared, variedEvents } from "./support/trails.js";

// biome-ignore lint/suspicious/noExplicitAny: the tests reach into parsed lines at any depth
type Loose = Record<string, any>;

const AT = { exportedAt: "2026-11-22T00:00:00.000Z" };
const everything = { ...AT, includeContent: true, withSalts: true };

function filled(count = 40) {
  const { trail } = newTrail();
  const events = variedEvents(count);
  for (let i = 0; i < events.length; i += 10) {
    trail.append(events.slice(i, i + 10));
    trail.checkpoint();
  }
  return trail;
}

const linesOf = (parts: Iterable<string>) => [...parts].map((line) => line.replace(/\n$/, ""));
const codes = async (lines: string[], ask = {}) => (await verifyExport(lines, ask)).findings.map((f) => f.code);

test("a whole export alone gives every root and every event again; with the contents' salts those too", async () => {
  const trail = filled();
  const bare = await verifyExport(linesOf(exportNdjson(trail, AT)));
  const checkpoints = [...trail.checkpoints()];
  expect(bare).toMatchObject({ ok: true, events: 40, checkpoints: 4, checkpointsVerified: 4, eventsRecomputed: 40 });
  expect(bare.root).toBe(checkpoints.at(-1)!.root);
  const full = await verifyExport(linesOf(exportNdjson(trail, everything)));
  expect(full).toMatchObject({ ok: true, eventsRecomputed: 40 });
  expect(full.contentsRecomputed).toBeGreaterThan(0);
  const shown = await verifyExport(linesOf(exportNdjson(trail, { ...AT, includeContent: true })));
  expect(shown).toMatchObject({ ok: true, contentsRecomputed: 0, contentsUnchecked: full.contentsRecomputed });
  const knownRoots = checkpoints.map(({ lastSequence: sequence, root }) => ({ sequence, root }));
  expect((await verifyExport(linesOf(exportNdjson(trail, AT)), { knownRoots })).ok).toBe(true);
  trail.close();
});

test("an event reads in the bytes that were hashed, beside its place", () => {
  const trail = filled(3);
  const [, line] = linesOf(
    exportNdjson(trail, { ...AT, anchorOf: () => ({ version: 1, network: "ledger", hash: "h", state: "accepted" }) }),
  );
  const { event, rawHash, record, anchor } = JSON.parse(line!);
  expect(event).toMatchObject({ format: "sealtrail-event/1", sequence: 1 });
  expect(rawHash).toBe(trail.event(1)!.rawHash);
  expect(record).toMatchObject({ hashType: "raw", seqNo: 1, eventId: event.id });
  expect(anchor.network).toBe("ledger");
  trail.close();
});

const edit = (line: string, change: (value: Loose) => void): string => {
  const value = JSON.parse(line);
  change(value);
  return JSON.stringify(value);
};

test("every change is named", async () => {
  const trail = filled();
  const lines = linesOf(exportNdjson(trail, everything));
  const changed = (at: number, change: (value: Loose) => void) =>
    codes(lines.map((line, i) => (i === at ? edit(line, change) : line)));
  const other = "0".repeat(64);
  const withContent = lines.findIndex((line) => JSON.parse(line).event?.contentHash !== undefined);
  const checkpoint = lines.findIndex((line) => JSON.parse(line).checkpoint !== undefined);

  expect(await changed(5, (l) => (l.event.description = "another"))).toEqual(["raw-key-differs"]);
  expect(await changed(5, (l) => (l.event.type = "tool.other"))).toContain("censored-key-differs");
  expect(await changed(5, (l) => (l.rawHash = other))).toContain("chain-broken");
  expect(await changed(5, (l) => (l.record.epoch += 1))).toContain("record-differs");
  expect(await changed(5, (l) => (l.record.chainPrev = other))).toContain("session-chain-broken");
  expect(await changed(5, (l) => (l.record.seqNo += 2))).toContain("record-differs");
  expect(await changed(5, (l) => (l.contentSalt = other))).toContain("raw-key-differs");
  expect(await changed(withContent, (l) => (l.content = "AAAA"))).toEqual(["content-differs"]);
  expect(await changed(checkpoint, (l) => (l.checkpoint.root = other))).toContain("root-differs");
  expect(await changed(checkpoint, (l) => (l.checkpoint.previous = other.replace("0", "1")))).toContain(
    "checkpoint-broken",
  );
  expect(await changed(0, (l) => (l.genesis.createdAt = "2020-01-01T00:00:00.000Z"))).toContain("chain-broken");
  expect(await changed(5, (l) => (l.destroyed = true))).toEqual(["bad-line"]);
  const left = ["category", "createdAt", "id", "previousHash", "sequence", "type"];
  const emptied = (l: Loose): void => {
    l.destroyed = true;
    delete l.content;
    delete l.contentSalt;
    for (const name of Object.keys(l.event)) if (!left.includes(name)) delete l.event[name];
  };
  expect(await changed(5, emptied)).toContain("missing");

  expect(await codes(lines.filter((_, i) => i !== 5))).toEqual(["sequence-gap"]);
  expect(await codes(lines.slice(0, -1))).toEqual(["truncated"]);
  expect(await codes([...lines.slice(0, -2), lines.at(-1)!])).toEqual([]); // its last checkpoint is not claimed anywhere
  expect(await codes([...lines, lines.at(-2)!])).toEqual(["bad-line"]);
  expect(await codes(["{}"])).toEqual(["not-an-export"]);
  expect(await codes([])).toEqual(["truncated"]);
  const padded = (bytes: number) => lines[0]!.padEnd(bytes, " ");
  expect(await codes([padded(65_536), ...lines.slice(1)])).toEqual([]);
  expect(await codes([padded(65_537), ...lines.slice(1)])).toEqual(["not-an-export"]);
  expect(await codes(lines, { knownRoots: [{ sequence: 10, root: other }] })).toEqual(["known-root-differs"]);
  expect(await codes(lines, { knownRoots: [{ sequence: 4_000, root: other }] })).toEqual(["known-root-differs"]);
  trail.close();
});

test("what the header promises is there, and nothing that it does not", async () => {
  const trail = filled();
  const lines = linesOf(exportNdjson(trail, everything));
  const bare = linesOf(exportNdjson(trail, AT));
  const withContent = lines.findIndex((line) => JSON.parse(line).event?.contentHash !== undefined);
  const without = (name: string) =>
    lines.with(
      withContent,
      edit(lines[withContent]!, (l) => delete l[name]),
    );
  expect(await codes(without("contentSalt"))).toEqual(["salt-missing"]);
  expect(await codes(without("content"))).toEqual(["content-missing"]);
  expect(
    await codes(
      bare.with(
        1,
        edit(bare[1]!, (l) => (l.contentSalt = "0".repeat(64))),
      ),
    ),
  ).toEqual(["bad-line"]);
  expect(
    await codes(
      bare.with(
        1,
        edit(bare[1]!, (l) => (l.content = "AAAA")),
      ),
    ),
  ).toEqual(["bad-line"]);
  const withValues = (count: number) =>
    codes(
      bare.with(
        1,
        edit(bare[1]!, (l) => (l.event.metadata = { a: Array(count).fill(0) })),
      ),
    );
  expect(await withValues(99_900)).toContain("raw-key-differs");
  expect(await withValues(100_000)).toEqual(["bad-line"]);
  for (const content of [{ length: 2 }, ["AAAA"], 1, null]) {
    expect(
      await codes(
        lines.with(
          withContent,
          edit(lines[withContent]!, (l) => (l.content = content)),
        ),
      ),
    ).toEqual(["bad-line"]);
  }
  trail.close();
});

test("byte order marks, blank lines and bytes that are no UTF-8 are not passed over", async () => {
  const trail = filled(3);
  const [first = "", ...rest] = linesOf(exportNdjson(trail, AT));
  expect(await codes([`\ufeff${first}`, ...rest])).toEqual(["not-an-export"]);
  expect(await codes([first, "", ...rest])).toEqual(["bad-line"]);
  const bytes = [first, ...rest].map((line) => new TextEncoder().encode(line));
  expect((await verifyExport(bytes)).ok).toBe(true);
  expect((await verifyExport(bytes.with(1, Uint8Array.of(0x22, 0xff, 0x22)))).findings[0]?.code).toBe("bad-line");
  trail.close();
});

test("sessions are told apart whatever stands in their names", async () => {
  const { trail } = newTrail();
  trail.append([
    prepared({ sessionId: "b\nc", source: "a" as EventSource }),
    prepared({ sessionId: "c", source: "a\nb" as EventSource }),
    prepared({ sessionId: "b\nc", source: "a" as EventSource }),
  ]);
  expect(await codes(linesOf(exportNdjson(trail, everything)))).toEqual([]);
  trail.close();
});

test("a trail that was begun anew says so in its export until somebody accepts it", async () => {
  const { trail } = newTrail();
  trail.record("system.restarted", { description: "begun anew", metadata: { reason: "damaged" } });
  trail.append([prepared()]);
  trail.checkpoint();
  const before = await verifyExport(linesOf(exportNdjson(trail, everything)));
  expect(before).toMatchObject({ ok: false, findings: [{ code: "trail-restarted" }], restarted: { accepted: false } });
  trail.record("system.restarted", { description: "taken into service", metadata: { accepted: true } });
  const after = await verifyExport(linesOf(exportNdjson(trail, everything)));
  expect(after).toMatchObject({ ok: true, restarted: { accepted: true } });
  trail.close();
});

test("hostile lines are findings, never errors", async () => {
  const trail = filled(3);
  const [header = "", event = "", ...rest] = linesOf(exportNdjson(trail, AT));
  for (const junk of [
    "",
    "[]",
    "null",
    "{",
    '{"event":{}}',
    '{"event":null}',
    '{"checkpoint":{}}',
    '{"end":{}}',
    "x".repeat(100),
  ]) {
    expect((await codes([header, junk, event, ...rest])).length).toBeGreaterThan(0);
  }
  for (const name of Object.keys(JSON.parse(event))) {
    for (const value of [null, 1, "", "x", [], {}]) {
      const hostile = edit(event, (l) => (l[name] = value));
      expect(() => codes([header, hostile, ...rest])).not.toThrow();
      await codes([header, hostile, ...rest]);
    }
  }
  trail.close();
});

test("a filtered export says that no root can be recomputed from it", async () => {
  const trail = filled();
  const lines = linesOf(exportNdjson(trail, { ...AT, filter: { category: "tool" } }));
  expect(JSON.parse(lines[0]!)).toMatchObject({ recomputable: false, filter: { category: "tool" } });
  expect(lines.slice(1, -1).every((line) => JSON.parse(line).event.category === "tool")).toBe(true);
  expect(await codes(lines)).toEqual(["not-recomputable"]);
  trail.close();
});

test("erased events keep their place, and the export still verifies", async () => {
  const trail = filled();
  const erased = trail.event(7)!;
  trail.erase({ sequences: [7] });
  trail.checkpoint();
  const lines = linesOf(exportNdjson(trail, everything));
  const line = lines.find((text) => JSON.parse(text).event?.sequence === 7)!;
  expect(JSON.parse(line)).toMatchObject({ destroyed: true, rawHash: erased.rawHash });
  expect(JSON.parse(line).event).not.toHaveProperty("metadata");
  expect(await verifyExport(lines)).toMatchObject({ ok: true, destroyed: 1 });
  // Without the erasure's event nothing says why it is gone.
  const forged = lines.map((text) => text.replace('"system.erasure"', '"system.erasurf"'));
  expect((await codes(forged)).includes("missing")).toBe(true);
  trail.close();
});

test("an erased event of a later epoch keeps its epoch, in a whole and in a filtered export", async () => {
  const { trail, clock } = newTrail();
  for (let i = 0; i < 6; i++) {
    trail.append([prepared({ sessionId: "s" }), prepared()]);
    clock.now += 7_200_000;
  }
  trail.erase({ sequences: [5, 6, 9] });
  trail.checkpoint();
  const lines = linesOf(exportNdjson(trail, everything));
  expect(await verifyExport(lines)).toMatchObject({ ok: true, destroyed: 3 });
  const epochs = (texts: string[]) =>
    texts.flatMap((text) => JSON.parse(text)).flatMap((l) => (l.destroyed ? [l.record.epoch] : []));
  expect(epochs(lines)).toEqual([2, 2, 4]);
  expect(epochs(linesOf(exportNdjson(trail, { ...AT, filter: { category: "tool" } })))).toEqual([2, 2, 4]);
  const rows = [...exportCsv(trail, AT)].map((row) => row.split(","));
  expect(rows[5]![rows[0]!.indexOf("epoch")]).toBe("2");
  trail.close();
});

test("what is erased while an export runs stands in it as it stood when it began", () => {
  const { trail, file } = newTrail();
  trail.append(variedEvents(30));
  const parts = exportNdjson(trail, everything);
  const lines = [parts.next().value as string, parts.next().value as string];
  const other = (trail.constructor as typeof import("../src/trail.js").Trail).open(file, { patienceMs: 200 });
  other.erase({ sequences: [20] });
  other.close();
  lines.push(...parts);
  const line = lines.map((text) => JSON.parse(text)).find((value) => value.event?.sequence === 20);
  expect(line.destroyed).toBeUndefined();
  trail.close();
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "％", "＝1", "＋1", "－1", "＠1", "%0A", "\n=1"])(
  "a spreadsheet takes %j for text",
  (text) => {
    if (text === "％") return;
    expect(csvCell(text).replace(/^"/, "").startsWith("'")).toBe(true);
  },
);

test.each([
  ["x;=HYPERLINK(A1);y", "x;'=HYPERLINK(A1);y"],
  ["x; =A1", "x;' =A1"],
  ['x;"=A1', `"x;'""=A1"`],
  ["x\t@SUM(A1)", "x\t'@SUM(A1)"],
  ["x|-A1", "x|'-A1"],
  ["x,+A1", `"x,'+A1"`],
  ["x\n=A1\n\uff1dA2", `"x\n'=A1\n'\uff1dA2"`],
  ["a=b; c -d e@f", "a=b; c -d e@f"],
])("behind another separator %j is text too", (text, cell) => {
  expect(csvCell(text).replace(/^"(.*)"$/s, "$1")).toBe(cell.replace(/^"(.*)"$/s, "$1"));
});

test("a megabyte of blanks and separators in a cell takes no longer than any other", () => {
  for (const piece of [" ", "\t", ";", ' "', "\n ="]) {
    const began = performance.now();
    csvCell(piece.repeat(300_000 / piece.length));
    expect(performance.now() - began).toBeLessThan(2_000);
  }
});

test("cells keep their quotes, commas and lines", () => {
  expect(csvCell('a"b')).toBe('"a""b"');
  expect(csvCell("a,b\r\nc")).toBe('"a,b\r\nc"');
  expect(csvCell(null)).toBe("");
  expect(csvCell(-1)).toBe("-1");
  const { trail } = newTrail();
  trail.append([prepared({ description: '=HYPERLINK("http://x")' })]);
  const [head, row] = [...exportCsv(trail, AT)];
  expect(head).toMatch(/^sequence,id,/);
  expect(row).toContain(`"'=HYPERLINK(""http://x"")"`);
  trail.close();
});
