// What the operator set: the plugin's own configuration (checked by the host against the manifest's schema before our
// code runs), and the redaction that `config.json` beside the trail demands of every source.
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { redactionPolicy } from "@sealtrail/trail";
import { configPath, readConfig } from "@sealtrail/trail/config";
import { type RecordingPolicy, recordingPolicy } from "@sealtrail/trail/recorder";

export interface Settings extends RecordingPolicy {
  readonly db: string;
  readonly failClosed: boolean;
  readonly whenUnrecorded: "block" | "ask";
  /** Settings of `config.json` that cannot be used, and what is done instead. */
  readonly troubles: readonly string[];
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
  const path = configPath(db);
  const troubles: string[] = [];
  const policy = recordingPolicy(() => readConfig(db), {
    db,
    env,
    more: { ...config, patterns: usable },
    onTrouble(part, error) {
      const why = error instanceof Error ? error.message : String(error);
      const instead = part === "sink" ? "" : ": contents are kept as sealed hashes only";
      troubles.push(`${part === "settings" ? "" : `${path}: `}${why}${instead}`);
    },
  });
  return {
    ...policy,
    db,
    failClosed: config.failClosed === true,
    whenUnrecorded: config.whenUnrecorded === "ask" ? "ask" : "block",
    userId: text(config.userId) ?? policy.userId,
    troubles,
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
