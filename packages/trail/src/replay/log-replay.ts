// The log read once from the first row to the last: each row against its keys, its place and the row before it.
// What it finds goes to `report`; what the tree needs goes to `roots`.
import type { DatabaseSync } from "node:sqlite";
import { bytesToHex, type Sha256 } from "@sealtrail/smt";
import type { JsonObject } from "@sealtrail/smt/formats";
import { TreeStore } from "@sealtrail/smt/sqlite";
import { eventType } from "@sealtrail/sources/event";
import { epochAfter, genesisHash } from "@sealtrail/verify/event";
import { type ErasureFault, ErasureTracker, SessionChains, sessionName } from "@sealtrail/verify/log";
import type { TrailRow } from "../log/genesis.js";
import { hexOf } from "../log/native.js";
import { Freezes } from "./derived.js";
import { isDestroyed, remainsOf } from "./destroyed.js";
import { diagnose, namedByNext } from "./diagnose.js";
import type { Finding } from "./findings.js";
import type { LogTree } from "./roots.js";
import { isCanonicalObject, keysOf, type ReadEvent, readEvent, same, wrongBesideKeys } from "./row-check.js";
import { type ColumnName, hiddenIn, type Row, rowsAfter } from "./rows.js";

export interface LogReplayOptions {
  db: DatabaseSync;
  trail: TrailRow;
  hash: Sha256;
  roots: LogTree;
  report: (finding: Finding) => void;
  /** False once so many findings stand that no more detail is wanted. */
  wantsDetail: () => boolean;
  onRow?: (sequence: number) => void;
}

export class LogReplay {
  readonly #o: LogReplayOptions;
  /** Raw key of the row before, hex; undefined behind a gap. */
  #previous: string | undefined;
  #place: { epoch: number; timestamp: number } | undefined;
  /** A destroyed event belongs to the session that it follows. */
  readonly #chains = new SessionChains();
  /** After a gap, a session's predecessor may have been in it. */
  #gap = false;
  readonly #epochs = new Map<number, number>();
  readonly #wantedEpochs: ReadonlySet<number>;
  /** Raw keys of the rows whose payload is gone. */
  readonly #goneKeys = new Set<string>();
  readonly erasures: ErasureTracker;
  readonly freezes = new Freezes();
  /** How many events each coalesced one stands for. */
  readonly coalesced = new Map<number, number>();
  /** Events of the trail's own that never have a dedupe key, ascending. */
  readonly keyless: number[] = [];
  /** Rows that failed in a way that one change of `machineId` would explain. */
  #unexplained = 0;
  rows = 0;
  lastSequence = 0;
  genesisStands = true;

  constructor(options: LogReplayOptions, wantedEpochs: ReadonlySet<number>) {
    this.#o = options;
    this.#wantedEpochs = wantedEpochs;
    this.#previous = bytesToHex(genesisHash(options.trail.genesis, options.hash));
    const rawKey = options.db.prepare("SELECT rawHash FROM events WHERE sequence = ?");
    this.erasures = new ErasureTracker({
      hash: options.hash,
      find: (fault, sequence, by) => options.report(erasureFinding(fault, sequence, by)),
      rawHashOf: (sequence) => {
        const row = rawKey.get(sequence);
        return row?.rawHash instanceof Uint8Array ? hexOf(row.rawHash) : undefined;
      },
    });
  }

