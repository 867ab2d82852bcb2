// One POST of up to ten statements, and what each of them becomes (digital-evidence.md, HTTP). Results are matched by
// hash, never by position; whatever the answer leaves open is looked up; what stays open is sent again as the same bytes.
import type { SubmissionResult } from "../client/answers.js";
import type { Answer } from "../client/client.js";
import type { CallFailure } from "../client/http.js";
import type { StatementRow } from "../outbox/statement-row.js";
import { callFor, type DrainedOutbox, lookUp } from "./drained-outbox.js";
import { accepted, held, rejected, requeued, sending } from "./outcome.js";
import { credentialKey, type DrainDeps, type NetworkTarget } from "./target.js";

export interface Item {
  part: DrainedOutbox;
  row: StatementRow;
}

export const BATCH = 10;

export function bodyOf(rows: readonly StatementRow[]): string {
  return `[${rows.map((row) => row.submission).join(",")}]`;
}

/** Answers the failure where the network was not reached; undefined where every item has its outcome or was stopped. */
export async function submit(
  items: readonly Item[],
  target: NetworkTarget,
  deps: DrainDeps,
): Promise<CallFailure | undefined> {
  const parts = [...new Set(items.map((item) => item.part))];
  const now = deps.clock();
  for (const part of parts) sending(part, rowsOf(items, part), now);
  const answer = await post(
    parts,
    target,
    items.map((item) => item.row),
  );
  if (answer.ok) return settle(items, answer.value, target, deps);
  if (answer.kind === "status" && answer.status !== undefined) {
    if ([401, 402, 403].includes(answer.status)) {
      for (const part of parts) {
        requeued(part, rowsOf(items, part), null);
        held(part, credentialKey(target), holdMessage(answer, target));
      }
      return answer;
    }
    if ([400, 409, 413, 422].includes(answer.status)) return refusedWhole(items, answer, target, deps);
  }
  for (const part of parts) part.stopped = true;
  return answer;
}

/** The POST itself. An answer about statements that were not sent is no answer. */
export function post(
  parts: readonly DrainedOutbox[],
  target: NetworkTarget,
  rows: readonly StatementRow[],
  body = bodyOf(rows),
  payment?: string,
): Promise<Answer<SubmissionResult[]>> {
  const hashes = new Set(rows.map((row) => row.hash));
  return callFor(parts, async () => {
    const answer = await target.client.submit(body, payment);
    if (!answer.ok && answer.status === 404) return { ...answer, kind: "bad-shape" as const };
    if (!answer.ok || answer.value.every((result) => hashes.has(result.hash))) return answer;
    return {
      ok: false as const,
      kind: "foreign" as const,
      message: "the network answered about statements that were not sent",
    };
  });
}

/** Each statement by the results that name its hash; what they leave open, by a look-up. */
export async function settle(
  items: readonly Item[],
  results: readonly SubmissionResult[],
  target: NetworkTarget,
  deps: DrainDeps,
): Promise<CallFailure | undefined> {
  for (const { part, row } of items) {
    const eventId = eventIdOf(row);
    const mine = results.filter((r) => r.hash === row.hash && (r.eventId === undefined || r.eventId === eventId));
    if (mine.length > 0 && mine.every((r) => r.verdict === "accepted")) {
      accepted(part, row, deps.clock());
      continue;
    }
    const reason = mine.flatMap((r) => r.errors).join("; ") || "refused without a reason";
    const failure = await settleByLookUp(
      part,
      row,
      mine.some((r) => r.verdict === "refused") ? reason : undefined,
      target,
      deps,
    );
    if (failure) return failure;
  }
  return undefined;
}

/** Known there: accepted. Unknown there: rejected where a reason was given, else it stays and is sent again. */
async function settleByLookUp(
  part: DrainedOutbox,
  row: StatementRow,
  reason: string | undefined,
  target: NetworkTarget,
  deps: DrainDeps,
): Promise<CallFailure | undefined> {
  if (part.breaker.blockedUntil() !== undefined) return undefined;
  const found = await lookUp(part, target.client, row);
  if (found.is === "ours") accepted(part, row, deps.clock());
  else if (found.is === "trouble") {
    part.stopped = true;
    return found.failure;
  } else if (reason !== undefined) rejected(part, row, reason, deps.clock());
  else part.stopped = true; // later versions wait for this one
  return undefined;
}

/** The call as a whole was refused: each statement alone says which one it was. */
async function refusedWhole(
  items: readonly Item[],
  answer: CallFailure,
  target: NetworkTarget,
  deps: DrainDeps,
): Promise<CallFailure | undefined> {
  if (items.length === 1) {
    const { part, row } = items[0]!;
    return settleByLookUp(part, row, answer.message, target, deps);
  }
  for (const item of items) {
    if (item.part.stopped || deps.signal?.aborted) continue;
    await deps.sleep(deps.pauseMs);
    const failure = await submit([item], target, deps);
    if (failure) return failure;
  }
  return undefined;
}

function holdMessage(answer: CallFailure, target: NetworkTarget): string {
  if (answer.status !== 402)
    return `the network refuses the API key (${answer.message}): check it with audit setup; everything is kept`;
  if (target.client.hasApiKey)
    return "the network asks for a payment in spite of the API key: check the account; everything is kept";
  return "the network asks for a payment, and paying is off: set an API key, or both caps and the recipient, with audit setup";
}

function rowsOf(items: readonly Item[], part: DrainedOutbox): StatementRow[] {
  return items.filter((item) => item.part === part).map((item) => item.row);
}

function eventIdOf(row: StatementRow): string | undefined {
  return (JSON.parse(row.submission) as { attestation: { content: { eventId?: string } } }).attestation.content.eventId;
}
