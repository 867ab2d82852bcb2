// The trail: one file with its log, tree and checkpoints. This class only joins the rooms (log, tree, replay); what each
// does stands there.
import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { hexToBytes, type Sha256, type SparseMerkleTree } from "@sealtrail/smt";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import { proveExtension, proveKeys } from "@sealtrail/smt/prover";
import { TreeDamageError, TreeStore } from "@sealtrail/smt/sqlite";
import type { EventSource } from "@sealtrail/sources/event";
import type { Genesis } from "@sealtrail/verify/event";
import { type EraseReport, type EraseTarget, erasable, erase } from "./erasure/erase.js";
import { activeHolds, type HoldTarget, type PlacedHold, placeHold, releaseHold } from "./erasure/holds.js";
import { prunable, prune, type RetentionPolicy, type RetentionReport } from "./erasure/retention.js";
import { storedForms } from "./event/id-forms.js";
import type { EventSink, PreparedEvent, TailPosition } from "./event/prepared.js";
import { contentOfColumn } from "./event/stored-content.js";
import { DedupeKeys } from "./ingest/dedupe.js";
import type { FileRecords } from "./ingest/known-file.js";
import { type Appended, Appender } from "./log/append.js";
import { type CallEvent, callEvents, openCallSequences, rebuildCalls } from "./log/calls.js";
import { TrailError } from "./log/errors.js";
import { createFile, type OpenedFile, openFile } from "./log/file.js";
import { FileTable } from "./log/files.js";
import { hourMs, readGenesis, type TrailRow, writeGenesis } from "./log/genesis.js";
import { keepKeyFile } from "./log/key-file.js";
import { hexOf, nativeSha256 } from "./log/native.js";
import { positionOf, setPosition } from "./log/positions.js";
import {
  countEvents,
  type EventMatch,
  eventById,
  eventByKeyAfter,
  eventBySequence,
  eventsByPrefix,
  firstOfHosts,
  listEvents,
  newestSequence,
  secretsOf,
  sessionsOf,
  toolEventsOf,
  typesOf,
} from "./log/query.js";
import { type Random, systemRandom } from "./log/random.js";
import { type Conversation, conversationsLately, type Degraded, degradedLately } from "./log/recent.js";
import { migrate } from "./log/schema.js";
import type { EventQuery, StoredEvent } from "./log/stored-event.js";
import { type SystemEvent, systemEvent } from "./log/system-event.js";
import type { VerifyReport } from "./replay/findings.js";
import { type VerifyOptions, verifyFile } from "./replay/verify.js";
import { predecessorOf } from "./restart/predecessor.js";
import type {
  CheckpointAnswer,
  CheckpointAt,
  ExtensionAnswer,
  FrozenEpoch,
  MultiproofAnswer,
  ProofAnswer,
  SessionChain,
  TrailStatus,
} from "./tree/answers.js";
import { Checkpointer, type CheckpointerOptions } from "./tree/checkpointer.js";
import { frozenEpochs, type SealedEpoch, sealedEpoch } from "./tree/epochs.js";
import { archiveOf, freezeMetadata, noteFrozen } from "./tree/freeze.js";
import { checkpointAt, proveKey, valueFor } from "./tree/prove.js";
import { type RebuildResult, rebuild } from "./tree/rebuild.js";
import { sessionChains } from "./tree/session-chain.js";
import { fileSizes, recentCounts, treeBytes, widerModes } from "./tree/status.js";
import { withTreeAt } from "./tree/versions.js";

/** Clock, randomness and limits of a trail. All have defaults. @public */
export interface TrailOptions {
  /** Milliseconds since 1970. */
  clock?: () => number;
  random?: Random;
  hash?: Sha256;
  /** Every append survives power loss, not only a crash: one fsync each. */
  durable?: boolean;
  /** Leaves that the tree may hold, two an event; no limit by default. Events are recorded all the same: what does not fit any
   * more is in the log, and `checkpoint` says so (TrailError `tree-full`), as does what must checkpoint first. */
  maxTreeSize?: number;
}

/** How a new trail is made. @public */
export interface CreateOptions extends TrailOptions {
  /** Default one hour. Part of genesis: never changed. */
  epochDurationMs?: number;
}

