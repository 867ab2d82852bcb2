// Converts Codex's token counts into ours. Codex's `input_tokens` include the cached ones, its `output_tokens` the reasoning.
// Its log gives running totals and the last call's counts, and repeats both.
import { compact, type Fields, field, fieldsOf, number } from "../shared/fields.js";

export interface Tokens {
  input: number;
  cached: number;
  cacheWrite: number;
  output: number;
  reasoning: number;
}

export function tokensOf(value: unknown): Tokens | undefined {
  const fields = fieldsOf(value);
  const amount = (name: string) => {
    const n = number(fields, name);
    return n !== undefined && Number.isFinite(n) && n >= 0 ? n : 0;
  };
  if (number(fields, "input_tokens", "output_tokens", "total_tokens") === undefined) return undefined;
  return {
    input: amount("input_tokens"),
    cached: amount("cached_input_tokens"),
    cacheWrite: amount("cache_write_input_tokens"),
    output: amount("output_tokens"),
    reasoning: amount("reasoning_output_tokens"),
  };
}

/** Under the names that all hosts share: `inputTokens` are those that no cache held. */
export function usageOf(tokens: Tokens): Record<string, unknown> {
  return compact({
    inputTokens: Math.max(0, tokens.input - tokens.cached - tokens.cacheWrite),
    cacheReadTokens: tokens.cached,
    cacheWriteTokens: tokens.cacheWrite,
    outputTokens: tokens.output,
    reasoningTokens: tokens.reasoning,
  });
}

const sum = ({ input, output }: Tokens) => input + output;

/** Computes the tokens of each model call of a thread from running totals, which may be repeated. */
export class TokenCounter {
  /** The highest total so far; undefined where the totals began in another thread. */
  #highest: Tokens | undefined;

  /** @param fresh the thread began here, so its totals began at 0 */
  constructor(fresh: boolean) {
    this.#highest = fresh ? { input: 0, cached: 0, cacheWrite: 0, output: 0, reasoning: 0 } : undefined;
  }

  /** The call's own tokens; undefined where the totals say nothing new. */
  next(total: Tokens | undefined, last: Tokens | undefined): Tokens | undefined {
    if (total === undefined) return last;
    const before = this.#highest;
    if (before === undefined) {
      this.#highest = total;
      return last ?? total;
    }
    if (sum(total) > sum(before)) {
      this.#highest = total;
      return difference(total, before);
    }
    // A smaller total that equals the last call's tokens: the host began to count from 0 again. Any other total is a
    // repetition.
    const anew = last !== undefined && sum(total) < sum(before) && sum(total) === sum(last) && sum(total) > 0;
    if (!anew) return undefined;
    this.#highest = total;
    return last;
  }

  /** Takes over the totals of a copied history, which are counted in the thread that it was copied from. */
  inherit(total: Tokens | undefined): void {
    if (total !== undefined) this.#highest = total;
  }
}

function difference(total: Tokens, before: Tokens): Tokens {
  const less = (name: keyof Tokens) => Math.max(0, total[name] - before[name]);
  return {
    input: less("input"),
    cached: less("cached"),
    cacheWrite: less("cacheWrite"),
    output: less("output"),
    reasoning: less("reasoning"),
  };
}

/** `token_count.info` and `token_usage_record` both give a total and the last call. */
export function totalsIn(payload: Fields): { total: Tokens | undefined; last: Tokens | undefined } {
  const info = fieldsOf(field(payload, "info"));
  return {
    total: tokensOf(field(info, "total_token_usage")) ?? tokensOf(field(payload, "thread_token_usage")),
    last: tokensOf(field(info, "last_token_usage")) ?? tokensOf(field(payload, "usage")),
  };
}
