/**
 * An error for the user: what happened, a hint what to do, and the exit code. Library errors are recognised by
 * their `code` and name, so that no library has to be loaded to report one.
 */
import { EXIT } from "./exit.js";

export class CliError extends Error {
  /** Stable, kebab-case; what `--json` reports. */
  readonly code: string;
  readonly exit: number;
  readonly hint: string;
  constructor(code: string, exit: number, what: string, hint: string, options?: ErrorOptions) {
    super(what, options);
    this.name = "CliError";
    this.code = code;
    this.exit = exit;
    this.hint = hint;
  }
}

export function usage(what: string, hint: string): CliError {
  return new CliError("usage", EXIT.usage, what, hint);
}

/** An unexpected word on the command line; it may be the name of a file. */
export class StrayWordError extends CliError {
  readonly word: string;
  constructor(word: string, what: string, hint: string) {
    super("usage", EXIT.usage, what, hint);
    this.word = word;
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return String(error.code);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const FILE_ERRORS: Record<string, readonly [code: string, exit: number, what: string, hint: string]> = {
  ENOENT: ["no-file", EXIT.missing, "no such file", "check the path"],
  ENOTDIR: ["no-file", EXIT.missing, "a part of the path is not a folder", "check the path"],
  EISDIR: ["is-folder", EXIT.missing, "that is a folder, not a file", "name a file in it"],
  EACCES: ["permission", EXIT.permission, "permission denied", "check who owns the file and its mode"],
  EPERM: ["permission", EXIT.permission, "not permitted", "check who owns the file and its mode"],
  EROFS: ["read-only", EXIT.permission, "the file system is read-only", "copy the trail to where it can be written"],
  EEXIST: ["exists", EXIT.exists, "it exists already", "choose another name; nothing was changed"],
  ENOSPC: ["disk-full", EXIT.io, "the disk is full", "free some space and try again; nothing acknowledged is lost"],
  EDQUOT: ["disk-full", EXIT.io, "the disk quota is used up", "free some space and try again"],
  EMFILE: ["io", EXIT.io, "too many open files", "close some, or raise the limit (ulimit -n)"],
  ENAMETOOLONG: ["name-too-long", EXIT.usage, "the file's name is too long", "choose a shorter one"],
  ELOOP: ["no-file", EXIT.missing, "a circle of symbolic links", "check the path"],
  ENXIO: ["no-file", EXIT.missing, "no such device", "check the path"],
  EIO: ["io", EXIT.io, "the disk reports an I/O error", "check the disk, then run audit verify"],
};

/** SQLite's primary result codes (the low byte of `errcode`). */
const SQLITE_ERRORS: Record<number, readonly [code: string, exit: number, what: string, hint: string]> = {
  3: ["permission", EXIT.permission, "SQLite may not open the trail", "check who owns the file and its mode"],
  5: ["locked", EXIT.retryLater, "the trail stayed locked by another process", "try again in a moment"],
  6: ["locked", EXIT.retryLater, "a table of the trail stayed locked", "try again in a moment"],
  8: ["read-only", EXIT.permission, "the trail cannot be written", "check the file's mode and owner"],
  10: ["io", EXIT.io, "SQLite reports an I/O error", "check the disk, then run audit verify"],
  11: ["corrupt", EXIT.io, "the trail's file is damaged", "keep a copy as it is, then run audit verify"],
  13: ["disk-full", EXIT.io, "the disk is full", "free some space and try again; nothing acknowledged is lost"],
  14: ["permission", EXIT.io, "SQLite cannot open the trail", "check the path, the folder's mode and its owner"],
  23: ["permission", EXIT.permission, "SQLite was denied access", "check the file's mode and owner"],
  26: ["not-a-trail", EXIT.data, "the file is no SQLite database", "check --db; audit info FILE says what a file is"],
};

/** Our libraries' errors, by their `code`. Their messages say what happened, some also what to do, behind a colon. */
const LIBRARY_CODES: Record<string, readonly [code: string, exit: number, hint: string]> = {
  "trail-missing": ["no-trail", EXIT.missing, "make one with audit init, or name one with --db"],
  "trail-exists": ["exists", EXIT.exists, "choose another --db, or go on with the trail that is there"],
  "not-a-trail": ["not-a-trail", EXIT.data, "check --db; audit info FILE says what a file is"],
  "trail-empty": ["empty", EXIT.data, "audit init makes a trail of it; if one stood there, audit recover --accept"],
  "trail-newer": ["trail-newer", EXIT.data, "update audit: npm install @sealtrail/cli"],
  "trail-older": ["trail-older", EXIT.permission, "open it once where it can be written"],
  "trail-busy": ["locked", EXIT.retryLater, "try again in a moment"],
  "under-hold": ["under-hold", EXIT.permission, "audit retention status shows the holds"],
  "trail-replaced": ["replaced", EXIT.retryLater, "run it again: it goes on in the file that is there now"],
  "trail-read-only": ["read-only", EXIT.permission, "check the file's mode and owner"],
  "key-exists": ["exists", EXIT.exists, "choose another file; nothing was changed"],
  "key-missing": ["no-key", EXIT.missing, "audit keygen makes one"],
  "key-too-open": ["key-too-open", EXIT.permission, "make a new one if others can have read it"],
  "key-malformed": ["key-malformed", EXIT.data, "name another file, or make a key with audit keygen"],
  "key-twice": ["key-twice", EXIT.usage, "unset one of the two"],
  "ledger-locked": ["locked", EXIT.retryLater, "try again in a moment"],
  "tree-full": ["tree-full", EXIT.io, "give the trail a greater maxTreeSize"],
  "trail-damaged": ["trail-damaged", EXIT.io, "keep a copy as it is, then run audit verify"],
};

/** Errors of our libraries, by their class's name. Their messages say what happened. */
const LIBRARY_ERRORS: Record<string, readonly [code: string, exit: number, hint: string]> = {
  VersionCompactedError: ["compacted", EXIT.io, "run audit smt rebuild, then ask again"],
  LedgerError: ["ledger", EXIT.io, "keep the ledger file as it is, and name another one with ledgerFile"],
  KeyReplacedError: [
    "key-replaced",
    EXIT.retryLater,
    "run it again; if it says so again, name the new key in the environment, or run audit key rotate once more",
  ],
  CheckpointDamageError: ["trail-damaged", EXIT.io, "keep a copy as it is, then run audit verify"],
  TreeDamageError: [
    "tree-damaged",
    EXIT.io,
    "run audit verify, then audit smt rebuild: it makes the tree anew from the log",
  ],
};

/** Turns whatever was thrown into the error that a user sees. What is not recognised is our bug (70). */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  const code = codeOf(error);
  const cause = { cause: error };
  const file = FILE_ERRORS[code];
  if (file) {
    const path = error instanceof Error && "path" in error ? `${String(error.path)}: ` : "";
    return new CliError(file[0], file[1], path + file[2], file[3], cause);
  }
  if (code === "ERR_SQLITE_ERROR" && typeof error === "object" && error !== null && "errcode" in error) {
    const sqlite = SQLITE_ERRORS[Number(error.errcode) & 0xff];
    if (sqlite) return new CliError(sqlite[0], sqlite[1], sqlite[2], sqlite[3], cause);
    return new CliError("database", EXIT.io, `SQLite says: ${textOf(error)}`, "run audit verify", cause);
  }
  if (typeof error === "object" && error !== null && "syscall" in error) {
    // The system refused something that we have no better words for.
    return new CliError("io", EXIT.io, textOf(error), "check the path and the disk", cause);
  }
  if (code === "ERR_OUT_OF_RANGE" && textOf(error).startsWith("Value is too large to be represented")) {
    // A column of the trail's: our own numbers are checked when they are written.
    return new CliError(
      "corrupt",
      EXIT.io,
      "the trail holds a number that no release writes",
      "run audit verify",
      cause,
    );
  }
  const coded = LIBRARY_CODES[code];
  if (coded) {
    const [what, ...more] = textOf(error).split(": ");
    return new CliError(coded[0], coded[1], what ?? code, more.join(": ") || coded[2], cause);
  }
  const name = error instanceof Error ? error.name : "";
  const library = LIBRARY_ERRORS[name];
  if (library) return new CliError(library[0], library[1], textOf(error), library[2], cause);
  return new CliError(
    "bug",
    EXIT.bug,
    `an unexpected error: ${textOf(error)}`,
    "this is a bug; run again with DEBUG=1 and report what it shows",
    cause,
  );
}
