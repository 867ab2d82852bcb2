// The two leaves of each event (formats.md, section 2), from the row's place in the log alone.

import type { Leaf, Sha256 } from "@sealtrail/smt";
import { type EventPlace, recordOf, recordValue } from "@sealtrail/smt/record";

/** `raw` and `censored` are the keys whose hex stands in `place`. */
export function leavesOf(
  place: EventPlace,
  raw: Uint8Array,
  censored: Uint8Array,
  hash: Sha256,
): readonly [Leaf, Leaf] {
  return [
    { key: raw, value: recordValue(recordOf(place, "raw"), hash), tag: 2 * place.sequence - 1 },
    { key: censored, value: recordValue(recordOf(place, "censored"), hash), tag: 2 * place.sequence },
  ];
}
