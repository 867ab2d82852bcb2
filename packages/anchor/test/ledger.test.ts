// The ledger file: appended once, on disk, chained; torn ends, damage, copies of the trail, several writers.
import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalJson } from "@sealtrail/smt/formats";
import { lineHash, lineOf, NO_LINE } from "@sealtrail/verify/ledger";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readLedger } from "../src/audit/index.js";
import { drain, Ledger, Outbox, verifyAnchors } from "../src/index.js";
import { parseStatement } from "../src/outbox/index.js";
import { Clock, LEDGER_SIGNER, Line } from "./support/line.js";

let folder: string;
let path: string;
let clock: Clock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ledger-"));
  path = join(folder, "ledger.jsonl");
  clock = new Clock();
});
afterEach(() => rmSync(folder, { recursive: true }));

const target = () => ({ network: "ledger" as const, ledger: new Ledger(path, { clock: clock.read }) });
const deps = () => ({ clock: clock.read, sleep: clock.sleep });
const run = (...lines: Line[]) =>
  drain(
    lines.map((line) => line.outbox),
    target(),
    deps(),
  );
const filled = (n: number, tree?: string) => {
  const line = new Line(clock, tree ? { tree } : {});
  for (let i = 0; i < n; i++) line.add(LEDGER_SIGNER);
  return line;
};
const read = () => [...readLedger(path)].map((item) => ("code" in item ? item.code : item.entry.statement.hash));
const codes = (line: Line) =>
  verifyAnchors({
    tree: line.tree,
    checkpoints: line.checkpoints,
    statements: line.outbox.rows(),
    ledger: readLedger(path),
    signers: [],
  }).findings.map((f) => f.code);

