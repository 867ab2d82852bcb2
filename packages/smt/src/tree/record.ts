// A leaf's record: where an event stands in the log, without what it says (formats.md, section 2).

import { uuidV7 } from "../formats/scalars.js";
import { checkMembers, isHash, isObject } from "../formats/shape.js";
import { type Sha256, sha256 } from "../hash/sha256.js";

export interface LeafRecord {
  /** Raw key of the previous event with the same source and session, hex; `null` where there is none. */
  chainPrev: string | null;
  epoch: number;
  eventId: string;
  hashType: "raw" | "censored";
  /** Key of the event's other leaf, hex: binds the two. */
  pair: string;
  /** Event n's raw leaf has 2n-1, its censored leaf 2n. */
  seqNo: number;
  /** `createdAt` in milliseconds. */
  timestamp: number;
}

/** RFC 8785 text of a record. All members are numbers, hex or a UUID, so no escape can be needed. */
export function canonicalRecord(record: LeafRecord): string {
  const chain = record.chainPrev === null ? "null" : `"${record.chainPrev}"`;
  return `{"chainPrev":${chain},"epoch":${record.epoch},"eventId":"${record.eventId}","hashType":"${record.hashType}","pair":"${record.pair}","seqNo":${record.seqNo},"timestamp":${record.timestamp}}`;
}

/** The leaf's value in the tree: `H(JCS(record))`. */
export function recordValue(record: LeafRecord, hash: Sha256 = sha256): Uint8Array {
  return hash(canonicalRecord(record));
}

/** What the two records of one event are made from. Hashes in hex. */
export interface EventPlace {
  sequence: number;
  id: string;
  /** `createdAt` in milliseconds. */
  timestamp: number;
  epoch: number;
  chainPrev: string | null;
  rawHash: string;
  censoredHash: string;
}

/** The record of an event's raw or censored leaf. */
export function recordOf(place: EventPlace, hashType: "raw" | "censored"): LeafRecord {
  const raw = hashType === "raw";
  return {
    chainPrev: place.chainPrev,
    epoch: place.epoch,
    eventId: place.id,
    hashType,
    pair: raw ? place.censoredHash : place.rawHash,
    seqNo: 2 * place.sequence - (raw ? 1 : 0),
    timestamp: place.timestamp,
  };
}

const members = ["chainPrev", "epoch", "eventId", "hashType", "pair", "seqNo", "timestamp"];

/** Whether a parsed JSON value is a record in every respect. For evidence from strangers. */
export function isLeafRecord(value: unknown): value is LeafRecord {
  if (!isObject(value) || checkMembers(value, members) !== undefined) return false;
  const { chainPrev, epoch, eventId, hashType, pair, seqNo, timestamp } = value;
  return (
    (chainPrev === null || isHash(chainPrev)) &&
    isCount(epoch) &&
    typeof eventId === "string" &&
    uuidV7.test(eventId) &&
    isHash(pair) &&
    isCount(seqNo) &&
    ((hashType === "raw" && seqNo % 2 === 1) || (hashType === "censored" && seqNo % 2 === 0 && seqNo > 0)) &&
    isCount(timestamp)
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}
