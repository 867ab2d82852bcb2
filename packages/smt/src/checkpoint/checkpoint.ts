// A checkpoint: a version of the tree that was made durable (formats.md, section 5). Each names the hash of the one
// before, so the newest binds the whole line.
import type { CheckpointCode } from "../codes.js";
import { bytesToHex } from "../formats/hex.js";
import { isTimestamp } from "../formats/scalars.js";
import { checkHex, checkMembers, isCount, membersOf } from "../formats/shape.js";
import { type Sha256, sha256 } from "../hash/sha256.js";

/** Hashes are lower-case hex. @public */
export interface Checkpoint {
  format: "sealtrail-checkpoint/1";
  /** 32 hex digits. */
  tree: string;
  /** From 1, without gaps. */
  version: number;
  root: string;
  /** Two leaves an event. */
  leafCount: number;
  /** The previous checkpoint's `lastSequence` + 1. */
  firstSequence: number;
  lastSequence: number;
  epoch: number;
  createdAt: string;
  /** Version of the newest earlier checkpoint for which an anchor statement was signed, else 0. */
  lastSigned: number;
  /** `H(JCS(previous checkpoint))`, or 64 zeros. */
  previous: string;
}

/** `previous` of the first checkpoint: 64 zeros. @public */
export const noCheckpoint = "0".repeat(64);

/** RFC 8785 text of a checkpoint. */
export function canonicalCheckpoint(c: Checkpoint): string {
  return `{"createdAt":${JSON.stringify(c.createdAt)},"epoch":${c.epoch},"firstSequence":${c.firstSequence},"format":"sealtrail-checkpoint/1","lastSequence":${c.lastSequence},"lastSigned":${c.lastSigned},"leafCount":${c.leafCount},"previous":"${c.previous}","root":"${c.root}","tree":"${c.tree}","version":${c.version}}`;
}

/**
 * `H(JCS(checkpoint))`, hex: what the next checkpoint calls `previous` and an anchor's `documentId` ends with.
 *
 * @public
 */
export function checkpointHash(checkpoint: Checkpoint, hash: Sha256 = sha256): string {
  return bytesToHex(hash(canonicalCheckpoint(checkpoint)));
}

const shape: { [name in keyof Checkpoint]: (value: unknown) => CheckpointCode | undefined } = {
  format: (v) => (v === "sealtrail-checkpoint/1" ? undefined : "wrong-format"),
  createdAt: (v) => (isTimestamp(v) ? undefined : "bad-field"),
  epoch: count(0),
  firstSequence: count(1),
  lastSequence: count(1),
  lastSigned: count(0),
  leafCount: count(2),
  previous: (v) => checkHex(v, 32),
  root: (v) => checkHex(v, 32),
  tree: (v) => checkHex(v, 16),
  version: count(1),
};

/** A checkpoint out of a parsed JSON value that a stranger gave. Never throws on content. @public */
export function parseCheckpoint(
  value: unknown,
): { ok: true; checkpoint: Checkpoint } | { ok: false; code: CheckpointCode } {
  const members = membersOf(value);
  if (members === undefined) return { ok: false, code: "not-an-object" };
  let code: CheckpointCode | undefined = checkMembers(members, Object.keys(shape));
  for (const [name, check] of Object.entries(shape)) code ??= check(members[name]);
  if (code) return { ok: false, code };
  const c = members as unknown as Checkpoint;
  const fault = checkCount(c) ?? checkLine(c);
  return fault === undefined ? { ok: true, checkpoint: c } : { ok: false, code: fault };
}

/** Whether the counts of a checkpoint of good shape agree with each other. @internal */
export function checkCount(c: Checkpoint): "bad-count" | undefined {
  return c.leafCount !== 2 * c.lastSequence || c.firstSequence > c.lastSequence ? "bad-count" : undefined;
}

/** Whether a checkpoint of good shape can stand where it says in a line. @internal */
export function checkLine(c: Checkpoint): "bad-line" | undefined {
  const first = c.version === 1;
  const fits = first === (c.previous === noCheckpoint) && first === (c.firstSequence === 1) && c.lastSigned < c.version;
  return fits ? undefined : "bad-line";
}

function count(least: number) {
  return (v: unknown): CheckpointCode | undefined => (isCount(v, least) && !Object.is(v, -0) ? undefined : "bad-field");
}
