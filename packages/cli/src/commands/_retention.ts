/** The retention rules: flags, then the configuration. */
import type { RetentionPolicy } from "@sealtrail/trail/log";
import type { Context } from "../context.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { bytesForPeople, count } from "../text.js";
import { size, span } from "../values.js";

export const DAY_MS = 86_400_000;
/** The law of some places asks for six months of such records. */
export const FLOOR_MS = 183 * DAY_MS;

export const RETENTION_OPTIONS = {
  "max-age": { kind: "value", hint: "span", about: "prune what is older, like 365d" },
  "max-size": { kind: "value", hint: "size", about: "prune the oldest until the file holds no more, like 2GB" },
  floor: { kind: "value", hint: "span", about: "nothing younger is pruned; 183d or more" },
  "insecure-floor": { kind: "value", hint: "span", about: "a floor below 183 days" },
} as const;

export interface RetentionArguments {
  readonly "max-age": string | undefined;
  readonly "max-size": string | undefined;
  readonly floor: string | undefined;
  readonly "insecure-floor": string | undefined;
}

export function policyFrom(
  args: RetentionArguments,
  context: Context,
): Required<Pick<RetentionPolicy, "floorMs">> & RetentionPolicy {
  const { retentionMaxAgeDays, retentionMaxBytes, retentionFloorDays } = context.config;
  const days = (n: number | undefined) => (n === undefined ? undefined : Math.round(n * DAY_MS));
  if (args.floor !== undefined && args["insecure-floor"] !== undefined) {
    throw usage("--floor and --insecure-floor both say it", "give one of them");
  }
  const raised = args.floor === undefined ? undefined : span(args.floor, "--floor");
  if (raised !== undefined && raised < FLOOR_MS)
    throw usage("--floor is below 183 days", "if that is meant: --insecure-floor");
  const lowered = args["insecure-floor"] === undefined ? undefined : span(args["insecure-floor"], "--insecure-floor");
  const configured = days(retentionFloorDays);
  // Somebody else may have written the configuration, so it must not allow what the command line refuses.
  if (raised === undefined && lowered === undefined && configured !== undefined && configured < FLOOR_MS) {
    throw new CliError(
      "floor-too-low",
      EXIT.usage,
      "config.json: retentionFloorDays is below 183 days",
      "raise it; if it is meant, say so each time with --insecure-floor",
    );
  }
  const maxAgeMs = args["max-age"] === undefined ? days(retentionMaxAgeDays) : span(args["max-age"], "--max-age");
  const maxBytes = args["max-size"] === undefined ? retentionMaxBytes : size(args["max-size"], "--max-size");
  return {
    floorMs: raised ?? lowered ?? configured ?? FLOOR_MS,
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  };
}

export const hasRule = (policy: RetentionPolicy): boolean =>
  policy.maxAgeMs !== undefined || policy.maxBytes !== undefined;

export function policyLines(policy: RetentionPolicy): string[][] {
  const inDays = (ms: number) => `${count(Math.round(ms / DAY_MS))} days`;
  return [
    ["  by age", policy.maxAgeMs === undefined ? "no rule" : `older than ${inDays(policy.maxAgeMs)}`],
    ["  by size", policy.maxBytes === undefined ? "no rule" : `down to ${bytesForPeople(policy.maxBytes)}`],
    ["  floor", `nothing younger than ${inDays(policy.floorMs ?? FLOOR_MS)}`],
  ];
}
