// Tokens of one model call from Claude Code's session files and streams, under the names that all sources share.
import { compact, type Fields, field, fieldsOf, number } from "../shared/fields.js";

/** `inputTokens` are those that no cache had; `cacheWrite1hTokens` are part of `cacheWriteTokens`, `reasoningTokens` of `outputTokens`. */
export function usageOf(line: Fields, message: Fields): Record<string, unknown> {
  const usage = fieldsOf(field(message, "usage"));
  return compact({
    inputTokens: number(usage, "input_tokens"),
    cacheReadTokens: number(usage, "cache_read_input_tokens"),
    cacheWriteTokens: number(usage, "cache_creation_input_tokens"),
    cacheWrite1hTokens: number(fieldsOf(field(usage, "cache_creation")), "ephemeral_1h_input_tokens"),
    outputTokens: number(usage, "output_tokens"),
    reasoningTokens: number(fieldsOf(field(usage, "output_tokens_details")), "thinking_tokens"),
    // Of old versions.
    costUsd: number(line, "costUSD"),
  });
}
