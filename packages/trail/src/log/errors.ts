// What can go wrong with a trail's file apart from tampering. Evidence never throws these: it gets findings (replay/findings.ts).

/** Why a trail refuses. @public */
export type TrailErrorCode =
  /** No file there. */
  | "trail-missing"
  /** `create` found a file. */
  | "trail-exists"
  /** A file, but not a trail: another database, or not SQLite at all. */
  | "not-a-trail"
  /** A file without a byte: made by another program, or a trail that was cut to nothing. */
  | "trail-empty"
  /** Written by a newer release. */
  | "trail-newer"
  /** Written by an older release, and the file cannot be migrated because it cannot be written. */
  | "trail-older"
  /** Other processes held the lock for the whole time we were ready to wait. */
  | "trail-busy"
  /** The file was set aside, replaced or removed since it was opened: what is written now would be in no trail. */
  | "trail-replaced"
  /** A write was asked of a trail that cannot be written. */
  | "trail-read-only"
  /** The tree may hold no more leaves (`maxTreeSize`). The log goes on. */
  | "tree-full"
  /** What is in the file contradicts itself so that going on would make it worse. */
  | "trail-damaged";

/** A trail that cannot be opened, read or written as asked. `code` says why. @public */
export class TrailError extends Error {
  override readonly name = "TrailError";
  readonly code: TrailErrorCode;
  constructor(code: TrailErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
