/** `audit ingest <source> [file]`: host events in, from a file, from stdin, or from a file that is followed. */
import { closeSync, fstatSync, openSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SOURCE_NAMES } from "@sealtrail/sources/event";
import type { PreparedEvent, Trail } from "@sealtrail/trail";
import type { IngestOptions, IngestReport, KnownFile, Line, SourceName } from "@sealtrail/trail/ingest";
import type { RecordingPolicy } from "@sealtrail/trail/recorder";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { CliError, toCliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { takeLeftovers } from "../leftovers.js";
import { withTrail } from "../open.js";
import { refuseOwnFile } from "../outfile.js";
import { clean, count, plural } from "../text.js";
import { meantBy, sourceOfFile, sourceOfStream } from "./_ingest-source.js";

interface Task {
  readonly trail: Trail;
  readonly source: SourceName;
  /** `undefined`: stdin. */
  readonly file: string | undefined;
  readonly rejects: string;
  readonly policy: RecordingPolicy;
}

interface Outcome {
  readonly report: IngestReport;
  readonly refusals: readonly { line: number; reason: string }[];
  /** Ended by Ctrl-C, while following. */
  readonly stopped?: boolean;
}

/** A setting that cannot be used is an error here, because a person is there to mend it; only a sink can wait. */
async function policyOf(context: Context): Promise<RecordingPolicy> {
  const { recordingPolicy } = await import("@sealtrail/trail/recorder");
  let warning: string | undefined;
  const policy = recordingPolicy(() => context.config, {
    db: context.db,
    env: context.io.env,
    onTrouble(part, error) {
      if (part !== "sink") throw error;
      warning = `the sink was not written: ${error instanceof Error ? error.message : error}`;
    },
  });
  if (warning !== undefined) await context.warn(warning);
  return policy;
}

function optionsOf({ trail, source, file, rejects, policy }: Task): IngestOptions {
  const { redaction, userId } = policy;
  return {
    sink: trail.sink(),
    source,
    redaction,
    dedupeSecret: trail.dedupeSecret,
    rejects,
    ...(file === undefined ? {} : { input: file }),
    ...(userId === undefined ? {} : { userId }),
  };
}

/** Takes in a regular file without pauses, which makes bulk ingest fast. Of a file that was read before, only the new lines. */
async function fromFile(context: Context, task: Task & { file: string }): Promise<Outcome> {
  const { Ingest, knownFile, readLines } = await import("@sealtrail/trail/ingest");
  const { trail, source, file } = task;
  const handle = openSync(file, "r");
  try {
    const stat = fstatSync(handle);
    if (stat.isDirectory()) throw new CliError("is-folder", EXIT.missing, `${file} is a folder`, "name a file in it");
    const bar = await context.progress("ingest");
    const options = optionsOf(task);
    const records = trail.sink().files;
    const random = (n: number) => context.io.random(n);
    const known = knownFile(handle, { path: file, source }, { records, secret: trail.dedupeSecret, random });
    const onRead = (offset: number) => bar.update(offset, stat.size);
    const run = new Ingest({ ...options, ...(known && { file: known }) });
    try {
      if (known === undefined) {
        // A pipe or a device: all its lines are new.
        for (const line of readLines(handle)) run.take(line);
        return { report: run.finish(), refusals: run.refusals };
      }
      await tellOf(context, file, known.note);
      run.takeFile(handle, known.start, onRead);
      return { report: run.finish(), refusals: run.refusals };
    } finally {
      bar.stop();
      run.close();
    }
  } finally {
    closeSync(handle);
  }
}

async function tellOf(context: Context, file: string, note: KnownFile["note"]): Promise<void> {
  if (note === "replaced")
    await context.note(`${file} is not the file that was read under this name before: its lines count as new`);
  if (note === "altered")
    await context.warn(`the recorded position in ${file} was altered: it is read from its beginning`);
}

async function stdinLines(context: Context): Promise<AsyncIterable<Line>> {
  const { streamLines } = await import("@sealtrail/trail/ingest");
  return streamLines(context.io.stdin);
}

async function fromStdin(context: Context, task: Task, lines: AsyncIterable<Line>): Promise<Outcome> {
  const { Ingest } = await import("@sealtrail/trail/ingest");
  const { spool } = await import("@sealtrail/trail/spool");
  const options = optionsOf(task);
  let spooled = 0;
  // Piped input cannot be read again. Where the trail's file was replaced meanwhile, the events are spooled for the new one.
  const append = (events: readonly PreparedEvent[]) => {
    try {
      return options.sink.append(events);
    } catch (error) {
      if (!isReplaced(error)) throw error;
      spool(context.db, events, { now: context.io.now(), random: (n) => context.io.random(n) });
      spooled += events.length;
      return { added: 0, duplicate: 0 };
    }
  };
  const run = new Ingest({ ...options, sink: { ...options.sink, append } });
  try {
    for await (const line of lines) run.take(line);
    const report = run.finish();
    if (spooled === 0) return { report, refusals: run.refusals };
    const what = `the trail's file was set aside or replaced: ${plural(spooled, "event")} wait beside it`;
    throw new CliError("replaced", EXIT.retryLater, what, "audit due takes them into the one that is there now");
  } finally {
    run.close();
  }
}

/** The trail's file is no longer the one that was opened. */
function isReplaced(error: unknown): boolean {
  return toCliError(error).code === "replaced";
}

/** Tails a file through rotation until Ctrl-C; what is read up to goes into the trail with the events. */
async function following(context: Context, task: Task & { file: string }): Promise<Outcome> {
  const { follow, Ingest } = await import("@sealtrail/trail/ingest");
  const { heartbeatMs, startHeartbeat } = await import("@sealtrail/trail/marker");
  const { trail, source, file, policy } = task;
  const run = new Ingest({
    ...optionsOf(task),
    live: {
      ...policy.limits,
      clock: () => context.io.now(),
      random: (n) => context.io.random(n),
    },
  });
  const signal = context.io.interrupt();
  const marker = startHeartbeat(context.db, "follow", { now: context.io.now() });
  const touch = setInterval(() => marker.touch(), heartbeatMs);
  touch.unref();
  let checkpointed = run.report.added;
  try {
    await context.note(`following ${file}; Ctrl-C stops`);
    const records = trail.sink().files;
    const random = (n: number) => context.io.random(n);
    for await (const next of follow(file, { signal, source, records, secret: trail.dedupeSecret, random })) {
      run.step(next);
      if (next.kind === "gap") {
        const why =
          next.why === "gone"
            ? `${file} is gone, with what was written to it since the last run`
            : `the recorded position in ${file} was altered, so it is read from its beginning`;
        await context.warn(`${why} (recorded as system.degraded)`);
      } else if (next.kind === "idle" && run.report.added > checkpointed + 1) {
        checkpointed = run.report.added;
        trail.checkpoint();
        await feed(context, task);
      }
    }
    const report = run.finish();
    marker.remove();
    return { report, refusals: run.refusals, stopped: signal.reason === "SIGINT" };
  } catch (error) {
    // The file is read from its beginning into the trail that is there now: nothing is lost.
    if (isReplaced(error)) marker.remove();
    throw error;
  } finally {
    clearInterval(touch);
    run.close();
  }
}

/** The sink gets what it does not have yet. Trouble with it is no reason to fail, because the events are on record. */
async function feed(context: Context, { trail, policy: { sink } }: Pick<Task, "trail" | "policy">): Promise<void> {
  if (sink === undefined) return;
  const { feedSink } = await import("@sealtrail/trail/recorder");
  try {
    feedSink(trail, sink);
  } catch (error) {
    await context.warn(`the sink was not written: ${error instanceof Error ? error.message : error}`);
  }
}

/** Resolves with the number of events that were added. */
async function leftovers(context: Context, trail: Trail): Promise<number> {
  const { added, refused, unknownLosses, settled } = await takeLeftovers(context, trail);
  if (added > 0) await context.note(`took in ${plural(added, "event")} that earlier processes could not write`);
  if (refused > 0)
    await context.warn(`${plural(refused, "file")} of the spool could not be taken in, and were put aside`);
  if (unknownLosses > 0)
    await context.warn("events were lost; their number is not known (recorded as system.degraded)");
  return added + settled;
}

export const command = defineCommand({
  about:
    "Takes in a host's events, a line each: redacted, capped, chained, and checkpointed at the end. The same file again adds nothing.",
  positionals: {
    source: {
      required: false,
      about: "what wrote the lines; without it the lines are looked at",
      choices: SOURCE_NAMES,
      open: true,
    },
    file: { required: false, about: "the file, or - for stdin" },
  },
  options: {
    follow: { kind: "flag", about: "go on reading as the file grows, through rotation; goes on where it stopped" },
    durable: { kind: "flag", about: "flush every append to disk: survives power loss, costs speed" },
    rejects: {
      kind: "value",
      hint: "file",
      about: "where refused lines are named (default rejects.jsonl beside the trail)",
    },
  },
  exits: {
    [EXIT.data]:
      "some lines were refused: counted and named in the rejects file, the others are in; or the input is another source's, or none's that is known, and nothing was added",
    [EXIT.missing]: "no trail, or no such file",
  },
  notes: [
    "A line piped in without an identity of its own (a tool_use_id, a dedupeKey) is always new: saying the same thing twice means that it happened twice.",
    "A file is known by what was read of it, under whatever name it stands: the same file again, grown, renamed or rotated, adds only what is new. Lines with an id of their own and, where the host has one, a time are known in any file. Equal lines without them in another file, also in a copy beside an original that stands unchanged, are other events.",
    "An id that was used before for something else makes another event, marked idReused. Lines that are no events of their own are counted as skipped, by reason.",
    "With --follow, what the file holds at first is taken in as any file is. What comes later is live: calls, denials, security, configuration and sessions are written at once, of everything else 100 events a second (ratePerSecond); more waits, and stands together (count, first and last time, seal) where over 10,000 wait (rateBuffer).",
    "A file that was rotated more than once between two looks is found by its number or date (agent.log.1). One that is gone while nobody followed it goes on record as system.degraded.",
    "The rejects file holds line number, byte offset, length and reason, never the line.",
  ],
  examples: [
    ["audit ingest rollout-2026-11-22.jsonl", "a host's own log; its lines tell which host"],
    ["audit ingest openclaw captures.jsonl", "a file of hook captures"],
    ["audit ingest ndjson - < events.ndjson", "your own events, from stdin"],
  ],
  async run(args, context) {
    const meant = meantBy(args, context);
    const stdin = meant.file === undefined;
    if (args.follow && stdin) throw usage("--follow needs a file", "stdin is read to its end anyway");
    const named = resolve(context.io.cwd, meant.file ?? "");
    const file = stdin ? undefined : args.follow ? named : realpathSync(named);
    const stream = file === undefined ? await sourceOfStream(meant.source, await stdinLines(context)) : undefined;
    const source = stream?.source ?? (await sourceOfFile(meant.source, file!, meant.file!));
    const rejects =
      args.rejects === undefined ? join(dirname(context.db), "rejects.jsonl") : resolve(context.io.cwd, args.rejects);
    if (args.rejects !== undefined) await refuseOwnFile(context.io, args.rejects, context.db, []);
    const taken = () =>
      withTrail(context, { durable: args.durable }, async (trail) => {
        const earlier = await leftovers(context, trail);
        const policy = await policyOf(context);
        const task = { trail, source, rejects, policy };
        const { report, refusals, stopped } =
          file === undefined
            ? await fromStdin(context, { ...task, file }, stream!.lines)
            : await (args.follow ? following : fromFile)(context, { ...task, file });
        const added = report.added + earlier;
        const checkpoint = added > 1 ? trail.checkpoint()?.checkpoint : undefined;
        await feed(context, task);
        const { read, known, skipped, refused, coalesced, lost } = report;
        if (context.json) {
          await context.object({
            source,
            read,
            added,
            known,
            skipped,
            refused,
            coalesced,
            lost,
            rejects: refused > 0 ? rejects : null,
            checkpoint: checkpoint?.version ?? null,
          });
        } else {
          const { bold, yellow } = context.color;
          const passed = Object.values(skipped).reduce((sum, lines) => sum + lines, 0);
          const parts = [
            `${bold(count(added))} added`,
            `${count(known)} known already`,
            ...(passed > 0 ? [`${count(passed)} skipped`] : []),
            `${count(refused)} refused`,
          ];
          await context.lines([
            `${source}: ${plural(read, "line")} read, ${parts.join(", ")}`,
            ...Object.entries(skipped).map(([reason, lines]) => `  ${plural(lines, "line")} skipped: ${clean(reason)}`),
            ...refusals.map(({ line, reason }) => `  ${yellow(`line ${line}`)}: ${clean(reason)}`),
            ...(coalesced > 0 ? [`  ${plural(coalesced, "event")} were coalesced into fewer (rate limit)`] : []),
            ...(lost > 0 ? [`  ${plural(lost, "event")} dropped; only the count is on record`] : []),
            ...(refused > 0 ? [`  refused lines are named in ${clean(rejects)}`] : []),
            ...(checkpoint ? [`  checkpoint ${count(checkpoint.version)}, root ${checkpoint.root}`] : []),
          ]);
        }
        if (stopped) return EXIT.interrupted;
        return refused > 0 ? EXIT.data : EXIT.ok;
      });
    for (;;) {
      try {
        return await taken();
      } catch (error) {
        if (!args.follow || !isReplaced(error)) throw error;
        await context.warn("the trail's file was set aside or replaced: going on in the one that is there now");
      }
    }
  },
});