describe("ledger file", () => {
  it("shows words or a signature changed under the hash that they had, chained anew", async () => {
    const line = filled(3);
    await run(line);
    const good = readFileSync(path, "utf8");
    for (const change of [/("documentRef":")..../, /("signature":"30..02..)..../]) {
      let previous = NO_LINE;
      const forged = good
        .trimEnd()
        .split("\n")
        .map((text, i) => {
          const entry = { ...JSON.parse(i === 1 ? text.replace(change, "$1abcd") : text), previous };
          const written = lineOf(entry);
          previous = lineHash(written);
          return `${written}\n`;
        });
      writeFileSync(path, forged.join(""));
      expect(read()).toEqual(line.outbox.rows().map((row) => row.hash));
      expect(codes(line)).toEqual(["ledger-damaged", "ledger-missing"]);
    }
  });

  it("holds every statement once, in order, for the owner alone", async () => {
    const line = filled(3);
    expect(await run(line)).toMatchObject({ anchored: 3, waiting: 0, failures: [] });
    line.add(LEDGER_SIGNER);
    await run(line);
    await run(line);
    expect(read()).toEqual(line.outbox.rows().map((row) => row.hash));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(codes(line)).toEqual([]);
    expect(line.outbox.unacknowledged().map((r) => r.kind)).toEqual(["first-success"]);
  });

  it("takes several trails, one after the other", async () => {
    const lines = [filled(2), filled(2, "cd".repeat(16))];
    await run(...lines);
    expect(read().length).toBe(4);
    for (const line of lines) expect(codes(line)).toEqual([]);
  });

  it("is not written twice where a process died between file and outbox", async () => {
    const line = filled(2);
    target().ledger.append(line.outbox.rows().map((row) => parseStatement(row)!));
    await run(line);
    expect(read().length).toBe(2);
    expect(line.states()).toEqual(["finalized", "finalized"]);
  });

  it("a torn end of any length is passed over, and the next append cuts nothing off", async () => {
    for (const torn of [
      "{",
      readFileSync(import.meta.filename, "utf8").replaceAll("\n", " "),
      "\0".repeat(2_200_000),
    ]) {
      const line = filled(2);
      await run(line);
      appendFileSync(path, torn);
      const before = readFileSync(path);
      expect(read().at(-1)).toBe("torn-end");
      expect(codes(line)).toEqual(["ledger-torn"]);
      line.add(LEDGER_SIGNER);
      expect(await run(line)).toMatchObject({ anchored: 1 });
      expect(readFileSync(path).subarray(0, before.length).equals(before)).toBe(true);
      const [first, second, third] = line.outbox.rows().map((row) => row.hash);
      expect(read()).toEqual([first, second, "torn-line", third]);
      expect(codes(line)).toEqual(["ledger-torn"]);
      rmSync(path);
    }
  });

  it("an entry that lost nothing but its line feed counts, and is not written twice", async () => {
    const line = filled(2);
    await run(line);
    writeFileSync(path, readFileSync(path, "utf8").trimEnd());
    expect(codes(line)).toEqual(["ledger-torn"]);
    line.add(LEDGER_SIGNER);
    await run(line);
    expect(read()).toEqual(line.outbox.rows().map((row) => row.hash));
    expect(codes(line)).toEqual([]);
  });

  it("junk lines hide no statement and no older copy, and a line that became junk is named", async () => {
    const line = filled(2);
    await run(line);
    appendFileSync(path, `${"x".repeat(1_200_000)}\n\n{}\n`);
    line.add(LEDGER_SIGNER);
    await run(line);
    const [first, second, third] = line.outbox.rows().map((row) => row.hash);
    expect(read()).toEqual([first, second, "torn-line", third]);
    expect(codes(line)).toEqual(["ledger-torn"]);
    const [a, , ...rest] = readFileSync(path, "utf8").split("\n") as [string, ...string[]];
    writeFileSync(path, [a, "junk", ...rest].join("\n"));
    expect(codes(line)).toEqual(["ledger-damaged", "ledger-damaged", "ledger-missing"]);
  });

  it("a lock from the future, of a process that is gone, or with foreign content holds nobody up for good", async () => {
    const line = filled(1);
    for (const [content, minutes] of [
      ["999999999\n", 0],
      [`${process.pid}\n`, 60 * 24 * 365],
      ["not a process", -1],
      ["", 10],
    ] as const) {
      writeFileSync(`${path}.lock`, content);
      const at = new Date(Date.now() + minutes * 60_000);
      utimesSync(`${path}.lock`, at, at);
      line.add(LEDGER_SIGNER);
      expect((await run(line)).waiting).toBe(0);
    }
  });

  it.each([
    ["a folder", (lock: string) => mkdirSync(lock)],
    ["a pipe", (lock: string) => execFileSync("mkfifo", [lock])],
    ["a link to nothing", (lock: string) => symlinkSync("/nowhere", lock)],
    ["far too long", (lock: string) => writeFileSync(lock, "x".repeat(100_000))],
  ])("no lock of ours is put aside: %s", async (_, make) => {
    make(`${path}.lock`);
    expect(await run(filled(1))).toMatchObject({ anchored: 1 });
  });

  it("names what was done to it", async () => {
    const line = filled(3);
    await run(line);
    const good = readFileSync(path, "utf8").split("\n");
    const [a, b, c] = good as [string, string, string];
    const cases: [string, string[], string[]][] = [
      ["a line taken out", [a, c], ["ledger-damaged", "ledger-missing"]],
      ["the end taken off", [a, b], ["ledger-missing"]],
      ["lines swapped", [b, a, c], ["ledger-damaged", "ledger-damaged", "ledger-damaged"]],
      ["a time changed", [a.replace("2023-11-14", "2023-11-15"), b, c], ["ledger-damaged"]],
      ["white space", [a.replace(":", ": "), b, c], ["ledger-damaged", "ledger-damaged", "ledger-missing"]],
      ["nothing left", [], ["ledger-missing", "ledger-missing", "ledger-missing"]],
    ];
    for (const [what, lines, expected] of cases) {
      writeFileSync(path, lines.length ? `${lines.join("\n")}\n` : "");
      expect(codes(line), what).toEqual(expected);
    }
    writeFileSync(path, `${[a.replace(":", ": "), b, c].join("\n")}\n`);
    line.add(LEDGER_SIGNER);
    const report = await run(line);
    // Who can write the file must not be able to stop anchoring; he is named, once.
    expect(report).toMatchObject({ anchored: 1, waiting: 0, failures: [] });
    line.add(LEDGER_SIGNER);
    await run(line);
    expect(line.outbox.unacknowledged().map(({ kind, message }) => `${kind} ${message}`)).toEqual([
      expect.stringContaining("first-success"),
      expect.stringMatching(/^ledger-damaged .*line-malformed, line 1\. .* name another as ledgerFile/),
    ]);
    expect(codes(line)).toEqual(["ledger-damaged", "ledger-damaged", "ledger-missing"]);
    // The advice works: another file gets all of them.
    rmSync(path);
    line.add(LEDGER_SIGNER);
    await run(line);
    expect(codes(line)).toEqual([]);
    expect(line.outbox.unacknowledged().at(-1)).toMatchObject({
      kind: "ledger-again",
      message: expect.stringMatching(/^5 /),
    });
  });

  it("lines that stand twice, and other line ends, are told and take nothing away", async () => {
    const line = filled(3);
    await run(line);
    const [a, b, c] = readFileSync(path, "utf8").split("\n") as [string, string, string];
    for (const lines of [
      [a, b, b, c],
      [a, b, c, b],
      [a, b, c, a, b, c],
      [a, a, b, b, c, c],
      [a, "junk", a, b, c],
      [`${a}\r`, `${b}\r`, `${c}\r`],
      [a, `${b}\r`, c, a],
    ]) {
      writeFileSync(path, `${lines.join("\n")}\n`);
      expect(new Set(codes(line)), lines.join()).toEqual(
        new Set(["ledger-copied", ...(lines.includes("junk") ? ["ledger-torn"] : [])]),
      );
    }
    line.add(LEDGER_SIGNER);
    expect(await run(line)).toMatchObject({ anchored: 1, failures: [] });
    expect(codes(line)).toEqual(["ledger-copied", "ledger-copied"]);
    expect(line.outbox.unacknowledged().map(({ kind }) => kind)).toEqual(["first-success"]);
    expect(read().filter((text) => text.length === 64)).toEqual(line.outbox.rows().map((row) => row.hash));
  });

  it("no line that somebody puts in can end the count, and an end that was cut off is written again", async () => {
    const line = filled(2);
    await run(line);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const last = JSON.parse(lines[1]!);
    appendFileSync(
      path,
      `${canonicalJson({ ...last, number: Number.MAX_SAFE_INTEGER, previous: lineHash(lines[1]!) })}\n`,
    );
    line.add(LEDGER_SIGNER);
    expect(await run(line)).toMatchObject({ anchored: 1 });
    line.add(LEDGER_SIGNER);
    await run(line);
    expect(codes(line)).toEqual(["ledger-damaged"]);
    writeFileSync(path, `${lines[0]}\n`);
    expect(codes(line)).toEqual(["ledger-missing", "ledger-missing", "ledger-missing"]);
    await run(line); // Nothing new has to wait for it.
    expect(codes(line)).toEqual([]);
    expect(read()).toEqual(line.outbox.rows().map((row) => row.hash));
  });

  it("appends to a long file by reading its end", async () => {
    const line = filled(2);
    await run(line);
    // Eleven hundred statements of somebody else's, which nobody checks here.
    const pattern = parseStatement(line.outbox.rows()[0]!)!;
    const others = Array.from({ length: 1_100 }, (_, i) => ({
      ...pattern,
      content: { ...pattern.content, documentId: `other:${i}` },
      hash: i.toString(16).padStart(64, "0"),
    }));
    target().ledger.append(others);
    expect(statSync(path).size).toBeGreaterThan(1 << 20);
    line.add(LEDGER_SIGNER);
    await run(line);
    const [first, second, third] = line.outbox.rows().map((row) => row.hash);
    expect(read()).toEqual([first, second, ...others.map((other) => other.hash), third]);
    expect(codes(line)).toEqual([]);
  });

  it("an older copy of the trail is seen, and writes nothing", async () => {
    const line = filled(2);
    await run(line);
    const copy = filled(0);
    copy.checkpoints.push(line.checkpoints[0]!);
    const [r] = line.outbox.rows();
    copy.database
      .prepare(
        "INSERT INTO anchor_statements (version, target, hash, submission, state, firstSequence, lastSequence, signedAt, acceptedAt) VALUES (1, 'ledger', ?, ?, 'finalized', 1, 10, 1, 1)",
      )
      .run(r!.hash, r!.submission);
    expect(codes(copy)).toEqual(["rolled-back"]);
    copy.add(LEDGER_SIGNER, 7);
    const size = statSync(path).size;
    expect(await run(copy)).toMatchObject({ anchored: 0, waiting: 1, off: ["rolled-back"] });
    expect(statSync(path).size).toBe(size);
    // It signed a second history by now, and nobody has seen that: published, it would be an equivocation.
    expect(codes(copy)).toEqual(["rolled-back"]);
    copy.database.exec("UPDATE anchor_statements SET sentAt = 1 WHERE version = 2");
    expect(codes(copy)).toEqual(["receipt-missing", "rolled-back"]);
    copy.database.exec("UPDATE anchor_statements SET state = 'finalized', sentAt = 1, acceptedAt = 1");
    expect(codes(copy)).toEqual(["equivocation", "ledger-missing"]);
    expect(codes(line)).toEqual([]);
  });

  it("what a stranger writes into the file stops nothing", async () => {
    const line = filled(1);
    await run(line);
    const stranger = new Line(clock);
    stranger.add({ privateKey: "22".repeat(32), target: "ledger" }, 99);
    target().ledger.append(stranger.outbox.rows().map((row) => parseStatement(row)!));
    line.add(LEDGER_SIGNER);
    expect(await run(line)).toMatchObject({ anchored: 1, off: [] });
  });

  it("a pipe or a folder in its place holds nobody up: nothing is written, and its lines are missing", async () => {
    for (const put of [() => execFileSync("mkfifo", [path]), () => mkdirSync(path)]) {
      const line = filled(1);
      await run(line);
      rmSync(path);
      put();
      line.add(LEDGER_SIGNER);
      expect(await run(line)).toMatchObject({ anchored: 0, waiting: 1 });
      expect(codes(line)).toEqual(["ledger-missing"]);
      rmSync(path, { recursive: true });
    }
  });

  it("a row that claims to be accepted needs its line in the file like any other", () => {
    const line = filled(2);
    line.database.exec("UPDATE anchor_statements SET state = 'accepted', sentAt = 1, acceptedAt = 1");
    expect(codes(line)).toEqual(["ledger-missing", "ledger-missing"]);
  });

  it("no cell of the outbox's own row stops the ledger", async () => {
    const line = filled(1);
    const { database } = line;
    database.enableDefensive?.(false);
    const columns = "(id INTEGER PRIMARY KEY, leaseHolder, leaseUntil, breaker, hold, off)";
    for (const cell of ["leaseHolder", "leaseUntil", "breaker", "hold"]) {
      // A table of that name without types stands in for the file's own one while the cell is changed.
      database.exec("PRAGMA writable_schema = ON");
      const { sql } = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'anchor_state'").get() as never;
      const declare = database.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'anchor_state'");
      declare.run(`CREATE TABLE anchor_state ${columns}`);
      database.exec("PRAGMA writable_schema = RESET");
      database.exec(`UPDATE anchor_state SET ${cell} = x'ff'`);
      database.exec("PRAGMA writable_schema = ON");
      declare.run(sql);
      database.exec("PRAGMA writable_schema = RESET");
      const outbox = new Outbox({ database }, { clock: clock.read });
      expect(await drain([outbox], target(), deps()), cell).toMatchObject({ waiting: 0, held: [], off: [] });
      line.add(LEDGER_SIGNER);
    }
    database.exec("UPDATE anchor_state SET hold = 'x'");
    expect(await run(line)).toMatchObject({ anchored: 1, held: [] });
  });

  it("a disk that cannot be written keeps everything waiting", async () => {
    const line = filled(1);
    const gone = { network: "ledger" as const, ledger: new Ledger(join(folder, "no", "such", "folder.jsonl")) };
    const report = await drain([line.outbox], gone, deps());
    expect(report).toMatchObject({ anchored: 0, waiting: 1 });
    expect(report.failures[0]).toContain("ledger file");
    expect(await run(line)).toMatchObject({ anchored: 1 });
  });

  it("a lock that a killed process left is taken over, a living one's is waited for", async () => {
    const line = filled(1);
    const lock = `${path}.lock`;
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(lock, `${dead}\n`);
    expect(await run(line)).toMatchObject({ anchored: 1 });
    line.add(LEDGER_SIGNER);
    writeFileSync(lock, `${process.pid}\n`);
    utimesSync(lock, new Date(Date.now() - 9_500), new Date(Date.now() - 9_500));
    const start = Date.now();
    expect(await run(line)).toMatchObject({ anchored: 1 }); // older than any append can take
    expect(Date.now() - start).toBeGreaterThan(300);
  });
});