/** How an existing trail is opened. @public */
export interface OpenOptions extends TrailOptions {
  readOnly?: boolean;
  /** Milliseconds to wait for other processes' locks before `trail-busy`; 60,000 by default. */
  patienceMs?: number;
}

export interface ReplayProgress {
  /** The version's nodes were compacted away, and its leaves are being replayed. */
  onReplay?: (done: number, total: number) => void;
}

/** The version that a proof is made for. @public */
export interface ProveOptions extends ReplayProgress {
  /** Default: catch up, and the checkpoint of now. */
  at?: CheckpointAt;
}

/** A trail: one SQLite file with the log of events and the tree over it. @public */
export class Trail {
  readonly path: string;
  /** False where the file cannot be written, or was opened so: roots and proofs then come from the last checkpoint. */
  readonly writable: boolean;
  /** For the packages that keep their own tables in this file. @internal */
  readonly database: DatabaseSync;
  readonly #row: TrailRow;
  readonly #clock: () => number;
  readonly #random: Random;
  readonly #hash: Sha256;
  readonly #medium: boolean;
  readonly #inode: bigint;
  readonly #maxTreeSize: number;
  readonly #store: TreeStore;
  #appender: Appender | undefined;
  #catchUp: Checkpointer | undefined;
  #knownKey: StatementSync | undefined;
  #keys: DedupeKeys | undefined;

  /** Makes the file and opens it. Throws TrailError `trail-exists`. */
  static create(file: string, options: CreateOptions = {}): Trail {
    const { clock = Date.now, random = systemRandom, hash = nativeSha256, epochDurationMs = hourMs } = options;
    if (!Number.isSafeInteger(epochDurationMs) || epochDurationMs < 1) {
      throw new RangeError("epochDurationMs: a whole number of milliseconds expected");
    }
    createFile(file, random, (db) => {
      migrate(db, true);
      writeGenesis(db, { now: Math.floor(clock()), random, epochDurationMs, hash });
    });
    return Trail.open(file, options);
  }

  /** Throws TrailError: `trail-missing`, `not-a-trail`, `trail-newer`, `trail-older`, `trail-damaged`. */
  static open(file: string, options: OpenOptions = {}): Trail {
    const opened = openFile(file, options);
    try {
      migrate(opened.db, opened.writable);
      return new Trail(opened, options);
    } catch (error) {
      opened.db.close();
      throw error;
    }
  }

