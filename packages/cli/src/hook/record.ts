/** One hook payload onto the record: normalised, redacted, appended or spooled. */
import { homedir } from "node:os";
import { basename, resolve } from "node:path";
import {
  claudeCode,
  codex,
  type Damage,
  type EventDraft,
  type EventOptions,
  eventOf,
  liveIdentity,
  Recorder,
  type RecordingPolicy,
  recordIn,
  recordingPolicy,
  type SpooledEvent,
  sealPayload,
  spooled,
  spoolFolders,
  systemEvent,
  systemRandom,
  trailSecret,
} from "@sealtrail/trail/record";
import { type Config, loadConfig } from "../config.js";
import type { HookHost } from "./hosts.js";
import { type ReadPayload, readPayload } from "./payload.js";
import { signWhenDue } from "./sign-when-due.js";
import { hookedAt, takeFromTranscript } from "./transcript.js";

/** Shorter than the hosts' own limits. */
const patienceMs = 2_000;
/** What one hook takes in of the spool: the agent is waiting. */
const takeIn = { most: 20, withinMs: 1_000 };
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

/** The trail that the payload goes to. */
export function trailPath({ db, env }: Pick<HookSettings, "db" | "env">): string {
  const named = db || env.SEALTRAIL_DB;
  return named ? resolve(named) : resolve(env.HOME || homedir(), ".sealtrail", "audit.db");
}

/** Throws only where neither trail nor spool could take the event. */
export function recordPayload(host: HookHost, payload: Uint8Array, settings: HookSettings): void {
  const { env, later } = settings;
  const db = trailPath(settings);
  const now = settings.now();
  if (payload.length > mostAtOnce && later !== undefined && sealPayload(db, { host, at: now, payload }, systemRandom)) {
    later(db);
    return;
  }
  const { config, policy } = rulesOf(db, env);
  const options = optionsOf(db, host, policy);
  const read = readPayload(payload);
  const events = toldBy(host, read, payload.length, options, now);
  if (events.length === 0) return;
  const sink = policy.sink && { ...policy.sink, most: sunkAtOnce };
  const clock = () => settings.now();
  const recorder = new Recorder({ db, host, clock, patienceMs, durable: policy.durable, sink, takeIn });
  const { recorded } = recorder.write(events);
  const { trail } = recorder;
  if (recorded && trail !== undefined) {
    if (host === "claude-code" && read !== undefined) {
      try {
        takeFromTranscript(trail, hookedAt(read.value, events[0]?.sessionId), options);
      } catch {
        // The next hook looks again.
      }
    }
    signWhenDue(trail, { db, config, env, now });
  }
  recorder.close();
  if (later !== undefined && isLeft(db, now)) later(db);
}

/** An encrypted payload has waited so long that the process which was to redact it must have died. */
function isLeft(db: string, now: number): boolean {
  const files = spoolFolders(db).flatMap((folder) => spooled(folder).sealed);
  // Its name begins with its time.
  return files.some((file) => Math.abs(now - Number.parseInt(basename(file).replace(/^\./, ""), 10)) > leftAfterMs);
}

function rulesOf(db: string, env: HookSettings["env"]): { config: Config; policy: RecordingPolicy } {
  let config: Config = {};
  const read = () => {
    config = loadConfig(db);
    return config;
  };
  // There is nobody to tell; what cannot be read is taken for the strictest.
  const policy = recordingPolicy(read, { db, env, onTrouble() {} });
  return { config, policy };
}

function optionsOf(db: string, host: HookHost, { redaction, userId }: RecordingPolicy): EventOptions {
  return {
    source: host,
    redaction,
    secret: () => secretOf(db),
    live: true,
    ...(userId !== undefined && { userId }),
  };
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
  const db = trailPath(settings);
  const options = optionsOf(db, host, rulesOf(db, settings.env).policy);
  return toldBy(host, readPayload(payload), payload.length, options, settings.now());
}

function toldBy(
  host: HookHost,
  read: ReadPayload | undefined,
  bytes: number,
  options: EventOptions,
  now: number,
): SpooledEvent[] {
  const source = host === "codex" ? codex() : claudeCode;
  const normalised = source.normalise(read?.value);
  if ("skipped" in normalised) return [];
  if ("refused" in normalised) return [degraded(host, { bytes, reason: "payload-refused" })];
  const identity = host === "claude-code" ? liveIdentity(read?.value) : {};
  const events = normalised.events.map((told) => {
    const draft = marked({ ...told, ...identity }, read);
    // The payload has no time of its own; should the event reach the trail late, this is when it happened.
    return eventOf({ ...draft, occurredAt: draft.occurredAt ?? new Date(now).toISOString() }, options);
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
  return systemEvent("system.degraded", {
    description: `a hook payload of ${host} could not be read${what.damage === undefined ? "" : " to its end"}`,
    metadata: { ...what, host },
    random: systemRandom,
  });
}
