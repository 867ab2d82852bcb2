// What a trail answers about its tree. Types only.

import type { ExtensionProof, Multiproof, Proof } from "@sealtrail/smt";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import type { LeafRecord } from "@sealtrail/smt/record";
import type { StoredEvent } from "../log/stored-event.js";

/** Which checkpoint: by version, by root (hex), by the sequence that it must cover (the oldest that does), or by time
 * (the newest made at or before it, ISO 8601). */
export type CheckpointAt = { version: number } | { root: string } | { sequence: number } | { time: string };

/** A checkpoint, and whether it covers the whole log. @public */
export interface CheckpointAnswer {
  checkpoint: Checkpoint;
  /** False where the file cannot be written and the log has gone on since: this is the last checkpoint, and must be said to be. */
  current: boolean;
}

export interface ProofAnswer extends CheckpointAnswer {
  /** Carries its leaf's `record` when it shows inclusion, and `context`. */
  proof: Proof;
  /** Of an inclusion: the event that the leaf belongs to. */
  event?: StoredEvent;
}

export interface MultiproofAnswer extends CheckpointAnswer {
  multiproof: Multiproof;
}

export interface ExtensionAnswer {
  extension: ExtensionProof;
  older: Checkpoint;
  newer: Checkpoint;
}

export interface FrozenEpoch {
  epoch: number;
  /** Sealed root, hex. */
  root: string;
  firstSequence: number;
  lastSequence: number;
  /** False where it was frozen before, and only what an interrupted freeze left was compacted. */
  recorded: boolean;
  /** Superseded nodes that were dropped. */
  nodesDropped: number;
}

export type ChainCode =
  /** The session's events are all newer than the newest checkpoint: they have no leaves yet. */
  | "not-checkpointed"
  /** An event names as its predecessor a raw key that is no leaf of the tree. */
  | "chain-gap"
  /** Events of the session that the walk back from its newest does not meet. */
  | "chain-fork"
  /** A leaf is not in the tree, or its record is not the row's. */
  | "leaf-mismatch";

/** One link of a session's chain, oldest first. `destroyed` events have no session any more; their links stay. */
export interface ChainLink {
  event: StoredEvent;
  /** Raw leaf's key, hex. */
  key: string;
  record: LeafRecord;
}

/** The events of one session and one source. Two sources that use the same session id make two chains. */
export interface SessionChain extends CheckpointAnswer {
  sessionId: string;
  source: string;
  links: ChainLink[];
  /** Complete to this key at the checkpoint's root: nothing is missing between the session's first event and it. Whether
   * more follow, or a fork exists, takes a replay of the log. */
  verdict: { ok: true; completeTo: string } | { ok: false; code: ChainCode; sequence?: number };
}

export interface TreeStatus {
  tree: string;
  /** The newest checkpoint; absent before the first. */
  checkpoint?: Checkpoint;
  checkpoints: number;
  /** Events in the log after the newest checkpoint. */
  eventsAfter: number;
  /** Epoch of the newest event. */
  epoch: number;
  frozenEpochs: number[];
  /** Bytes that the stored nodes take at most. */
  nodeBytes: number;
}

/** The state of a trail. @public */
export interface TrailStatus {
  path: string;
  /** Whether file and folder let themselves be written, however this trail was opened. */
  writable: boolean;
  tree: TreeStatus;
  events: number;
  lastSequence: number;
  firstEventAt?: string;
  lastEventAt?: string;
  machineId: string;
  createdAt: string;
  /** Bytes on disk: the file, its WAL, and pages free inside it. */
  fileBytes: number;
  walBytes: number;
  freeBytes: number;
  /** Octal modes wider than 0600 / 0700, by path; empty when all is well. */
  widerModes: { path: string; mode: string }[];
  /** How many of the newest events the two counts below are over: all of a small trail. */
  countedEvents: number;
  bySource: { source: string; events: number; lastAt: string }[];
  byCategory: { category: string; events: number }[];
  /** Stands in for a lost trail and was not accepted: unhealthy. */
  restartedUnaccepted: boolean;
  /** Damage that is seen without a replay: head and newest row disagree. */
  headMatches: boolean;
}