  private constructor(opened: OpenedFile, options: OpenOptions) {
    this.path = opened.path;
    this.writable = opened.writable;
    this.database = opened.db;
    this.#row = readGenesis(opened.db);
    this.#clock = options.clock ?? Date.now;
    this.#random = options.random ?? systemRandom;
    this.#hash = options.hash ?? nativeSha256;
    this.#medium = opened.medium;
    this.#inode = opened.inode;
    this.#maxTreeSize = options.maxTreeSize ?? Number.POSITIVE_INFINITY;
    if (this.writable) keepKeyFile(this.path, this.#row.dedupeSecret, systemRandom);
    if (!(this.#maxTreeSize >= 0)) throw new RangeError("maxTreeSize: a number of leaves expected");
    this.#store = new TreeStore(opened.db, { hash: this.#hash });
  }

  get genesis(): Genesis {
    return this.#row.genesis;
  }

  get machineId(): string {
    return this.#row.machineId;
  }

  /** For `prepare`: the key under which lines without identity get their dedupe key. Never exported, never printed. */
  get dedupeSecret(): Uint8Array {
    return this.#row.dedupeSecret;
  }

  // --- writing

  /** Up to 512 events are one transaction; what returned survives kill -9. Events with a known dedupe key are counted, not written. */
  append(events: readonly PreparedEvent[]): Appended {
    return this.#writer().append(events);
  }

  /** An event of the trail's own. */
  record(type: `system.${string}`, event: Omit<SystemEvent, "random">): Appended {
    return this.append([systemEvent(type, { ...event, random: this.#random })]);
  }

  /** A sink for `ingest`. The position in a file is stored in the same transaction as its events. */
  sink(): EventSink & { files: FileRecords } {
    const files = new FileTable(this.database, this.#row.dedupeSecret);
    return {
      append: (events, position) =>
        this.#writer().append(events, position === undefined ? {} : { also: () => files.save(position) }),
      knows: (dedupe) => {
        this.#knownKey ??= this.database.prepare("SELECT 1 FROM dedupe WHERE key = ?");
        return this.#knownKey.get(dedupe) !== undefined;
      },
      toolEvents: (source, session, after) => toolEventsOf(this.database, source, session, after),
      files,
    };
  }

  /** For a short process that looks into a file: the position is stored in the same transaction as the events. */
  tail(input: string): {
    append(events: readonly PreparedEvent[], position: TailPosition): Appended;
    position(): TailPosition | undefined;
  } {
    const keys = this.#dedupeKeys();
    return {
      append: (events, position) =>
        this.#writer().append(events, { also: () => setPosition(this.database, keys, input, position) }),
      position: () => positionOf(this.database, keys, input),
    };
  }

  // --- reading

  /** Events that match, oldest first, read as they are taken. Throws RangeError naming a bad filter. */
  events(query: EventQuery = {}): Generator<StoredEvent, void, undefined> {
    return listEvents(this.database, query);
  }

  /** How many events match; `last` is not looked at. Throws RangeError naming a bad filter. */
  count(query: EventQuery = {}): number {
    return countEvents(this.database, query);
  }

  /** The types that events have, in order. Reads every event. */
  types(): string[] {
    return typesOf(this.database);
  }

  /** Session ids that begin with `prefix`, in order, at most `most`. */
  sessions(prefix = "", most = 1000): string[] {
    return sessionsOf(this.database, prefix, most);
  }

  /** Ids under which events of a host's session are on record: the id that the host gave, or the digest in the place of one that
   * holds a secret or is too long. Both where the patterns for secrets changed between events. */
  recordedSessions(id: string): string[] {
    return storedForms(id, this.dedupeSecret).filter((form) => this.sessions(form, 1)[0] === form);
  }

  /** Events whose id, raw or censored key begins with these hex digits, at most `most`. Reads every event. */
  eventsBeginning(prefix: string, most = 10): EventMatch[] {
    return eventsByPrefix(this.database, prefix, most);
  }

  /** By sequence, by id, or by raw or censored key (64 hex digits). */
  event(reference: number | string): StoredEvent | undefined {
    if (typeof reference === "number") return eventBySequence(this.database, reference);
    return reference.length === 64 ? this.#eventByKey(hexToBytes(reference)) : eventById(this.database, reference);
  }

  /** The events of a tool call: that it was asked for, and how it ended, where that is on record. Of calls that were given one
   * id, the newest. */
  call(
    source: EventSource,
    sessionId: string | undefined,
    toolCallId: string,
  ): { asked?: CallEvent; outcome?: CallEvent } {
    return callEvents(this.database, this.#dedupeKeys().ofCall(source, sessionId, toolCallId));
  }

  /**
   * The events that asked for a tool call of which no outcome is on record, oldest first. Fast with source and session;
   * otherwise the whole table of calls is read.
   */
  *openCalls(filter: { source?: EventSource; sessionId?: string } = {}): Generator<StoredEvent, void, undefined> {
    const { source, sessionId } = filter;
    const session =
      source === undefined || sessionId === undefined ? undefined : this.#dedupeKeys().ofSession(source, sessionId);
    for (const sequence of openCallSequences(this.database, session)) {
      const event = this.event(sequence);
      if (event === undefined || (source !== undefined && event.source !== source)) continue;
      // Where the id was masked or cut, the event holds another text than the host's id.
      if (session === undefined && sessionId !== undefined && event.sessionId !== sessionId) continue;
      yield event;
    }
  }

  /** Sequence of the newest event, 0 for none. */
  get lastSequence(): number {
    return newestSequence(this.database);
  }

  /** When the first event of a host after `sequence` was recorded, ISO 8601; of those that still have their payload, if asked for. */
  firstOfHosts(sequence: number, { withPayload = false } = {}): string | undefined {
    return firstOfHosts(this.database, sequence, withPayload);
  }

  /** `system.degraded` events among the newest 10,000 events. */
  degradedLately(): Degraded[] {
    return degradedLately(this.database, this.lastSequence);
  }

  /** Tool calls and prompts of each agent host in the last 24 hours, among the newest 10,000 events. */
  conversations(): Conversation[] {
    return conversationsLately(this.database, this.lastSequence, this.#clock());
  }

  /** The content as stored (redacted, capped); undefined where there is none, or none any more. */
  content(sequence: number): Uint8Array | undefined {
    const row = secretsOf(this.database, sequence);
    return row?.content === undefined ? undefined : contentOfColumn(row.content, row.contentSalt);
  }

  /** The secret that a disclosure of content shows; `saltOf` makes of it the one that a raw disclosure shows. Undefined once destroyed. */
  contentSalt(sequence: number): Uint8Array | undefined {
    return secretsOf(this.database, sequence)?.contentSalt;
  }

  // --- tree

  /** Catches up and checkpoints what is in the log; undefined for an empty log. Throws TrailError `tree-full` where `maxTreeSize`
   * leaves some of it out, having checkpointed the rest. Where nothing can be written, the last checkpoint. */
  checkpoint(options: Partial<CheckpointerOptions> = {}): CheckpointAnswer | undefined {
    if (!this.writable) return this.#answer(this.#store.newest());
    this.#catchUp ??= new Checkpointer(this.database, this.#row, this.#store, this.#hash, this.#maxTreeSize);
    const checkpoint = this.#catchUp.run({ clock: this.#clock, ...options });
    return checkpoint === undefined ? undefined : { checkpoint, current: true };
  }

  /** The checkpoint that `at` names; undefined where there is none. Throws RangeError on what names none at all. */
  checkpointAt(at: CheckpointAt): CheckpointAnswer | undefined {
    return this.#answer(checkpointAt(this.#store, at));
  }

  /** The oldest checkpoint that covers the event. */
  covering(sequence: number): Checkpoint | undefined {
    return this.#store.covering(sequence);
  }

  /** Every checkpoint, oldest first. */
  checkpoints(): Iterable<Checkpoint> {
    return this.#store.all();
  }

  /** Inclusion where `key` is a raw or censored key of the log, else exclusion; against the checkpoint of now, or `at`.
   * Undefined where there is no such checkpoint. Throws TreeDamageError or TrailError `trail-damaged` rather than prove what
   * is not so. */
  prove(key: Uint8Array, options: ProveOptions = {}): ProofAnswer | undefined {
    const answer = this.#checkpointFor(options);
    if (answer === undefined) return undefined;
    const { checkpoint } = answer;
    return this.#withTree(checkpoint, options, (tree) => ({
      ...proveKey(this.database, this.#store, tree, key, checkpoint, this.#hash),
      ...answer,
    }));
  }

  /** Many keys in one proof, at most 20,000; each present or absent. */
  proveMany(keys: readonly Uint8Array[], options: ProveOptions = {}): MultiproofAnswer | undefined {
    const answer = this.#checkpointFor(options);
    if (answer === undefined) return undefined;
    return this.#withTree(answer.checkpoint, options, (tree) => ({
      multiproof: proveKeys(tree.reader(), keys, valueFor(this.database, this.#store, tree, this.#hash)),
      ...answer,
    }));
  }

  /** That the tree at `newer` holds everything that it held at `older`, unchanged. Undefined where one is no checkpoint.
   * Throws RangeError where `older` is the newer one. */
  proveExtension(older: CheckpointAt, newer: CheckpointAt, options: ReplayProgress = {}): ExtensionAnswer | undefined {
    const [a, b] = [checkpointAt(this.#store, older), checkpointAt(this.#store, newer)];
    if (a === undefined || b === undefined) return undefined;
    if (a.version > b.version) throw new RangeError("older: a later checkpoint than newer");
    const extension = this.#withTree(a, options, (old) =>
      this.#withTree(b, options, (now) => proveExtension(old.reader(), now.reader())),
    );
    return { extension, older: a, newer: b };
  }

  /** One chain for each source that used the session id, up to the newest checkpoint; empty where none did. Writes nothing. */
  sessionChain(sessionId: string): SessionChain[] {
    const answer = this.#answer(this.#store.newest());
    if (answer === undefined) return [];
    return this.#withTree(answer.checkpoint, {}, (tree) =>
      sessionChains({ db: this.database, store: this.#store, tree, hash: this.#hash, ...answer }, sessionId),
    );
  }

  // --- epochs

  /** An epoch that has ended; undefined for the open one. Writes nothing, so it knows what checkpoints show. */
  epoch(epoch: number): SealedEpoch | undefined {
    return sealedEpoch(this.database, this.#store, epoch);
  }

  /** Epochs that have ended and are not frozen, oldest first; with `olderThanMs`, those whose last event is at least so old. */
  freezableEpochs(options: { olderThanMs?: number } = {}): SealedEpoch[] {
    const before = new Date(this.#clock() - (options.olderThanMs ?? 0)).toISOString();
    const found: SealedEpoch[] = [];
    const frozen = new Set(frozenEpochs(this.database));
    const open = this.#store.newest()?.epoch ?? 0;
    for (let n = 0; n < open; n++) {
      if (frozen.has(n)) continue;
      const epoch = this.epoch(n);
      if (epoch === undefined) continue;
      const last = this.event(epoch.lastSequence);
      if (options.olderThanMs === undefined || (last !== undefined && last.createdAt <= before)) found.push(epoch);
    }
    return found;
  }

  /** The epoch's archive, line by line without line ends. Take all of them before the epoch is frozen, or after: the same. */
  archive(epoch: SealedEpoch): Generator<string> {
    return archiveOf(this.#context(), epoch);
  }

  /** Puts the freezing on record, once, and drops the superseded nodes of the epoch. Breaking off and doing it again is safe. */
  freeze(epoch: SealedEpoch): FrozenEpoch {
    const { sealed, firstSequence, lastSequence } = epoch;
    const writer = this.#writer();
    const n = epoch.epoch;
    const isFrozen = () => this.epoch(n)?.frozen === true;
    let recorded = false;
    if (!isFrozen()) {
      const event = { description: `epoch ${n} frozen`, metadata: freezeMetadata(epoch), random: this.#random };
      const noted = writer.append([systemEvent("system.freeze", event)], {
        unless: isFrozen,
        also: (sequence) => {
          noteFrozen(this.database, n, sequence);
          this.#store.noteCompaction(n);
        },
      });
      recorded = noted.added > 0;
    }
    return {
      epoch: n,
      root: sealed.root,
      firstSequence,
      lastSequence,
      recorded,
      nodesDropped: this.#store.compact([n]),
    };
  }

  /** Makes the tree anew from the log and puts it in place of the stored one, if every checkpointed root comes out; and the
   * table of tool calls. */
  rebuild(onProgress?: (done: number, total: number) => void): RebuildResult {
    const writer = this.#writer();
    this.#catchUp = undefined;
    const keys = this.#dedupeKeys();
    rebuildCalls(
      this.database,
      (source, session, id) => keys.ofCall(source, session, id),
      (work) => writer.transaction(work),
    );
    return rebuild(this.#context(), onProgress);
  }

  // --- erasure

  /** What `erase` would do, without doing it. Throws RangeError naming a sequence that is none. */
  erasable(target: EraseTarget): ReturnType<typeof erasable> {
    return erasable(this.database, target);
  }

  /** Destroys salts, contents and everything else that says what the events said; their leaves and every proof stay. What it
   * cannot reach: exports, sinks, the host's own transcripts, backups. `reason` goes into the log. */
  erase(target: EraseTarget, options: { reason?: string } = {}): EraseReport {
    return erase(this.#destroying(), target, { reason: options.reason, cover: () => this.checkpoint() });
  }

  /** What `prune` would take now, by each rule, and how many events only a hold keeps. */
  prunable(policy: RetentionPolicy): ReturnType<typeof prunable> {
    return prunable(this.database, policy, this.#clock());
  }

  /** Destroys the payloads that the policy no longer keeps, as `erase` does; says so in the log. */
  prune(policy: RetentionPolicy): RetentionReport {
    return prune(this.#destroying(), policy, { now: this.#clock(), cover: () => this.checkpoint() });
  }

  /** Legal holds in force. */
  holds(): PlacedHold[] {
    return activeHolds(this.database);
  }

  /** Keeps a session, or a range of sequences, from being erased or pruned. Throws RangeError where there is nothing to hold. */
  hold(target: HoldTarget, options: { reason?: string } = {}): PlacedHold {
    return placeHold(this.#destroying(), target, options.reason);
  }

  /** Returns the sequence of the event that says so; undefined where no such hold is in force. */
  release(id: string, options: { reason?: string } = {}): number | undefined {
    return releaseHold(this.#destroying(), id, options.reason);
  }

  // --- health

  /** Read in a moment, whatever the size: no replay, no scan. Writes nothing. */
  status(): TrailStatus {
    const db = this.database;
    const head = db.prepare("SELECT sequence, rawKey FROM head WHERE id = 1").get() as
      | { sequence: number; rawKey: Uint8Array }
      | undefined;
    const lastSequence = this.lastSequence;
    const last = this.event(lastSequence);
    const first = this.event(1);
    const checkpoint = this.#store.newest();
    const begun = predecessorOf(db);
    const recent = recentCounts(db, lastSequence);
    return {
      path: this.path,
      writable: this.#medium,
      tree: {
        tree: this.genesis.tree,
        ...(checkpoint === undefined ? {} : { checkpoint }),
        checkpoints: checkpoint?.version ?? 0,
        eventsAfter: lastSequence - (checkpoint?.lastSequence ?? 0),
        epoch: last?.epoch ?? 0,
        frozenEpochs: frozenEpochs(db),
        nodeBytes: treeBytes(db),
      },
      events: lastSequence,
      lastSequence,
      ...(first === undefined ? {} : { firstEventAt: first.createdAt }),
      ...(last === undefined ? {} : { lastEventAt: last.createdAt }),
      machineId: this.machineId,
      createdAt: this.genesis.createdAt,
      ...fileSizes(db, this.path),
      widerModes: widerModes(this.path),
      countedEvents: recent.over,
      bySource: recent.bySource,
      byCategory: recent.byCategory,
      restartedUnaccepted: begun !== undefined && begun.acceptedAt === undefined,
      headMatches: head?.sequence === lastSequence && (last === undefined || hexOf(head.rawKey) === last.rawHash),
    };
  }

  /** Replays the whole log against chain, head, tree, checkpoints and what the caller knows. Writes nothing. */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    const input = { db: this.database, trail: this.#row, store: this.#store, hash: this.#hash, now: this.#clock() };
    return verifyFile(input, this.path, options);
  }

  close(): void {
    this.database.close();
  }

  #writer(): Appender {
    if (!this.writable) throw new TrailError("trail-read-only", `${this.path} cannot be written`);
    if (statSync(this.path, { throwIfNoEntry: false, bigint: true })?.ino !== this.#inode) {
      throw new TrailError("trail-replaced", `${this.path} was set aside, replaced or removed while it was open`);
    }
    this.#appender ??= new Appender(this.database, this.#row, {
      clock: this.#clock,
      random: this.#random,
      hash: this.#hash,
    });
    return this.#appender;
  }

  #dedupeKeys(): DedupeKeys {
    this.#keys ??= new DedupeKeys(this.#row.dedupeSecret);
    return this.#keys;
  }

  #destroying() {
    return { db: this.database, writer: this.#writer(), random: this.#random };
  }

  #answer(checkpoint: Checkpoint | undefined): CheckpointAnswer | undefined {
    if (checkpoint === undefined) return undefined;
    return { checkpoint, current: (this.#store.newest()?.lastSequence ?? 0) >= this.lastSequence };
  }

  #checkpointFor({ at }: ProveOptions): CheckpointAnswer | undefined {
    return at === undefined ? this.checkpoint() : this.checkpointAt(at);
  }

  #withTree<T>(checkpoint: Checkpoint, options: ReplayProgress, work: (tree: SparseMerkleTree) => T): T {
    return withTreeAt({ ...this.#context(), ...options }, checkpoint, work);
  }

  #context() {
    return { db: this.database, genesis: this.genesis, store: this.#store, hash: this.#hash };
  }

  /** The tree knows where an event stands; what is too new for it is looked for in the rows. */
  #eventByKey(key: Uint8Array): StoredEvent | undefined {
    const newest = this.#store.newest();
    let after = newest?.lastSequence ?? 0;
    if (newest !== undefined) {
      try {
        const tag = this.#withTree(newest, {}, (tree) => tree.find(key))?.tag;
        if (tag !== undefined) return eventBySequence(this.database, Math.ceil(tag / 2));
      } catch (error) {
        if (!(error instanceof TreeDamageError)) throw error;
        after = 0;
      }
    }
    return eventByKeyAfter(this.database, key, after);
  }
}
