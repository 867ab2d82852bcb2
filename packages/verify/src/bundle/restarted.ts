// A trail that was begun anew in the place of another says so in its first event, and every bundle out of it shows that event
// (formats.md, section 6): is it what its leaf commits to, and is its leaf the first of the tree?
import { bytesToHex, canonicalEvent, hexToBytes, rawKey, recordValue } from "@sealtrail/smt";
import type { Bundle } from "./bundle.js";
import { type BundleCheck, failed, judge, NONE } from "./check.js";

export function restartedDisclosure({ restarted }: Bundle): BundleCheck {
  if (restarted === undefined) return NONE;
  const key = rawKey(hexToBytes(restarted.salt), canonicalEvent(restarted.event));
  return judge(bytesToHex(key) === restarted.proof.key ? undefined : "disclosure-mismatch");
}

export function restartedRecord({ restarted }: Bundle): BundleCheck {
  if (restarted === undefined) return NONE;
  const { event, proof } = restarted;
  const record = proof.record!;
  if (bytesToHex(recordValue(record)) !== proof.value) return failed("record-mismatch");
  const fits =
    record.hashType === "raw" &&
    record.eventId === event.id &&
    record.timestamp === Date.parse(event.createdAt) &&
    record.seqNo === 1;
  return judge(fits ? undefined : "record-disagrees");
}
