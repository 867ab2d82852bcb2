// The operator's choices for recording, made of the members of `config.json`: the same for every process that records.
import { type RedactionPolicy, type RedactionSettings, redactionPolicy } from "@sealtrail/redact";
import { type PressureLimits, pressureLimits } from "../ingest/pressure.js";
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

export type Settings = Readonly<Record<string, unknown>>;

export interface PolicyOptions {
  readonly db: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Comes on top of the settings: what one of the two hides is hidden. */
  readonly more?: RedactionSettings;
  /**
   * Told of settings that cannot be used; may throw. Where it returns, an unusable sink or limit counts as not set, and unusable
   * settings as a whole, or patterns, lead to prompts, arguments and results being sealed: what they were to hide is not known,
   * and what is written once stays written.
   */
  readonly onTrouble: (part: "settings" | "redaction" | "limits" | "sink", error: unknown) => void;
}

const FLAGS = ["redactPromptText", "redactToolArgs", "redactToolResults"] as const;
const EVERYTHING = { redactPromptText: true, redactToolArgs: true, redactToolResults: true };

export function recordingPolicy(
  read: () => Settings,
  { db, env, more = {}, onTrouble }: PolicyOptions,
): RecordingPolicy {
  const attempt = <T>(part: Parameters<typeof onTrouble>[0], make: () => T, otherwise: T): T => {
    try {
      return make();
    } catch (error) {
      onTrouble(part, error);
      return otherwise;
    }
  };
  const settings = attempt<Settings>("settings", read, EVERYTHING);
  const redaction = () => {
    const flags = FLAGS.map((flag) => [flag, settings[flag] === true || more[flag] === true]);
    const patterns = Array.isArray(settings.redactPatterns) ? settings.redactPatterns.map(String) : [];
    return redactionPolicy({ ...Object.fromEntries(flags), patterns: [...patterns, ...(more.patterns ?? [])] });
  };
  return {
    redaction: attempt("redaction", redaction, redactionPolicy({ ...EVERYTHING, patterns: more.patterns ?? [] })),
    userId: [settings.userId, env.SEALTRAIL_USER_ID, env.USER].find(isName),
    durable: settings.durable === true,
    limits: attempt("limits", () => pressureLimits(settings), {}),
    sink: attempt("sink", () => sinkOf(settings, db), undefined),
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
