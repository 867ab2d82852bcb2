// The operator's choices for recording, made of the members of `config.json`: the same for every process that records.
import { type RedactionPolicy, type RedactionSettings, redactionPolicy } from "@sealtrail/redact";
import type { Config } from "../config.js";
import type { PressureLimits } from "../ingest/pressure.js";
import type { SinkOptions } from "../sinks/file.js";
import { sinkOf } from "../sinks/settings.js";

export interface RecordingPolicy {
  readonly redaction: RedactionPolicy;
  /** Recorded as `userId` where the host names nobody. */
  readonly userId: string | undefined;
  /** Every append survives power loss. */
  readonly durable: boolean;
  readonly limits: PressureLimits;
  /** A file that gets every event once more. */
  readonly sink: SinkOptions | undefined;
}

export interface PolicyOptions {
  readonly db: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Comes on top of the settings: what one of the two hides is hidden. */
  readonly more?: RedactionSettings;
  /**
   * Told of settings that cannot be used; may throw. Where it returns, an unusable sink counts as not set. Where the settings as a
   * whole or a pattern cannot be used, prompts, arguments and results are sealed: what was to be hidden is not known, and what is
   * written once stays written.
   */
  readonly onTrouble: (part: "settings" | "redaction" | "sink", error: unknown) => void;
}

const FLAGS = ["redactPromptText", "redactToolArgs", "redactToolResults"] as const;
const EVERYTHING = { redactPromptText: true, redactToolArgs: true, redactToolResults: true };

export function recordingPolicy(read: () => Config, { db, env, more = {}, onTrouble }: PolicyOptions): RecordingPolicy {
  const attempt = <T>(part: Parameters<typeof onTrouble>[0], make: () => T, otherwise: T): T => {
    try {
      return make();
    } catch (error) {
      onTrouble(part, error);
      return otherwise;
    }
  };
  const settings = attempt<Config>("settings", read, EVERYTHING);
  const redaction = () => {
    const flags = FLAGS.map((flag) => [flag, settings[flag] === true || more[flag] === true]);
    const patterns = [...(settings.redactPatterns ?? []), ...(more.patterns ?? [])];
    return redactionPolicy({ ...Object.fromEntries(flags), patterns });
  };
  return {
    redaction: attempt("redaction", redaction, redactionPolicy({ ...EVERYTHING, patterns: more.patterns ?? [] })),
    userId: settings.userId || env.SEALTRAIL_USER_ID || env.USER || undefined,
    durable: settings.durable === true,
    limits: { perSecond: settings.ratePerSecond, buffered: settings.rateBuffer },
    sink: attempt("sink", () => sinkOf(settings, db), undefined),
  };
}
