/** One hook payload onto the record: normalise, redact, append; or into the spool. */
import { randomFillSync } from "node:crypto";
import { homedir } from "node:os";
import { basename, resolve } from "node:path";
import {
  claudeCode,
  codex,
  type Damage,
  DedupeKeys,
  type EventDraft,
  feedSink,
  keyed,
  liveIdentity,
  noteSeen,
  type PreparedEvent,
  type PrepareOptions,
  prepare,
  type RedactionSettings,
  recordIn,
  redactionPolicy,
  type SpooledEvent,
  sealPayload,
  sinkOf,
  spool,
  spooled,
  spoolFolders,
  type Trail,
  takeInSpool,
  trailSecret,
  traitsOf,
  waits,
} from "@sealtrail/trail/record";
import { type Config, loadConfig } from "../config.js";
import type { HookHost } from "./hosts.js";
import { type ReadPayload, readPayload } from "./payload.js";
import { signWhenDue } from "./sign-when-due.js";
import { hookedAt, takeFromTranscript } from "./transcript.js";

/** Shorter than the hosts' own limits. */
const patienceMs = 2_000;
/** Spool files that one hook takes in: the agent is waiting. */
const takenAtOnce = 20;
const takenWithinMs = 1_000;
/** Events that one hook writes into the sink: a sink that was just switched on has the whole log to catch up with. */
const sunkAtOnce = 500;

const leftAfterMs = 60_000;
/** Bytes of a payload that is redacted while the agent waits: that takes a second at most, whatever is in them. */
const mostAtOnce = 2 * 1024 * 1024;

export interface HookSettings {
  readonly db: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): number;
  /** Starts a process that takes in what was left encrypted (`late.ts`). Absent: nothing is left. */
  later?(db: string): void;
}

/** Where to, and by which rules. */
export function recordingOf({ db, env }: HookSettings): { db: string; config: Chosen } {
  const named = db || env.SEALTRAIL_DB;
  const path = named ? resolve(named) : resolve(env.HOME || homedir(), ".sealtrail", "audit.db");
  return { db: path, config: configOf(path) };
}

const random = (size: number) => randomFillSync(new Uint8Array(size));

/** Throws only where neither trail nor spool could take the event. */
export function recordPayload(host: HookHost, payload: Uint8Array, settings: HookSettings): void {
  const { env, later } = settings;
  const { db, config } = recordingOf(settings);
  const now = settings.now();
  if (payload.length > mostAtOnce && later !== undefined && sealPayload(db, { host, at: now, payload }, random)) {
    later(db);
    return;
  }
  const options = optionsOf(db, host, config, env);
  const read = readPayload(payload);
  const events = toldBy(host, read, payload.length, options, now);
  if (events.length === 0) return;
  try {
    append(settings, db, events, (trail) => {
      if (host === "claude-code" && read !== undefined) {
        lookIntoTranscript(trail, read.value, events[0]?.sessionId, options);
      }
      feed(trail, config, db);
      noteSeen(db, host, now);
      signWhenDue(trail, { db, config, env, now });
    });
  } catch {
    spool(db, events, { now, random });
  }
  if (later !== undefined && isLeft(db, now)) later(db);
}

/** An encrypted payload has waited so long that the process which was to redact it must have died. */
function isLeft(db: string, now: number): boolean {
  const files = spoolFolders(db).flatMap((folder) => spooled(folder).sealed);
  // Its name begins with its time.
  return files.some((file) => Math.abs(now - Number.parseInt(basename(file).replace(/^\./, ""), 10)) > leftAfterMs);
}

function append(
  settings: HookSettings,
  db: string,
  events: readonly SpooledEvent[],
  afterwards: (trail: Trail) => void,
): void {
  recordIn(db, { patienceMs, clock: () => settings.now() }, (trail) => {
    if (waits(db)) takeInSpool(trail, { most: takenAtOnce, withinMs: takenWithinMs });
    const keys = new DedupeKeys(trail.dedupeSecret);
    trail.append(
      events.map(({ traits, ...event }) => (traits === undefined ? event : atItsMoment(keyed(event, traits, keys)))),
    );
    afterwards(trail);
  });
}

/**
 * A prompt that is told by hooks in two settings files is marked `repeated`. Its key is the same as that of the session file's
 * line.
 */
function atItsMoment(event: PreparedEvent): PreparedEvent {
  const isPrompt = event.source === "claude-code" && event.type === "prompt.input" && event.dedupeBy === "identity";
  return isPrompt ? { ...event, dedupeBy: "moment" } : event;
}

