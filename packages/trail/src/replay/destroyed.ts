// Rows whose payload was erased or pruned (formats.md, section 2): what may be left of them, and the events in the log that
// must answer for each.
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { isTimestamp, type JsonObject, type Sha256, uuidV7 } from "@sealtrail/smt";
import { eachRow } from "@sealtrail/smt/sqlite";
import {
  type Claim,
  censoredKey,
  claimIn,
  clockGraceMs,
  Held,
  type Hold,
  holdIn,
  mayGo,
  type Range,
  releaseIn,
} from "@sealtrail/verify/event";
import { chainsFrom } from "../erasure/chains.js";
import type { Finding } from "./findings.js";
import { same } from "./row-check.js";
import type { ColumnName, Row } from "./rows.js";

/** What stays of an event. */
export interface Remains {
  sequence: number;
  id: string;
  timestamp: number;
  epoch: number;
  chainPrev: Uint8Array | null;
  rawHash: Uint8Array;
  censoredHash: Uint8Array;
  previousHash: Uint8Array;
}

const destroyedColumns = [
  "occurredAt",
  "source",
  "sessionId",
  "agentId",
  "runId",
  "userId",
  "orgId",
  "description",
  "metadata",
  "contentHash",
  "contentLength",
  "content",
  "contentSalt",
] as const satisfies ColumnName[];

/** No event with its payload lacks any of these. */
export function isDestroyed(row: Row): boolean {
  return row.metadata === null || row.contentSalt === null || row.description === null || row.source === null;
}

/** What stays, if it is all there and nothing else is; else the first column that is wrong, or is left. */
export function remainsOf(row: Row, hash: Sha256): Remains | { column: ColumnName; left: boolean } {
  for (const column of destroyedColumns) if (row[column] !== null) return { column, left: true };
  const wrong = (column: ColumnName) => ({ column, left: false });
  const { sequence, id, createdAt, type, category, rawHash, censoredHash, previousHash, chainPrev } = row;
  if (typeof id !== "string" || !uuidV7.test(id)) return wrong("id");
  if (!isTimestamp(createdAt)) return wrong("createdAt");
  if (typeof type !== "string") return wrong("type");
  if (typeof category !== "string" || !type.startsWith(`${category}.`)) return wrong("category");
  if (category === "system") return { column: "metadata", left: true };
  if (!isKey(rawHash)) return wrong("rawHash");
  if (!isKey(previousHash)) return wrong("previousHash");
  if (chainPrev !== null && !isKey(chainPrev)) return wrong("chainPrev");
  if (!isKey(censoredHash)) return wrong("censoredHash");
  if (typeof row.epoch !== "number" || !Number.isSafeInteger(row.epoch)) return wrong("epoch");
  const { epoch } = row;
  // Covers id, createdAt, type and category: which of them was altered cannot be told.
  if (!same(censoredKey({ category, createdAt, id, type }, hash), censoredHash)) return wrong("censoredHash");
  const timestamp = Date.parse(createdAt);
  return { sequence: sequence as number, id, timestamp, epoch, chainPrev, rawHash, censoredHash, previousHash };
}

function isKey(cell: unknown): cell is Uint8Array {
  return cell instanceof Uint8Array && cell.length === 32;
}

export interface MadeClaim extends Claim {
  kind: "erased" | "pruned";
  /** The event that makes it. */
  sequence: number;
  /** Its `createdAt`, in milliseconds. */
  timestamp: number;
  metadata: JsonObject;
}

interface Gone {
  raw: Uint8Array;
  timestamp: number;
}

/** Collects, while the log is read, which rows are gone and which events say so; then holds the two against each other. */
export class Destructions {
  /** Raw keys of the rows that are gone, as the rows behind them name them, ascending by sequence. */
  readonly #gone = new Map<number, Gone>();
  /** Claims, and holds placed and released, in the order of the log. */
  readonly #said: ({ claim: MadeClaim } | { hold: Hold } | { released: string })[] = [];
  /** Holds that were not released, by id, with the events that place them. */
  readonly holdsInForce = new Map<string, number>();
  /** Rows that claims were held against. */
  #steps = 0;
  lastGone = 0;

  gone(sequence: number, raw: Uint8Array, timestamp: number): void {
    this.#gone.set(sequence, { raw, timestamp });
    this.lastGone = sequence;
  }

  get count(): number {
    return this.#gone.size;
  }

  isGone(sequence: number): boolean {
    return this.#gone.has(sequence);
  }

  /** `metadata` of one of the trail's own events, as its raw key commits to it. */
  claimed(type: string, sequence: number, timestamp: number, metadata: JsonObject): void {
    if (type !== "system.erasure" && type !== "system.retention") return;
    const claim = claimIn(metadata, sequence);
    if (claim !== undefined) {
      const kind = type === "system.erasure" ? "erased" : "pruned";
      this.#said.push({ claim: { ...claim, kind, sequence, timestamp, metadata } });
      return;
    }
    const hold = holdIn(metadata);
    if (hold !== undefined) {
      this.#said.push({ hold });
      this.holdsInForce.set(hold.id, sequence);
    }
    const released = releaseIn(metadata);
    if (released !== undefined) {
      this.#said.push({ released });
      this.holdsInForce.delete(released);
    }
  }

