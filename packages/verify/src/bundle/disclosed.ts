// Does what the bundle shows of the event belong to the leaf, and do its two leaves belong together? (formats.md, section 2)
import { bytesToHex, hexToBytes } from "@sealtrail/smt";
import { isTimestamp } from "@sealtrail/smt/formats";
import { type LeafRecord, recordValue } from "@sealtrail/smt/record";
import { canonicalEvent } from "../event/body.js";
import { censoredKey, contentHash, rawKey, saltOf } from "../event/keys.js";
import { fromBase64 } from "./base64.js";
import type { Bundle } from "./bundle.js";
import { type BundleCheck, failed, judge, NONE, OK } from "./check.js";
import type { Disclosed } from "./restarted.js";

export function disclosureCheck({ disclosure, proof }: Disclosed): BundleCheck {
  if (disclosure.level === "none") return NONE;
  const key =
    disclosure.level === "raw"
      ? rawKey(hexToBytes(disclosure.salt), canonicalEvent(disclosure.event))
      : censoredKey(disclosure.event);
  return judge(bytesToHex(key) === proof.key ? undefined : "disclosure-mismatch");
}

export function contentCheck({ disclosure }: Bundle): BundleCheck {
  if (disclosure.level !== "raw" || disclosure.content === undefined) return NONE;
  const contentSalt = hexToBytes(disclosure.contentSalt!);
  const fits =
    bytesToHex(saltOf(contentSalt)) === disclosure.salt &&
    bytesToHex(contentHash(contentSalt, fromBase64(disclosure.content)!)) === disclosure.event.contentHash;
  return judge(fits ? undefined : "content-mismatch");
}

/** Each leaf's record names the other's key, and they agree in all else: one event, not two. */
export function pairCheck({ disclosure, proof, censoredProof }: Bundle): BundleCheck {
  if (disclosure.level !== "raw") return NONE;
  const raw = proof.record!;
  const censored = censoredProof!.record!;
  const fits =
    censoredProof!.key === bytesToHex(censoredKey(disclosure.event)) &&
    raw.pair === censoredProof!.key &&
    censored.pair === proof.key &&
    raw.hashType === "raw" &&
    censored.hashType === "censored" &&
    censored.seqNo === raw.seqNo + 1 &&
    censored.eventId === raw.eventId &&
    censored.epoch === raw.epoch &&
    censored.timestamp === raw.timestamp &&
    censored.chainPrev === raw.chainPrev;
  return judge(fits ? undefined : "pair-mismatch");
}

export function recordCheck({ disclosure, proof, censoredProof }: Disclosed): BundleCheck {
  if (!proof.record) return NONE;
  const hashes = (record: LeafRecord, value: string | undefined) => bytesToHex(recordValue(record)) === value;
  if (!hashes(proof.record, proof.value)) return failed("record-mismatch");
  if (censoredProof && !hashes(censoredProof.record!, censoredProof.value)) return failed("record-mismatch");
  if (disclosure.level === "none") return OK;
  const { hashType, eventId, timestamp, seqNo } = proof.record;
  const { id, createdAt } = disclosure.event;
  const fits =
    hashType === disclosure.level &&
    eventId === id &&
    isTimestamp(createdAt) &&
    timestamp === Date.parse(createdAt) &&
    (disclosure.level !== "raw" || seqNo === 2 * disclosure.event.sequence - 1);
  return judge(fits ? undefined : "record-disagrees");
}

export function positionCheck({ proof, checkpoint }: Bundle): BundleCheck {
  if (!proof.record) return NONE;
  return judge(proof.record.seqNo <= 2 * checkpoint.lastSequence ? undefined : "position-outside");
}
