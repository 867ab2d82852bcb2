// When a rule of retention allows an event to be pruned (formats.md, section 2).
import type { JsonObject } from "@sealtrail/smt/formats";

/**
 * Whether a rule's floor and maximum age allow an event of this age (milliseconds) to be pruned. A limit that is no number
 * allows nothing.
 */
export function mayGo(rule: JsonObject, age: number): boolean {
  const wanted = [rule.floorMs, ...(rule.rule === "age" ? [rule.maxAgeMs] : [])];
  return wanted.every((least) => typeof least === "number" && age >= least);
}

/** A prune is not reported where the clock was set back by less than this after it. */
export const clockGraceMs = 86_400_000;
