// Tokens and money of OpenClaw's model calls. The host tells them three times: with each assistant message that it writes, with
// the response at the end of the turn, and with the reply that goes out. A sum must count them once, so they are recorded with
// the message, and with the response only where no message of that turn had them.
import { compact, type Fields, field, fieldsOf, number, pick } from "../shared/fields.js";
import { RecentMap } from "../shared/recent-map.js";

/** A usage block under our names. The host's `input` leaves cached tokens out, as our `inputTokens` does. */
function membersOf(block: Fields): { tokens: Record<string, unknown>; cost: Record<string, unknown> } {
  const tokens = pick(block, [
    "input>inputTokens",
    "output>outputTokens",
    "cacheRead>cacheReadTokens",
    "cacheWrite>cacheWriteTokens",
    "reasoning>reasoningTokens",
  ]);
  // The total is kept only where its parts are missing.
  if (Object.keys(tokens).length === 0) Object.assign(tokens, pick(block, ["total>totalTokens", "totalTokens"]));
  const cost = fieldsOf(field(block, "cost"));
  return { tokens, cost: compact({ costUsd: number(cost, "total") ?? number(block, "costUsd") }) };
}

/** Sessions whose turns are remembered; more than these are not at work at once. */
const mostSessions = 1_000;

/** For each session, the usage that messages of the present turn had. */
export class TurnUsage {
  readonly #told = new RecentMap<string, { tokens: boolean; cost: boolean }>(mostSessions);

  /** Of an assistant message. */
  ofMessage(session: string, block: unknown): Record<string, unknown> {
    const { tokens, cost } = membersOf(fieldsOf(block));
    const told = this.#told.get(session) ?? { tokens: false, cost: false };
    told.tokens ||= Object.keys(tokens).length > 0;
    told.cost ||= Object.keys(cost).length > 0;
    this.#told.set(session, told);
    return { ...tokens, ...cost };
  }

  /** Of the response, which ends the turn. */
  ofResponse(session: string, block: unknown): Record<string, unknown> {
    const { tokens, cost } = membersOf(fieldsOf(block));
    const told = this.#told.get(session);
    this.#told.delete(session);
    return { ...(told?.tokens ? {} : tokens), ...(told?.cost ? {} : cost) };
  }
}