  /** Every row that is gone must be named by a claim that holds; every row that a claim names must be gone.
   * `now`: milliseconds since 1970. */
  settle(
    db: DatabaseSync,
    report: (finding: Finding) => void,
    now = Number.POSITIVE_INFINITY,
  ): { erased: number; pruned: number; lowestFloorMs: number } {
    const earliest = this.#earliestAfter(db, now);
    const answered: { range: Range; kind: MadeClaim["kind"] }[] = [];
    let lowestFloorMs = Number.POSITIVE_INFINITY;
    const starts = new Set(this.#said.flatMap((said) => ("hold" in said ? said.hold.firstEvents : [])));
    const startOf = starts.size === 0 ? undefined : chainsFrom(db, starts, this.lastGone);
    const held = new Held();
    for (const said of this.#said) {
      if ("hold" in said) held.place(said.hold);
      if ("released" in said) held.release(said.released);
      if (!("claim" in said)) continue;
      const { claim } = said;
      const verdict = this.#stands(db, claim, report);
      if (verdict === "fails") continue;
      for (const range of claim.ranges) answered.push({ range, kind: claim.kind });
      if (claim.kind === "pruned") lowestFloorMs = Math.min(lowestFloorMs, Number(claim.metadata.floorMs));
      if (verdict === "holds") {
        const at = Math.min(claim.timestamp, earliest(claim) + clockGraceMs);
        this.#judge(claim, at, (n) => held.holds(n, startOf?.get(n)), report);
      }
    }
    answered.sort((a, b) => a.range[0] - b.range[0]);
    const counts = { erased: 0, pruned: 0, lowestFloorMs };
    let at = 0;
    for (const n of this.#gone.keys()) {
      while (at < answered.length && answered[at]!.range[1] < n) at++;
      const answer = answered[at];
      if (answer !== undefined && answer.range[0] <= n) counts[answer.kind]++;
      else {
        const detail = `event ${n}: its payload is gone, and no event answers for that`;
        report({ kind: "erasure-forged", sequence: n, detail });
      }
    }
    return counts;
  }

  /**
   * For each claim that prunes: the earliest time among the events behind it and `now`. While a clock ran ahead, every event
   * would have seemed old enough.
   */
  #earliestAfter(db: DatabaseSync, now: number): (claim: MadeClaim) => number {
    const prunes = this.#said.flatMap((said) => ("claim" in said && said.claim.kind === "pruned" ? [said.claim] : []));
    prunes.reverse();
    const found = new Map<MadeClaim, number>();
    const first = prunes.at(-1)?.sequence;
    let earliest = now;
    let next = 0;
    if (first !== undefined) {
      const times = db.prepare("SELECT sequence, createdAt FROM events WHERE sequence > ? ORDER BY sequence DESC");
      for (const { sequence, createdAt } of eachRow<{ sequence: number; createdAt: string }>(times, first)) {
        for (; next < prunes.length && prunes[next]!.sequence >= sequence; next++) found.set(prunes[next]!, earliest);
        const time = Date.parse(createdAt);
        if (time < earliest) earliest = time;
      }
    }
    for (const claim of prunes.slice(next)) found.set(claim, earliest);
    return (claim) => found.get(claim) ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Whether holds, floor and the age rule allowed it by the time `at`. For a size rule this cannot be checked: the size of the
   * file at that time is not known.
   */
  #judge(
    claim: MadeClaim,
    at: number,
    isHeld: (sequence: number) => boolean,
    report: (finding: Finding) => void,
  ): void {
    for (const [first, end] of claim.ranges) {
      for (let n = first; n <= end; n++) {
        if (isHeld(n)) {
          const detail = `event ${n}: its payload was destroyed while a hold kept it`;
          report({ kind: "destroyed-under-hold", sequence: n, detail });
        }
        const gone = this.#gone.get(n);
        if (claim.kind === "erased" || gone === undefined) continue;
        if (!mayGo(claim.metadata, at - gone.timestamp)) {
          const ahead = at < claim.timestamp ? ", by a clock that ran ahead of the events after it" : "";
          const detail = `event ${n}: pruned before the rule of event ${claim.sequence} allowed it${ahead}`;
          report({ kind: "pruned-too-early", sequence: n, detail });
        }
      }
    }
  }

  /**
   * Whether the claim's hash is that of its events' raw keys. A row that is missing is told elsewhere, and ends the walk: a range
   * may name 2^53 of them. One that is whole is told here. A row is answered for once; many claims
   * for the same ones would cost the square of the log.
   */
  #stands(db: DatabaseSync, claim: MadeClaim, report: (finding: Finding) => void): "holds" | "fails" | "unjudged" {
    const row = db.prepare("SELECT rawHash FROM events WHERE sequence = ?");
    const hash = createHash("sha256");
    for (const [first, last] of claim.ranges) {
      for (let n = first; n <= last; n++) {
        if (++this.#steps > 4 * this.#gone.size + 10_000) {
          const detail = `event ${claim.sequence}: events answer for far more rows than are gone`;
          report({ kind: "erasure-forged", sequence: claim.sequence, detail });
          return "fails";
        }
        const gone = this.#gone.get(n);
        const raw = gone?.raw ?? (row.get(n) as { rawHash: Uint8Array } | undefined)?.rawHash;
        if (raw === undefined) return "unjudged";
        hash.update(raw);
        if (gone !== undefined) continue;
        const detail = `event ${n}: event ${claim.sequence} says that its payload is destroyed, and not all of it is`;
        report({ kind: "erasure-forged", sequence: n, detail });
      }
    }
    if (hash.digest("hex") === claim.rawKeysHash) return "holds";
    const detail = `event ${claim.sequence}: not these events' raw keys are what it answers for`;
    report({ kind: "erasure-forged", sequence: claim.sequence, detail });
    return "fails";
  }
}