  run(): void {
    const { db, roots, report, onRow } = this.#o;
    // Below every integer that SQLite holds.
    for (const row of rowsAfter(db, -1e19)) {
      const n = row.sequence;
      this.rows++;
      // Leaf 2n must be a number too.
      if (typeof n !== "number" || n < 1 || !Number.isSafeInteger(2 * n)) {
        report({ kind: "row-inserted", sequence: Number(n), detail: `a row stands at sequence ${n}` });
        continue;
      }
      if (n > this.lastSequence + 1) this.#skip(this.lastSequence + 1, n - 1);
      this.#row(row, n);
      this.lastSequence = n;
      roots.passed(n);
      if (this.#wantedEpochs.has(n) && this.#place !== undefined) this.#epochs.set(n, this.#place.epoch);
      onRow?.(n);
    }
  }

  /** Raw key of the last row as the log has it, hex; genesis of an empty one. */
  get lastKey(): string | undefined {
    return this.#previous;
  }

  epochAt(sequence: number): number | undefined {
    return this.#epochs.get(sequence);
  }

  /** Every row fails, each in a way that another machine id would explain, and everything else holds. */
  get everyRowUnexplained(): boolean {
    return this.rows > 1 && this.#unexplained + this.erasures.count === this.rows;
  }

  #skip(first: number, last: number): void {
    const rows = first === last ? `event ${first} is` : `events ${first} to ${last} are`;
    this.#o.report({ kind: "row-missing", sequence: first, detail: `${rows} missing` });
    this.#o.roots.incomplete();
    this.#previous = undefined;
    this.#place = undefined;
    this.#gap = true;
    this.#chains.forgetNewest();
  }

  #row(row: Row, n: number): void {
    if (isDestroyed(row)) {
      this.#destroyed(row, n);
      return;
    }
    const event = readEvent(row);
    if ("column" in event) {
      this.#unreadable(row, n, event.column);
      return;
    }
    const { trail, hash, report } = this.#o;
    const own = this.#previous ?? hexOf(event.previousHash);
    const computed = keysOf(event, own, trail.machineId, hash);
    let raw = computed.raw;
    let stands = true;
    let sound = false;
    if (same(computed.raw, event.rawHash)) {
      if (hexOf(event.previousHash) !== own) this.#altered(n, "previousHash");
      const column = wrongBesideKeys(event, hash) ?? hiddenIn(this.#o.db, row);
      if (column !== undefined) this.#altered(n, column);
      if (!same(computed.censored, event.censoredHash)) this.#altered(n, "censoredHash");
      sound = column === undefined;
    } else {
      const diagnosis = this.#diagnose(event, own, computed);
      raw = diagnosis.raw;
      stands = diagnosis.hashesStand;
      for (const finding of diagnosis.findings) {
        // The first row's predecessor is the genesis hash: where only that does not fit, the trail's own row was changed.
        if (n === 1 && finding.kind === "chain-broken") {
          this.genesisStands = false;
          report({ kind: "genesis-altered", detail: "the trail's own row is not what the first event commits to" });
        } else report(finding);
      }
      // Where the censored key does not fit either, id or time are doubtful, and the leaves' records with them.
      if ((!stands && !same(raw, computed.raw)) || !same(computed.censored, event.censoredHash)) {
        this.#o.roots.incomplete();
      }
    }
    const intact = same(event.rawHash, computed.raw);
    if (sound && event.source === "sealtrail") {
      const metadata = JSON.parse(event.metadata) as JsonObject;
      this.erasures.said(event.type, n, event.timestamp, metadata);
      if (event.type === "system.freeze") this.freezes.add(n, metadata);
      if (eventType(event.type).decides) this.keyless.push(n);
    }
    if (event.metadata.startsWith('{"coalesced":true,')) this.#coalesces(n, event.metadata);
    this.#follow(event, n, raw, intact ? computed.censored : event.censoredHash, intact);
  }

