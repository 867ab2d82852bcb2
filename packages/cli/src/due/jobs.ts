/**
 * The regular jobs of a trail. `audit due` runs them, by a timer. Each job returns a sentence on how it went; sentence and time
 * are kept in a note beside the trail, for `audit status`.
 */
import { existsSync } from "node:fs";
import type { Trail } from "@sealtrail/trail";
import { seenOf } from "@sealtrail/trail/marker";
import { anchoringOf, anchorPlan, tellReports } from "../anchoring.js";
import { hasRule, policyFrom } from "../commands/_retention.js";
import { drainExit } from "../commands/anchor-now.js";
import type { Context } from "../context.js";
import { toCliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { freezeOld } from "../freezing.js";
import { hostFiles } from "../hook/host-files.js";
import { HOOK_HOSTS, HOST_SETTINGS } from "../hook/hosts.js";
import { launcherFile, ownTargets, writeLauncher } from "../hook/launcher.js";
import { takeLeftovers } from "../leftovers.js";
import { withTrail } from "../open.js";
import { compareLogs, LOG_SOURCES, openclawLedger } from "../reconciling.js";
import { clean, count, plural } from "../text.js";

export const JOB_NAMES = ["leftovers", "launcher", "anchoring", "reconcile", "retention"] as const;
export type JobName = (typeof JOB_NAMES)[number];

/** `later`: it will be tried again; `bad`: a person has to look. */
export type JobState = "done" | "off" | "later" | "bad";

export interface JobResult {
  readonly state: JobState;
  readonly what: string;
}

interface Job {
  /** The job is not done again before this time. */
  readonly everyMs: number;
  run(context: Context): Promise<JobResult>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Most bytes that one run of reconcile reads. The rest is left to `audit reconcile`. */
const reconcileBytes = 128 * 1024 * 1024;
const reconcileBack = 48 * HOUR;

const done = (what: string): JobResult => ({ state: "done", what });

async function leftovers(context: Context): Promise<JobResult> {
  return withTrail(context, {}, async (trail) => {
    const { added, refused, lost, unknownLosses, settled } = await takeLeftovers(context, trail);
    if (refused > 0) return { state: "bad", what: `${plural(refused, "file")} of the spool could not be taken in` };
    if (unknownLosses > 0) return { state: "bad", what: "events were lost; their number is not known" };
    if (added + settled + lost === 0) return done("nothing waited");
    return done(`took in ${plural(added, "event")}, ${count(lost)} lost, ${plural(settled, "unclean stop")}`);
  });
}

/** The launcher that hooks run names this program and Node. It is rewritten after an upgrade of either. */
async function launcher(context: Context): Promise<JobResult> {
  const path = launcherFile(context.io.home);
  if (!existsSync(path)) return { state: "off", what: "no hook was installed" };
  const changed = writeLauncher(context.io, path, ownTargets());
  return done(changed ? "rewritten: Node or the program has moved" : "names this Node and this program");
}

async function anchoring(context: Context): Promise<JobResult> {
  const plan = await anchorPlan(context);
  if (!plan.on) return { state: "off", what: plan.why };
  return withTrail(context, {}, async (trail) => {
    const { check, drain, signCheckpoint } = await import("@sealtrail/anchor");
    const { outbox, signer, target, policy } = await anchoringOf(context, trail, plan);
    const clock = () => context.io.now();
    const signed = signCheckpoint(trail, outbox, signer, { asked: false, policy });
    const report = await drain([outbox], target, { clock, release: true });
    if (target.network !== "ledger" && report.failures.length === 0) await check([outbox], target, { clock });
    await tellReports(context, trail, outbox);
    const frozen = freezeOld(context, trail);
    const code = drainExit(report);
    const state = code === EXIT.ok ? "done" : code === EXIT.retryLater ? "later" : "bad";
    const why = [...report.off, ...report.held, ...report.failures][0];
    const parts = [
      signed ? `checkpoint ${count(signed.row.version)} signed` : "nothing new to sign",
      `${count(report.anchored)} anchored`,
      `${count(report.waiting)} waiting`,
      ...(report.rejected > 0 ? [`${count(report.rejected)} rejected`] : []),
      ...(frozen > 0 ? [`${plural(frozen, "epoch")} frozen`] : []),
    ];
    return { state, what: `${target.network}: ${parts.join(", ")}${why === undefined ? "" : `: ${clean(why)}`}` };
  });
}

async function reconcile(context: Context): Promise<JobResult> {
  const { env, home, cwd, now } = context.io;
  const since = new Date(now() - reconcileBack).toISOString();
  const { SOURCE_NAMES } = await import("@sealtrail/trail/ingest");
  return withTrail(context, { readOnly: true }, async (trail) => {
    const said: string[] = [];
    let bad = false;
    for (const host of HOOK_HOSTS) {
      if (seenOf(context.db, host) === undefined) continue;
      if (!(SOURCE_NAMES as readonly string[]).includes(LOG_SOURCES[host])) continue;
      if (hostFiles(host, { env, home, cwd }, Date.parse(since)).length === 0) continue;
      const found = await compareLogs(context, trail, host, { since, mostBytes: reconcileBytes });
      const differ = found.missing.length + found.withoutOutcome.length;
      bad ||= differ > 0;
      const lacks = differ === 0 ? "all on record" : `${count(differ)} not on record in full (audit reconcile ${host})`;
      const unread = found.unread.length === 0 ? "" : `, ${plural(found.unread.length, "file")} not read`;
      said.push(`${HOST_SETTINGS[host].name}: ${plural(found.calls, "call")}, ${lacks}${unread}`);
    }
    const ledger = await openclaw(context, trail, since);
    if (ledger !== undefined) {
      said.push(ledger.what);
      bad ||= ledger.bad;
    }
    if (said.length === 0) return { state: "off", what: "no host was seen that keeps files of its own" };
    return { state: bad ? "bad" : "done", what: said.join("; ") };
  });
}

async function openclaw(
  context: Context,
  trail: Trail,
  since: string,
): Promise<{ bad: boolean; what: string } | undefined> {
  const path = openclawLedger(context);
  if (path === undefined || !trail.status().bySource.some(({ source }) => source === "openclaw")) return undefined;
  const { reconcileOpenclaw } = await import("@sealtrail/trail/reconcile");
  const found = reconcileOpenclaw(trail, path, { now: context.io.now(), since });
  const lacks = found.onlyLedger.length;
  const rest = lacks === 0 ? "all on record" : `${count(lacks)} not on record (audit reconcile openclaw)`;
  return { bad: lacks > 0, what: `OpenClaw: ${plural(found.both + lacks, "call")}, ${rest}` };
}

/** Prunes only by the rules in config.json: writing them there was the consent. */
async function retention(context: Context): Promise<JobResult> {
  const none = { "max-age": undefined, "max-size": undefined, floor: undefined, "insecure-floor": undefined };
  const policy = policyFrom(none, context);
  if (!hasRule(policy)) return { state: "off", what: "no rule in config.json" };
  return withTrail(context, {}, async (trail) => {
    const { pruned, held } = trail.prune(policy);
    return done(`pruned ${plural(pruned, "event")}${held > 0 ? `, holds kept ${count(held)}` : ""}`);
  });
}

export const JOBS: Readonly<Record<JobName, Job>> = {
  leftovers: { everyMs: 0, run: leftovers },
  launcher: { everyMs: 0, run: launcher },
  anchoring: { everyMs: 0, run: anchoring },
  reconcile: { everyMs: HOUR, run: reconcile },
  retention: { everyMs: 24 * HOUR, run: retention },
};

/** Never throws: an error in one job must not stop the others. */
export async function runJob(name: JobName, context: Context): Promise<JobResult> {
  try {
    return await JOBS[name].run(context);
  } catch (error) {
    const { message, hint, exit } = toCliError(error);
    return { state: exit === EXIT.retryLater ? "later" : "bad", what: `${clean(message)}: ${clean(hint)}` };
  }
}
