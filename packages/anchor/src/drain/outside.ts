// Is this file the newest copy of its trail? Every statement is stored before it is sent, so one that is outside and not
// in the outbox was made by a copy that went on: ours is an older one, and must not go on beside it.

import { verifyFingerprint } from "../check/fingerprint.js";
import { parseDocumentId } from "../check/statement.js";
import type { LedgerEntry } from "../ledger/entry.js";
import type { Outbox } from "../outbox/outbox.js";
import { type StatementRow, signedIn } from "../outbox/statement-row.js";
import { rolledBack } from "./outcome.js";
import { callFor, type Participant } from "./participant.js";
import type { NetworkTarget } from "./target.js";

const PAGES = 5;
const OVERLAP_MS = 3_600_000;

/** A statement of our tree, by one of our signers, that this outbox never made. */
export function isUnknownOfOurs(entry: LedgerEntry, outbox: Outbox, rows: readonly StatementRow[]): boolean {
  const { statement } = entry;
  const tree = parseDocumentId(statement.content.documentId)?.tree;
  if (tree === undefined || tree !== treeOf(rows) || outbox.byHash(statement.hash) !== undefined) return false;
  const verdict = verifyFingerprint(statement);
  const ours = new Set(rows.map((row) => signedIn(row)?.content.signerId));
  return verdict.ok && verdict.signers.some((id) => ours.has(id));
}

/** Asks the network for our account's newer statements. What cannot be asked is not held against the trail. */
export async function lookBack(part: Participant, rows: readonly StatementRow[], target: NetworkTarget): Promise<void> {
  const tree = treeOf(rows);
  if (!target.client.hasApiKey || tree === undefined) return;
  const newest = Math.max(...rows.map((row) => row.acceptedAt ?? 0));
  const since = newest > 0 ? { datetimeStart: new Date(newest - OVERLAP_MS).toISOString() } : {};
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const query = { ...since, limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await callFor([part], () => target.client.query(query));
    if (!answer.ok) {
      if (answer.kind !== "status") part.stopped = true;
      return;
    }
    for (const { hash, documentId } of answer.value.items) {
      if (parseDocumentId(documentId)?.tree !== tree || part.outbox.byHash(hash) !== undefined) continue;
      return rolledBack(part, `the network (${target.network})`);
    }
    cursor = answer.value.cursor;
    if (!answer.value.hasMore || cursor === undefined) return;
  }
}

function treeOf(rows: readonly StatementRow[]): string | undefined {
  for (const row of rows) {
    const tree = parseDocumentId(signedIn(row)?.content.documentId)?.tree;
    if (tree !== undefined) return tree;
  }
  return undefined;
}
