/** The sources that `ingest` knows. Kept here so that help and completion need not load them. */
export const SOURCES = [
  "openclaw",
  "openclaw-session",
  "openclaw-gateway-log",
  "claude-code",
  "claude-transcript",
  "codex",
  "codex-rollout",
  "gateway-jsonl",
  "ndjson",
] as const;