/** A sink is a copy for others to read: that it can't be written is no reason to record the event a second time. */
function feed(trail: Trail, config: Config, db: string): void {
  try {
    const sink = sinkOf(config, db);
    if (sink !== undefined) feedSink(trail, { ...sink, most: sunkAtOnce });
  } catch {
    // The next writer tries again, from where the file ends.
  }
}

type Chosen = Config & { readonly durable?: boolean };

/** A configuration that can't be read may have asked for the strictest, and what is written once stays written. */
function configOf(db: string): Chosen {
  try {
    return loadConfig(db);
  } catch {
    return { redactPromptText: true, redactToolArgs: true, redactToolResults: true };
  }
}

function redactionOf(config: Config): RedactionSettings {
  const { redactPromptText, redactToolArgs, redactToolResults, redactPatterns } = config;
  return {
    redactPromptText: redactPromptText === true,
    redactToolArgs: redactToolArgs === true,
    redactToolResults: redactToolResults === true,
    patterns: redactPatterns ?? [],
  };
}

function policyOf(config: Config) {
  try {
    return redactionPolicy(redactionOf(config));
  } catch {
    // A pattern that is no regular expression: what it was to hide is not known, so everything is hidden.
    return redactionPolicy({ redactPromptText: true, redactToolArgs: true, redactToolResults: true });
  }
}

function optionsOf(db: string, host: HookHost, config: Config, env: HookSettings["env"]): PrepareOptions {
  const userId = config.userId ?? (env.SEALTRAIL_USER_ID || env.USER);
  return {
    source: host,
    redaction: policyOf(config),
    secret: () => secretOf(db),
    ...(userId !== undefined && { userId }),
  };
}

/** Errors are ignored: the hook's events are recorded already, and an error would make them be recorded again. */
function lookIntoTranscript(
  trail: Trail,
  payload: unknown,
  storedSession: string | undefined,
  options: PrepareOptions,
): void {
  try {
    takeFromTranscript(trail, hookedAt(payload, storedSession), options);
  } catch {
    // The next hook looks again.
  }
}

/** The trail's secret. Where there is no trail yet, it is made first, so that an id gets the same digest in every event. */
function secretOf(db: string): Uint8Array | undefined {
  const known = trailSecret(db);
  if (known !== undefined) return known;
  try {
    recordIn(db, { patienceMs }, () => {});
  } catch {
    return undefined;
  }
  return trailSecret(db);
}

/** The events of a payload, redacted. */
export function eventsOf(host: HookHost, payload: Uint8Array, settings: HookSettings): SpooledEvent[] {
  const { db, config } = recordingOf(settings);
  const options = optionsOf(db, host, config, settings.env);
  return toldBy(host, readPayload(payload), payload.length, options, settings.now());
}

function toldBy(
  host: HookHost,
  read: ReadPayload | undefined,
  bytes: number,
  options: PrepareOptions,
  now: number,
): SpooledEvent[] {
  const source = host === "codex" ? codex() : claudeCode;
  const normalised = source.normalise(read?.value);
  if ("skipped" in normalised) return [];
  if ("refused" in normalised) return [degraded(host, { bytes, reason: "payload-refused" })];
  const identity = host === "claude-code" ? liveIdentity(read?.value) : {};
  const events = normalised.events.map((told) => {
    const draft = { ...told, ...identity };
    // The payload has no time of its own; should the event reach the trail late, this is when it happened.
    const ready: SpooledEvent = prepare(
      { ...marked(draft, read), occurredAt: draft.occurredAt ?? new Date(now).toISOString() },
      options,
    );
    if (draft.fromLog === true) ready.fromLog = true;
    else ready.live = true;
    ready.traits = traitsOf(draft);
    return ready;
  });
  if (read?.damage === undefined) return events;
  return [...events, degraded(host, { bytes, damage: read.damage, reason: "payload-damaged" })];
}

/** Marks the event of a damaged payload, and adds the text behind the damage. */
function marked(draft: EventDraft, read: ReadPayload | undefined): EventDraft {
  if (read?.damage === undefined) return draft;
  const rest = read.rest === undefined ? {} : { unread: read.rest };
  return {
    ...draft,
    metadata: { ...draft.metadata, damaged: read.damage, ...rest },
    sealable: { ...draft.sealable, unread: ["prompt", "args", "result"] },
  };
}

/** Records a payload that was not understood, or only in part, without its bytes, because they were not redacted. */
function degraded(host: HookHost, what: { bytes: number; damage?: Damage; reason: string }): SpooledEvent {
  return {
    type: "system.degraded",
    category: "system",
    source: "sealtrail",
    description: `a hook payload of ${host} could not be read${what.damage === undefined ? "" : " to its end"}`,
    metadata: JSON.stringify({ bytes: what.bytes, damage: what.damage, host, reason: what.reason }),
    contentSalt: random(32),
  };
}
