// What a replay can say: a closed union of kinds of damage, and of notes that are no damage.

export type FindingKind =
  /** A column of the row is not what its raw key, its place or its leaf commits to. `column` where it can be told. */
  | "row-altered"
  /** A sequence that should be there is not. */
  | "row-missing"
  /** A row that the head does not know: after the newest, or before the first. */
  | "row-inserted"
  /** The row holds another sequence's event. */
  | "rows-swapped"
  /** `previousHash` is not the raw key of the row before. */
  | "chain-broken"
  /** The log ends before its own head or its newest checkpoint says. */
  | "truncated"
  /** The log head names another raw key or sequence than the newest row. */
  | "head-mismatch"
  /** The trail's own row (tree, creation, epoch length, formats, machine) is not what the first event commits to. */
  | "genesis-altered"
  /** A checkpoint's fields contradict the log, its neighbours or the head. */
  | "checkpoint-altered"
  /** The tree built from the log has another root than the checkpoint. */
  | "root-mismatch"
  /** A stored node of the tree is missing or not what its parent's hash says. `audit smt rebuild` recreates it. */
  | "node-damaged"
  /** The log had another root at that sequence than the one the caller knows. */
  | "known-root-mismatch"
  /** The trail's checkpoint of that version is not the one the caller holds. */
  | "equivocation"
  /** The trail stands in for one that was lost, and nobody has accepted it (`audit recover --accept`). */
  | "trail-restarted"
  /** The caller holds a checkpoint of another tree: this trail was begun anew. */
  | "tree-id-mismatch"
  /** The caller knows of more than this file has: it is an older copy. */
  | "rollback-detected"
  /** A table, index or trigger that the trail did not make, or one that it made changed. */
  | "schema-altered"
  /** A row is marked as erased or pruned, and no event in the log says so, or more is left than may be. */
  | "unauthorized-erasure"
  /** A payload was erased or pruned while a legal hold kept it. */
  | "destroyed-under-hold"
  /** A payload was pruned before the rule that its event names allowed it. */
  | "pruned-too-early"
  /** A `system.freeze` event says of an epoch what the checkpoints do not. */
  | "freeze-mismatch"
  /** The table of frozen epochs is not what the log's `system.freeze` events give. */
  | "frozen-altered"
  /** The table of holds in force is not what the log's `system.retention` events give. */
  | "holds-altered"
  /** A dedupe key stands for an event that cannot have it: what it was made for would be passed over as known. */
  | "dedupe-altered"
  /** A row of the table of tool calls names an event that is none of such a call. `audit smt rebuild` makes the table anew. */
  | "calls-altered"
  /** A row of the table of events that hooks and logs both tell names an event that it cannot be about. */
  | "joins-altered"
  /** The recorded position in a file was altered. The file is read again from its beginning. */
  | "positions-altered"
  /** SQLite itself cannot read the file. */
  | "file-damaged";

/** One problem that a verification found, with where it is. @public */
export interface Finding {
  kind: FindingKind;
  /** The event it is about. */
  sequence?: number;
  /** The checkpoint it is about. */
  version?: number;
  /** The column of `events`, or the field of the checkpoint. */
  column?: string;
  /** For people, one line, without content of events. */
  detail: string;
}

/** Not damage, but to be said. */
export interface Note {
  kind: "erased" | "pruned" | "after-last-checkpoint" | "stray-nodes" | "restarted";
  /** How many events, or nodes. */
  count: number;
  detail: string;
}

export type VerifyStatus = "verified" | "tampered" | "restarted" | "rolled-back" | "empty";

/** What `Trail.verify` found. @public */
export interface VerifyReport {
  status: VerifyStatus;
  /** Ascending by what is damaged first; at most `findingLimit`, the rest counted. */
  findings: Finding[];
  /** Findings beyond the limit. */
  moreFindings: number;
  notes: Note[];
  /** Rows read. */
  events: number;
  lastSequence: number;
  /** Checkpoints whose roots came out of the log again. */
  checkpointsVerified: number;
  checkpoints: number;
  /** Root of the newest checkpoint, as rebuilt from the log; absent without a checkpoint. */
  root?: string;
}

export const findingLimit = 100;
