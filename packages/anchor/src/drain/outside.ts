// Is this file the newest copy of its trail? Every statement is stored before it is sent, so one that is outside and not
// in the outbox was made by a copy that went on: ours is an older one, and must not go on beside it.

import { verifyFingerprint } from "../check/fingerprint.js";
import { parseDocumentId } from "../check/statement.js";
import type { CallFailure } from "../client/http.js";
import type { LedgerEntry } from "../ledger/entry.js";
import type { Outbox } from "../outbox/outbox.js";
import { signedIn } from "../outbox/statement-row.js";
import { rolledBack } from "./outcome.js";
import { callFor, type Participant } from "./participant.js";
import type { NetworkTarget } from "./target.js";

const PAGES = 5;
const OVERLAP_MS = 3_600_000;

export interface OwnStatements {
  tree: string | undefined;
  signers: ReadonlySet<string>;
  has(hash: string): boolean;
}

export function ownStatements(outbox: Outbox): OwnStatements {
  const [newest] = outbox.rows({ last: 1 });
  return {
    tree: newest && parseDocumentId(signedIn(newest)?.content.documentId)?.tree,
    signers: new Set(outbox.signers()),
    has: (hash) => outbox.byHash(hash) !== undefined,
  };
}

/** A statement of our tree, by one of our signers, that this outbox never made. */
export function isUnknownOfOurs(entry: LedgerEntry, own: OwnStatements): boolean {
  const { statement } = entry;
  const tree = parseDocumentId(statement.content.documentId)?.tree;
  if (tree === undefined || tree !== own.tree || own.has(statement.hash)) return false;
  const verdict = verifyFingerprint(statement);
  return verdict.ok && verdict.signers.some((id) => own.signers.has(id));
}

/** Asks the network for our account's newer statements. What cannot be asked is not held against the trail. */
export async function lookBack(part: Participant, target: NetworkTarget): Promise<CallFailure | undefined> {
  const own = ownStatements(part.outbox);
  if (!target.client.hasApiKey || own.tree === undefined) return undefined;
  const newest = part.outbox.newestAcceptance(target.network);
  const since = newest > 0 ? { datetimeStart: new Date(newest - OVERLAP_MS).toISOString() } : {};
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const query = { ...since, limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await callFor([part], () => target.client.query(query));
    if (!answer.ok) {
      const known = answer.kind === "status" && answer.status !== 429 && (answer.status ?? 0) < 500;
      if (known) return undefined; // the submission will say it better
      part.stopped = true;
      return answer;
    }
    for (const { hash, documentId } of answer.value.items) {
      if (parseDocumentId(documentId)?.tree !== own.tree || own.has(hash)) continue;
      rolledBack(part, `the network (${target.network})`);
      return undefined;
    }
    cursor = answer.value.cursor;
    if (!answer.value.hasMore || cursor === undefined) return undefined;
  }
  return undefined;
}
