// The tables of a trail's file and their forward migrations. `events` holds only what `verify` covers column by column;
// what is no evidence (dedupe keys, calls, positions in files) lives apart.
import type { DatabaseSync } from "node:sqlite";
import { treeSchema } from "@sealtrail/smt/sqlite";
import { EVENT_FIELDS, type EventField, type FieldKind } from "@sealtrail/verify/event";
import { TrailError } from "./errors.js";
import { writing } from "./transaction.js";

/** "STrl": tells a trail from any other SQLite file. */
export const applicationId = 0x5354726c;

/** SQL type of a column. */
const TYPES: Readonly<Record<FieldKind, string>> = {
  count: "INTEGER",
  uuid: "TEXT",
  time: "TEXT",
  text: "TEXT",
  id: "TEXT",
  object: "TEXT",
  hash: "BLOB",
  bytes: "BLOB",
};

/** An erasure leaves NULL in every column that is not kept. `epoch` has no NOT NULL in the files that exist. */
const eventsTable = `CREATE TABLE events (
${EVENT_FIELDS.map((field: EventField) => {
  if (field.name === "sequence") return "  sequence INTEGER PRIMARY KEY";
  const isNull = field.optional || !field.kept || field.name === "epoch";
  return `  ${field.name} ${TYPES[field.kind]}${isNull ? "" : " NOT NULL"}`;
}).join(",\n")}
) STRICT;`;

const foundation = `
CREATE TABLE trail (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  tree TEXT NOT NULL,
  createdAt TEXT NOT NULL,
  epochDurationMs INTEGER NOT NULL,
  formats TEXT NOT NULL,
  machineId TEXT NOT NULL,
  dedupeSecret BLOB NOT NULL
) STRICT;

-- The log head: written in every append's own transaction, so that a truncated log shows. Of an empty log the genesis
-- hash. "checkpoint" is the hash of the newest checkpoint, which no later checkpoint covers yet.
CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sequence INTEGER NOT NULL,
  rawKey BLOB NOT NULL,
  checkpoint BLOB
) STRICT;

${eventsTable}
CREATE INDEX events_session ON events (sessionId, source, sequence) WHERE sessionId IS NOT NULL;
-- Events without a payload, by the event that each follows: a destroyed event has no session any more, only its link.
CREATE INDEX events_destroyed ON events (chainPrev, sequence) WHERE metadata IS NULL;

CREATE TABLE dedupe (key BLOB PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Tool calls: the events that asked for them and that tell how they ended. "logged": the end was read from a host's log.
CREATE TABLE calls (
  key BLOB PRIMARY KEY,
  asked INTEGER,
  outcome INTEGER,
  logged INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Events that a host's hooks and its own log both tell: further keys of an event ("at" is null), and marks that the other
-- record has told it, with the time in milliseconds.
CREATE TABLE joins (key BLOB PRIMARY KEY, sequence INTEGER NOT NULL, at INTEGER) STRICT, WITHOUT ROWID;
-- Which epochs are frozen, and the events that say so.
CREATE TABLE frozen (epoch INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
-- Holds in force, and the events that place them.
CREATE TABLE holds (id TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- How far hooks have read what they look into.
CREATE TABLE positions (input TEXT PRIMARY KEY, position TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- Files that were read: by what each is known again, and how far it was read.
CREATE TABLE files (
  id INTEGER PRIMARY KEY,
  file TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  path TEXT NOT NULL,
  inode TEXT NOT NULL,
  head TEXT NOT NULL,
  position TEXT NOT NULL
) STRICT;
CREATE INDEX files_path ON files (path);
CREATE INDEX files_inode ON files (inode);
CREATE INDEX files_head ON files (head);
`;

/** Migration n brings a file from schema n to n + 1; a new file runs all of them. Never edited once released. */
export const migrations: readonly string[] = [foundation + treeSchema];

/** Brings the file to the newest schema. Every process that opens an old file comes here; the first one migrates. */
export function migrate(db: DatabaseSync, writable: boolean, steps: readonly string[] = migrations): void {
  const found = schemaVersion(db);
  if (found === steps.length) return;
  if (found > steps.length) throw newer(found, steps.length);
  if (found === 0 && db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get() !== undefined) {
    const way = `PRAGMA user_version = ${steps.length} sets it back`;
    throw new TrailError("trail-damaged", `somebody set the file's schema number to 0; ${way}`);
  }
  if (!writable) {
    throw new TrailError(
      "trail-older",
      `the file has schema ${found}, this release reads ${steps.length}: open it once where it can be written`,
    );
  }
  writing(db, () => {
    const now = schemaVersion(db);
    if (now > steps.length) throw newer(now, steps.length);
    for (const step of steps.slice(now)) db.exec(step);
    db.exec(`PRAGMA user_version = ${steps.length}`);
  });
}

function newer(found: number, known: number): TrailError {
  return new TrailError(
    "trail-newer",
    `the file was written by a newer release (schema ${found}, this one knows up to ${known}): update sealtrail`,
  );
}

function schemaVersion(db: DatabaseSync): number {
  return (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}
