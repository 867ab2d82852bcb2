// One trail's part in a drain: its outbox under a lease, its breaker, and what may not be sent for it now.

import type { SignedFingerprint } from "@sealtrail/verify/statement";
import { Breaker } from "../breaker/breaker.js";
import { isOurs } from "../client/answers.js";
import type { Answer, DigitalEvidenceClient } from "../client/client.js";
import type { CallFailure } from "../client/http.js";
import { Lease } from "../outbox/lease.js";
import type { Outbox } from "../outbox/outbox.js";
import { parseStatement, type StatementRow } from "../outbox/statement-row.js";
import type { DrainDeps } from "./target.js";

export interface DrainedOutbox {
  outbox: Outbox;
  lease: Lease;
  breaker: Breaker;
  /** Nothing more in this pass: a call failed, or an earlier version is not settled. */
  stopped: boolean;
}

/** Undefined while another process drains this outbox. */
export function join(outbox: Outbox, holder: string, deps: DrainDeps): DrainedOutbox | undefined {
  const lease = Lease.take(outbox.database, holder, deps.clock);
  if (lease === undefined) return undefined;
  const breaker = new Breaker(outbox.breaker(), deps);
  return { outbox, lease, breaker, stopped: false };
}

/** One call on behalf of some trails: each one's lease is renewed before it, each one's breaker counts it. */
export async function callFor<T>(parts: readonly DrainedOutbox[], call: () => Promise<Answer<T>>): Promise<Answer<T>> {
  const blocked = parts.filter((part) => part.breaker.blockedUntil() !== undefined);
  for (const part of blocked) part.stopped = true;
  if (blocked.length > 0)
    return { ok: false, kind: "unreachable", message: "the network was down: nothing is sent for now" };
  for (const part of parts) part.lease.renew();
  const through = parts.reduce((inner, part) => () => part.breaker.run(inner), call);
  const answer = await through();
  for (const part of parts) {
    part.lease.write(() => part.outbox.setBreaker(part.breaker.toString()));
    if (part.breaker.blockedUntil() !== undefined) part.stopped = true;
  }
  return answer;
}

export type Found = { is: "ours"; detail: string } | { is: "absent" } | { is: "trouble"; failure: CallFailure };

/** What the network has of a statement. A content of somebody else under our hash is a failed call. */
export function askFor(part: DrainedOutbox, client: DigitalEvidenceClient, hash: string, signed: SignedFingerprint) {
  return callFor([part], async () => {
    const given = await client.fingerprint(hash);
    if (!given.ok || isOurs(given.value, signed)) return given;
    return {
      ok: false as const,
      kind: "foreign" as const,
      message: "the network shows another content under our hash",
    };
  });
}

/** Does the network know this statement, with just our content? Somebody else's record under our hash is no answer. */
export async function lookUp(part: DrainedOutbox, client: DigitalEvidenceClient, row: StatementRow): Promise<Found> {
  const signed = parseStatement(row);
  if (signed === undefined) {
    return {
      is: "trouble",
      failure: { ok: false, kind: "bad-shape", message: "the stored statement is damaged: run audit verify" },
    };
  }
  const answer = await askFor(part, client, row.hash, signed);
  if (answer.ok) return { is: "ours", detail: answer.raw };
  return answer.status === 404 && answer.kind === "status" ? { is: "absent" } : { is: "trouble", failure: answer };
}
