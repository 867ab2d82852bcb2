// Is this file the newest copy of its trail? Every statement is stored before it is sent, so one that is outside and not
// in the outbox was made by a copy that went on: ours is an older one, and must not go on beside it.

import { isHex, parseSigned } from "@sealtrail/verify/signing";
import { parseDocumentId, verifyFingerprint } from "@sealtrail/verify/statement";
import type { CallFailure } from "../client/http.js";
import type { Outbox } from "../outbox/outbox.js";
import { parseStatement } from "../outbox/statement-row.js";
import { callFor, type DrainedOutbox } from "./drained-outbox.js";
import { foreignRecords, rolledBack } from "./outcome.js";
import type { NetworkTarget } from "./target.js";

const PAGES = 5;
const OVERLAP_MS = 3_600_000;
/** Records of our tree that we do not know: so many are looked at one by one in a pass. */
const LOOK_UPS = 10;

export interface OwnStatements {
  tree: string | undefined;
  signers: ReadonlySet<string>;
  has(hash: string): boolean;
}

export function ownStatements(outbox: Outbox): OwnStatements {
  const [newest] = outbox.rows({ last: 1 });
  return {
    tree: newest && parseDocumentId(parseStatement(newest)?.content.documentId)?.tree,
    signers: new Set(outbox.signers()),
    has: (hash) => outbox.byHash(hash) !== undefined,
  };
}

/** A statement of our tree, by one of our signers, that this outbox never made. */
export function isUnknownOfOurs(statement: unknown, own: OwnStatements): boolean {
  const parsed = parseSigned(statement);
  if (!parsed.ok || own.tree === undefined || own.has(parsed.signed.hash)) return false;
  if (parseDocumentId(parsed.signed.content.documentId)?.tree !== own.tree) return false;
  // Last, because only this takes time.
  const verdict = verifyFingerprint(statement);
  return verdict.ok && verdict.signers.some((id) => own.signers.has(id));
}

/**
 * Asks the network for our account's newer statements. Only one that one of our keys signed says that this file is an older
 * copy: anybody with a key of the same account may write records that name our tree. What cannot be asked, or comes without
 * its signature, is not held against the trail.
 */
export async function detectRollback(part: DrainedOutbox, target: NetworkTarget): Promise<CallFailure | undefined> {
  const own = ownStatements(part.outbox);
  if (!target.client.hasApiKey || own.tree === undefined) return undefined;
  const newest = part.outbox.newestAcceptance(target.network);
  const since = newest > 0 ? { datetimeStart: new Date(newest - OVERLAP_MS).toISOString() } : {};
  let cursor: string | undefined;
  let unproven = 0;
  for (let page = 0; page < PAGES; page++) {
    const query = { ...since, limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await callFor([part], () => target.client.query(query));
    if (!answer.ok) {
      const known = answer.kind === "status" && answer.status !== 429 && (answer.status ?? 0) < 500;
      if (known) return undefined; // the submission will say it better
      part.stopped = true;
      return answer;
    }
    for (const item of answer.value.items) {
      if (parseDocumentId(item.documentId)?.tree !== own.tree || own.has(item.hash)) continue;
      let { statement } = item;
      if (statement === undefined && unproven < LOOK_UPS && isHex(item.hash, 64)) {
        const detail = await callFor([part], () => target.client.fingerprint(item.hash));
        if (detail.ok) statement = detail.value.statement;
      }
      if (isUnknownOfOurs(statement, own)) {
        rolledBack(part, `the network (${target.network})`);
        return undefined;
      }
      unproven++;
    }
    cursor = answer.value.cursor;
    if (!answer.value.hasMore || cursor === undefined) break;
  }
  if (unproven > 0) foreignRecords(part, unproven);
  return undefined;
}
