// What the operator set: the plugin's own configuration (checked by the host against the manifest's schema before our
// code runs), and the redaction that `config.json` beside the trail demands of every source.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import {
  type PressureLimits,
  pressureLimits,
  type RedactionPolicy,
  redactionPolicy,
  type SinkOptions,
  sinkOf,
} from "@sealtrail/trail";

export interface Settings {
  readonly db: string;
  readonly failClosed: boolean;
  readonly whenUnrecorded: "block" | "ask";
  readonly userId: string | undefined;
  readonly redaction: RedactionPolicy;
  /** A file that gets every event once more, by `config.json`. */
  readonly sink: SinkOptions | undefined;
  /** `ratePerSecond` and `rateBuffer` of `config.json`. */
  readonly limits: PressureLimits;
  /** Why `redaction` is stricter than asked for. */
  readonly trouble: string | undefined;
  /** Patterns of the host that cannot be used as regular expressions here. */
  readonly hostPatternsIgnored: readonly IgnoredPattern[];
  /** The program that `openclaw sealtrail` runs. */
  readonly cli: string | undefined;
}

export interface IgnoredPattern {
  readonly pattern: string;
  readonly why: string;
}

type Members = Readonly<Record<string, unknown>>;

const FLAGS = ["redactPromptText", "redactToolArgs", "redactToolResults"] as const;

function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `hostPatterns`: the host's `logging.redactPatterns`, honoured beside those of `config.json`. */
export function settingsOf(
  pluginConfig: unknown,
  env: Readonly<Record<string, string | undefined>>,
  hostPatterns: readonly string[] = [],
): Settings {
  const config = membersOf(pluginConfig);
  const db = resolve(text(config.db) ?? text(env.SEALTRAIL_DB) ?? join(homedir(), ".sealtrail", "audit.db"));
  const { usable, ignored } = usablePatterns(hostPatterns);
  const { redaction, userId, sink, limits, trouble } = fromTrailConfig(config, db, usable);
  return {
    db,
    failClosed: config.failClosed === true,
    whenUnrecorded: config.whenUnrecorded === "ask" ? "ask" : "block",
    userId: text(config.userId) ?? userId ?? text(env.SEALTRAIL_USER_ID) ?? text(env.USER),
    redaction,
    sink,
    limits,
    trouble,
    hostPatternsIgnored: ignored,
    cli: text(config.cli),
  };
}

/** Each pattern by itself, so that one that cannot be used does not stop the others. */
function usablePatterns(patterns: readonly string[]): { usable: string[]; ignored: IgnoredPattern[] } {
  const usable: string[] = [];
  const ignored: IgnoredPattern[] = [];
  for (const pattern of patterns.slice(0, 200)) {
    if (pattern.trim() === "") continue;
    const source = withInlineFlags(pattern);
    try {
      redactionPolicy({ patterns: [source] });
      usable.push(source);
    } catch (error) {
      ignored.push({ pattern: pattern.slice(0, 200), why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { usable, ignored };
}

/** As the host reads it: `/source/flags`, or a source alone, whose case does not matter. */
function withInlineFlags(pattern: string): string {
  const [, source = pattern, flags = "i"] = /^\/(.+)\/([gimsuy]*)$/.exec(pattern) ?? [];
  const kept = flags.replace(/[^ims]/g, "");
  return kept === "" ? source : `(?${kept})${source}`;
}

type FromTrailConfig = Pick<Settings, "redaction" | "userId" | "sink" | "limits" | "trouble">;

/** What `config.json` beside the trail says, together with the plugin's own settings. */
function fromTrailConfig(config: Members, db: string, hostPatterns: readonly string[]): FromTrailConfig {
  const path = join(dirname(db), "config.json");
  try {
    const shared = readConfig(path);
    const flags = Object.fromEntries(FLAGS.map((flag) => [flag, config[flag] === true || shared[flag] === true]));
    const patterns = Array.isArray(shared.redactPatterns) ? shared.redactPatterns.map(String) : [];
    const redaction = redactionPolicy({ ...flags, patterns: [...patterns, ...hostPatterns] });
    return {
      redaction,
      userId: text(shared.userId),
      sink: sinkOf(shared, db),
      limits: pressureLimits(shared),
      trouble: undefined,
    };
  } catch (error) {
    // A secret once written stays written: what can't be read may have asked for the strictest.
    const everything = Object.fromEntries(FLAGS.map((flag) => [flag, true]));
    const why = error instanceof Error ? error.message : String(error);
    return {
      redaction: redactionPolicy({ ...everything, patterns: [...hostPatterns] }),
      userId: undefined,
      sink: undefined,
      limits: {},
      trouble: `${path} can't be used (${why}): contents are kept as sealed hashes only`,
    };
  }
}

function readConfig(path: string): Members {
  let found: string;
  try {
    found = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  const value: unknown = JSON.parse(found);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("not a JSON object");
  return value as Members;
}
