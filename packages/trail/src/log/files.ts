// Records of the files that were read: how far, and by what they are recognised. They are no evidence: where a record is lost
// or changed, the file is read again, and known lines are recognised by their keys.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { eachRow } from "@sealtrail/smt/sqlite";
import type { FilePosition } from "../event/prepared.js";
import { DedupeKeys } from "../ingest/dedupe.js";
import type { FileRecords, StoredPosition } from "../ingest/known-file.js";

/** Most records that are compared with a file, to find out whether it is one of them under a new name. */
const mostCandidates = 200;

export class FileTable implements FileRecords {
  readonly #keys: DedupeKeys;
  readonly #save: StatementSync;
  readonly #candidates: StatementSync;
  readonly #last: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync, secret: Uint8Array) {
    this.#keys = new DedupeKeys(secret);
    this.#save = db.prepare(
      `INSERT INTO files (file, source, path, inode, head, position) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (file)
       DO UPDATE SET path = excluded.path, inode = excluded.inode, head = excluded.head, position = excluded.position`,
    );
    this.#candidates = db.prepare(
      `SELECT file, source, path, inode, head, position FROM files
       WHERE (path = ? OR inode = ? OR (head = ? AND head <> '')) AND source = ? ORDER BY id DESC LIMIT ${mostCandidates}`,
    );
    this.#last = db.prepare(
      "SELECT file, source, path, inode, head, position FROM files WHERE path = ? AND source = ? ORDER BY id DESC LIMIT 1",
    );
    this.#all = db.prepare("SELECT file, source, path, inode, head, position FROM files");
  }

  save(position: FilePosition): void {
    const { file, source, path, inode, head, bytes, number, lines, refused, hash } = position;
    const state = [bytes, number, lines, refused, hash] as const;
    const text = JSON.stringify([...state, this.#seal(position)]);
    this.#save.run(file, source, path, inode, head, text);
  }

  candidates(file: { source: string; path: string; inode: string; head: string }): StoredPosition[] {
    return this.#candidates.all(file.path, file.inode, file.head, file.source).map((row) => this.#read(row));
  }

  last(source: string, path: string): StoredPosition | undefined {
    const row = this.#last.get(path, source);
    return row === undefined ? undefined : this.#read(row);
  }

  /** Paths of the records that somebody changed. */
  *altered(): Generator<string> {
    for (const row of eachRow(this.#all)) {
      const { sound, path } = this.#read(row);
      if (!sound) yield path;
    }
  }

  /** A keyed hash of the record, by which a change is noticed. */
  #seal({ file, source, path, inode, head, bytes, number, lines, refused, hash }: FilePosition): string {
    // As SQLite keeps it: half a surrogate pair, which a Windows path may hold, is no UTF-8.
    const stored = path.toWellFormed();
    const text = JSON.stringify([file, source, stored, inode, head, bytes, number, lines, refused, hash]);
    return Buffer.from(this.#keys.ofFile(text)).toString("hex");
  }

  #read(row: Record<string, unknown>): StoredPosition {
    const [bytes, number, lines, refused, hash, seal] = parts(row.position);
    const position: FilePosition = {
      file: String(row.file),
      source: String(row.source),
      path: String(row.path),
      inode: String(row.inode),
      head: String(row.head),
      bytes: count(bytes),
      number: count(number),
      lines: count(lines),
      refused: count(refused),
      hash: String(hash),
    };
    return { ...position, sound: this.#seal(position) === seal };
  }
}

function parts(text: unknown): unknown[] {
  try {
    const value: unknown = JSON.parse(String(text));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
