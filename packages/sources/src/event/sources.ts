// The inputs that `audit ingest` reads, each with what its events carry in `source`. Without the readers themselves, so that help,
// completion and the spool need not load them.

/** By the name that the command line gives an input. @internal */
export const INPUTS = {
  openclaw: "openclaw",
  "openclaw-session": "openclaw",
  "openclaw-gateway-log": "openclaw",
  "claude-code": "claude-code",
  "claude-transcript": "claude-code",
  codex: "codex",
  "codex-rollout": "codex",
  "gateway-jsonl": "gateway-jsonl",
  ndjson: "ndjson",
} as const;

/** The name of a source, as `audit ingest` takes it. @public */
export type SourceName = keyof typeof INPUTS;

/** The names of all sources. @public */
export const SOURCE_NAMES = Object.keys(INPUTS) as readonly SourceName[];

/** What an event carries in `source`: a host, or the trail itself. @public */
export type EventSource = (typeof INPUTS)[SourceName] | "sealtrail";

/** Whether a text may stand in the `source` of an event. @internal */
export function isEventSource(text: string): text is EventSource {
  return text === "sealtrail" || (Object.values(INPUTS) as string[]).includes(text);
}
