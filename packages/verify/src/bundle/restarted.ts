// A trail that was begun anew in the place of another says so in its first event, and every bundle out of it shows that event
// (formats.md, section 6): a raw disclosure of its own, checked as any other.
import type { Bundle } from "./bundle.js";

/** What a check of a disclosure looks at. */
export type Disclosed = Pick<Bundle, "disclosure" | "proof" | "censoredProof">;

export function beginning({ restarted }: Bundle): Disclosed | undefined {
  if (restarted === undefined) return undefined;
  const { event, salt, proof } = restarted;
  return { disclosure: { level: "raw", event, salt }, proof };
}
