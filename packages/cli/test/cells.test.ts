/**
 * Every cell of every table of a trail, changed behind the program's back: `audit verify` names it, or refuses the file, or the
 * column stands in the list below, as docs/verification.md says it. The long form, every row and every value:
 *   npm run cells
 */
import { appendFileSync, copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { recordPayload } from "../src/hook/record.js";
import { Home } from "./_run.js";

/** `table.column` of the cells that may be changed unseen, from the table in docs/verification.md. */
function listed(): Set<string> {
  const text = readFileSync(new URL("../../../docs/verification.md", import.meta.url), "utf8");
  const table = text.slice(text.indexOf("\n| cells | "));
  const names = new Set<string>();
  for (const [, name, columns] of table.matchAll(/^\| `(\w+)`: (.*?) \|/gm)) {
    for (const [, column] of columns!.matchAll(/`(\w+)`/g)) names.add(`${name}.${column}`);
  }
  return names;
}

/** SQL of what a cell becomes. */
const VALUES = [
  "NULL",
  "0",
  "-1",
  "1",
  "9007199254740993",
  "9223372036854775807",
  "1.5",
  "''",
  "'x'",
  "'a' || char(0) || 'b'",
  "x''",
  "zeroblob(16)",
  "zeroblob(32)",
  "CAST(OLD AS BLOB)",
  "CAST(OLD AS TEXT) || 'x'",
];

const long = Number(process.env.SEALTRAIL_CELLS) > 0;
const rowsEach = long ? Number(process.env.SEALTRAIL_CELLS) : 1;

const home = new Home();
const sound = home.path("sound.db");

interface Cell {
  table: string;
  column: string;
  /** SQL that finds the row. */
  where: string;
}

async function make(): Promise<void> {
  let now = Date.UTC(2026, 0, 5, 8);
  const at = async (...argv: string[]) => {
    now += 2_000;
    const ran = await home.audit(argv, { now });
    expect(ran.code, `${argv.join(" ")}: ${ran.err}`).toBe(0);
  };
  await at("init", "--epoch", "1s");
  await at("keygen");
  const transcript = home.path("s1.jsonl");
  const hook = (hook_event_name: string, more: object = {}) =>
    recordPayload(
      "claude-code",
      Buffer.from(JSON.stringify({ session_id: "s1", transcript_path: transcript, hook_event_name, ...more })),
      { db: home.db, env: { HOME: home.folder }, now: () => now++ },
    );
  hook("UserPromptSubmit", { prompt: "list it" });
  const call = { tool_name: "Bash", tool_input: { command: "ls" }, tool_use_id: "t1" };
  hook("PreToolUse", call);
  hook("PostToolUse", { ...call, tool_response: { stdout: "a line of output ".repeat(20) } });
  hook("PreToolUse", { ...call, tool_use_id: "t2" });
  appendFileSync(transcript, `${JSON.stringify({ type: "summary", sessionId: "s1" })}\n`);
  hook("Stop");
  const file = home.path("events.ndjson");
  const lines = Array.from({ length: 6 }, (_, i) => ({
    type: "tool.invoked",
    sessionId: `s${i % 2}`,
    description: `call ${i}`,
  }));
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await at("ingest", "ndjson", file);
  await at("anchor", "now");
  await at("retention", "hold", "--session", "s0");
  await at("erase", "--session", "s1", "--source", "ndjson", "--yes").catch(() => {});
  await at("smt", "freeze", "--epoch", "0");
  await at("anchor", "now");
  const db = new DatabaseSync(home.db);
  // A thread of the last command may not have let go of the file yet.
  db.exec("PRAGMA busy_timeout = 20000; PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  copyFileSync(home.db, sound);
}

function cells(): Cell[] {
  const db = new DatabaseSync(sound, { readOnly: true });
  const found: Cell[] = [];
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
  for (const { name: table } of tables as { name: string }[]) {
    const columns = db.prepare(`PRAGMA table_info("${table}")`).all() as { name: string; pk: number }[];
    const keys = columns.filter(({ pk }) => pk > 0).map(({ name }) => name);
    const rows = db
      .prepare(`SELECT ${keys.map((key) => `quote("${key}") AS "${key}"`).join(", ")} FROM "${table}"`)
      .all();
    const step = Math.max(1, Math.floor(rows.length / rowsEach));
    for (const row of rows.filter((_, i) => i % step === 0).slice(0, rowsEach) as Record<string, string>[]) {
      const where = keys.map((key) => `"${key}" = ${row[key]}`).join(" AND ");
      for (const { name: column } of columns) found.push({ table, column, where });
    }
  }
  db.close();
  return found;
}

/** False where the cell holds that value already, or the table cannot hold it at all. */
function changed({ table, column, where }: Cell, value: string): boolean {
  for (const part of ["-wal", "-shm"]) rmSync(home.db + part, { force: true });
  copyFileSync(sound, home.db);
  const db = new DatabaseSync(home.db);
  const strict = (to: string) => {
    db.enableDefensive?.(false);
    db.exec("PRAGMA ignore_check_constraints = 1; PRAGMA writable_schema = ON");
    db.exec(to);
    db.exec("PRAGMA writable_schema = RESET");
  };
  const name = `name = '${table}'`;
  const { sql } = db.prepare(`SELECT sql FROM sqlite_schema WHERE ${name}`).get() as { sql: string };
  try {
    const lax = sql
      .replace(/\bSTRICT\b,?\s*/, "")
      .replace(/,\s*$/, "")
      .replaceAll(" NOT NULL", "")
      .replaceAll("'", "''");
    strict(`UPDATE sqlite_schema SET sql = '${lax}' WHERE ${name}`);
    const cell = () =>
      db.prepare(`SELECT typeof("${column}") || quote("${column}") AS cell FROM "${table}" WHERE ${where}`).get()?.cell;
    const before = cell();
    const { changes } = db
      .prepare(`UPDATE "${table}" SET "${column}" = ${value.replaceAll("OLD", `"${column}"`)} WHERE ${where}`)
      .run();
    const is = changes === 1 && cell() !== before;
    strict(`UPDATE sqlite_schema SET sql = '${sql.replaceAll("'", "''")}' WHERE ${name}`);
    return is;
  } catch {
    return false;
  } finally {
    db.close();
  }
}

it("no cell is changed unseen, save those of the list", async () => {
  await make();
  expect((await home.audit(["verify"])).code).toBe(0);
  const unseen = new Map<string, string[]>();
  const broken: string[] = [];
  let edits = 0;
  for (const [n, cell] of cells().entries()) {
    for (const [v, value] of VALUES.entries()) {
      // In the tests every third cell, one value.
      if (!long && (n % 3 !== 0 || v !== (n / 3) % VALUES.length)) continue;
      if (!changed(cell, value)) continue;
      edits++;
      const { code, out, err } = await home.audit(["verify", "--json"]);
      if (![0, 1, 65, 66, 74].includes(code))
        broken.push(`${cell.table}.${cell.column} = ${value}: ${code} ${err}${out}`);
      if (code !== 0) continue;
      const name = `${cell.table}.${cell.column}`;
      unseen.set(name, [...(unseen.get(name) ?? []), value]);
      // What no verdict hangs on must not bring the program down either.
      for (const argv of long ? [["status"], ["anchor", "status"], ["anchor", "now"]] : [["status"]]) {
        const { code, err } = await home.audit(argv);
        if (code === 70) broken.push(`${argv.join(" ")} after ${name} = ${value}: ${err}`);
      }
    }
  }
  if (long) console.log(`${edits} edits, seen all but those of ${[...unseen.keys()].join(", ")}`);
  expect(broken).toEqual([]);
  const allowed = listed();
  expect([...unseen.keys()].filter((name) => !allowed.has(name))).toEqual([]);
  if (long) expect([...allowed].filter((name) => !unseen.has(name))).toEqual([]);
}, 3_600_000);