  #coalesces(n: number, metadata: string): void {
    if (!isCanonicalObject(metadata)) return;
    const { count } = JSON.parse(metadata) as JsonObject;
    if (typeof count === "number") this.coalesced.set(n, count);
  }

  /** A row without its payload: its keys can no longer be computed, so the next row and the tree must vouch for them. */
  #destroyed(row: Row, n: number): void {
    const { db, trail, hash, report } = this.#o;
    const remains = remainsOf(row, hash);
    if ("column" in remains) {
      if (remains.left) {
        const { column } = remains;
        report({
          kind: "unauthorized-erasure",
          sequence: n,
          column,
          detail: `event ${n}: marked as erased, and ${column} is left`,
        });
      }
      const named = namedByNext(db, n);
      if (named !== undefined) {
        const rawHash = hexOf(named);
        this.erasures.destroyed(n, { rawHash, firstEvent: rawHash, timestamp: Number.NEGATIVE_INFINITY });
      }
      this.#unreadable(row, n, remains.left ? undefined : remains.column);
      return;
    }
    const hidden = hiddenIn(db, row);
    if (hidden !== undefined) this.#altered(n, hidden);
    let named = namedByNext(db, n);
    if (named !== undefined && !same(named, remains.rawHash)) {
      // One of the two rows was altered. Where the tree knows this one's key, it is the next one, which is told there.
      if (this.#isLeaf(remains.rawHash, n)) named = undefined;
      else this.#altered(n, "rawHash");
    }
    if (this.#previous !== undefined && hexOf(remains.previousHash) !== this.#previous)
      this.#altered(n, "previousHash");
    const raw = named ?? remains.rawHash;
    const rawHash = hexOf(raw);
    // After a row that cannot be read, the epoch is known from the row's own column only.
    const counted = this.genesisStands && (this.#place !== undefined || n === 1);
    let { epoch } = remains;
    if (counted) {
      epoch = epochAfter(this.#place, remains.timestamp, trail.genesis.epochDurationMs);
      if (epoch !== remains.epoch) this.#altered(n, "epoch");
    }
    const place = {
      sequence: n,
      id: remains.id,
      timestamp: remains.timestamp,
      epoch,
      chainPrev: remains.chainPrev === null ? null : hexOf(remains.chainPrev),
      rawHash,
      censoredHash: hexOf(remains.censoredHash),
    };
    this.#o.roots.add(place, raw, remains.censoredHash);
    this.#place = { epoch, timestamp: remains.timestamp };
    this.#previous = rawHash;
    this.#goneKeys.add(rawHash);
    const session = place.chainPrev === null ? undefined : this.#chains.sessionOf(place.chainPrev);
    if (session !== undefined) this.#chains.extend(session, rawHash);
    const firstEvent = this.#chains.firstOf(place.chainPrev, rawHash);
    this.erasures.destroyed(n, { rawHash, firstEvent, timestamp: remains.timestamp });
    this.erasures.passed(remains.timestamp);
  }

  /** Place in the log: epoch, session chain, leaves. What does not fit is reported; what goes on is what should be there. */
  #follow(event: ReadEvent, n: number, raw: Uint8Array, censored: Uint8Array, intact: boolean): void {
    const { trail, roots } = this.#o;
    const rawHash = hexOf(raw);
    let { epoch } = event;
    if (this.genesisStands && (this.#place !== undefined || n === 1)) {
      epoch = epochAfter(this.#place, event.timestamp, trail.genesis.epochDurationMs);
      if (epoch !== event.epoch) this.#altered(n, "epoch");
    }
    const chainPrev = this.#chain(event, n, rawHash, intact);
    const place = {
      sequence: n,
      id: event.id,
      timestamp: event.timestamp,
      epoch,
      chainPrev,
      rawHash,
      censoredHash: hexOf(censored),
    };
    roots.add(place, raw, censored);
    if (event.sessionId !== null) this.#chains.firstOf(chainPrev, rawHash);
    this.erasures.passed(event.timestamp);
    this.#place = { epoch, timestamp: event.timestamp };
    this.#previous = rawHash;
  }

  /** The raw key that this event's `chainPrev` must be; the event becomes its session's newest. */
  #chain(event: ReadEvent, n: number, rawHash: string, intact: boolean): string | null {
    const told = event.chainPrev === null ? null : hexOf(event.chainPrev);
    if (!intact) {
      // Its session may be what was altered: the chain that it continues is the better witness.
      const continued = told === null ? undefined : this.#chains.sessionOf(told);
      this.#chains.extend(continued ?? sessionName(event.source, event.sessionId ?? ""), rawHash);
      return told;
    }
    let expected: string | null = null;
    if (event.sessionId !== null) {
      const name = sessionName(event.source, event.sessionId);
      const known = this.#chains.newest(name);
      // Where all earlier events of the session were destroyed, no row says which events those were. Whether this one followed
      // one of them is confirmed by the tree.
      const mayFollow =
        told !== null && (this.#gap || (this.#goneKeys.has(told) && this.#chains.sessionOf(told) === undefined));
      expected = known ?? (mayFollow ? told : null);
      this.#chains.extend(name, rawHash);
    }
    if (told !== expected) this.#altered(n, "chainPrev");
    return expected;
  }

  #diagnose(event: ReadEvent, own: string, computed: { raw: Uint8Array; censored: Uint8Array }) {
    const { db, trail, hash, wantsDetail } = this.#o;
    const diagnosis = wantsDetail()
      ? diagnose(db, event, own, computed, trail.machineId, hash)
      : {
          findings: [{ kind: "row-altered", sequence: event.sequence, detail: "" } satisfies Finding],
          hashesStand: true,
          raw: event.rawHash,
        };
    const only = diagnosis.findings[0];
    if (only?.kind === "row-altered" && only.column === undefined && same(computed.censored, event.censoredHash)) {
      this.#unexplained++;
    }
    return diagnosis;
  }

  /** A cell of another type or shape than any event has. */
  #unreadable(row: Row, n: number, column: ColumnName | undefined): void {
    if (column !== undefined) this.#altered(n, column);
    this.#o.roots.incomplete();
    const named = namedByNext(this.#o.db, n);
    const raw = row.rawHash instanceof Uint8Array ? row.rawHash : undefined;
    const key = named ?? raw;
    this.#previous = key === undefined ? undefined : hexOf(key);
    this.#gap = true;
    this.#chains.forgetNewest();
    this.#place = undefined;
  }

  #isLeaf(rawHash: Uint8Array, n: number): boolean {
    const { db, hash, wantsDetail } = this.#o;
    if (!wantsDetail()) return false;
    try {
      return new TreeStore(db, { hash }).open().find(rawHash)?.tag === 2 * n - 1;
    } catch {
      return false; // damage of the tree is told by who walks it
    }
  }

  #altered(n: number, column: ColumnName): void {
    this.#o.report({
      kind: "row-altered",
      sequence: n,
      column,
      detail: `event ${n}: ${column} is not what the log commits to`,
    });
  }
}

function erasureFinding(fault: ErasureFault, sequence: number, by?: number): Finding {
  const detail = `event ${sequence}: ${ERASURE_DETAIL[fault].replace("#", `${by}`)}`;
  const isForged =
    fault !== "destroyed-under-hold" && fault !== "pruned-too-early" && fault !== "pruned-by-clock-ahead";
  const kind = isForged ? "unauthorized-erasure" : fault === "destroyed-under-hold" ? fault : "pruned-too-early";
  return { kind, sequence, detail };
}

/** "#" stands for the event that answers. */
const ERASURE_DETAIL: Record<ErasureFault, string> = {
  unanswered: "its payload is gone, and no event says why",
  "not-destroyed": "event # says that its payload is destroyed, and not all of it is",
  "other-keys": "it names other raw keys than those of the events that it says it destroyed",
  "too-many": "events say of far more rows than are gone that they were destroyed",
  "destroyed-under-hold": "its payload was destroyed while a hold kept it",
  "pruned-too-early": "pruned before the rule of event # allowed it",
  "pruned-by-clock-ahead": "pruned before the rule of event # allowed it: the clock ran ahead of later events",
};
