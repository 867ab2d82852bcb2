/** The sources that `ingest` knows. Kept here so that help and completion need not load them. */
export const SOURCES = ["openclaw", "claude-code", "codex", "codex-rollout", "gateway-jsonl", "ndjson"] as const;
