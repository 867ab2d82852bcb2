// A small trail of fixed events: the leaves, checkpoints and anchors that the archives and bundles are made from.
import { bytesToHex, hexToBytes, SparseMerkleTree } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash, noCheckpoint } from "@sealtrail/smt/checkpoint";
import { type LeafRecord, recordOf, recordValue } from "@sealtrail/smt/record";
import {
  canonicalEvent,
  censoredKey,
  contentHash,
  type EventBody,
  epochAfter,
  genesisHash,
  rawKey,
  saltOf,
} from "@sealtrail/verify/event";
import { fixed, fixedHex, utf8 } from "./common.ts";

export const EVENTS = 40;
const start = Date.parse("2026-03-01T10:00:00.000Z");
/** Nine minutes an event, so an epoch has six or seven. */
const step = 9 * 60_000;

export const genesis = {
  createdAt: "2026-03-01T09:59:00.000Z",
  epochDurationMs: 3_600_000,
  formats: ["sealtrail-checkpoint/1", "sealtrail-event/1"],
  tree: fixedHex("tree").slice(0, 32),
};

export const contentSaltOf = (n: number): Uint8Array => fixed(`content salt of event ${n}`);
export const contentOf = (n: number): Uint8Array => utf8(`What the agent said in event ${n}: \u{1f4dc} done.`);

const uuid = (n: number, time: number): string => {
  const t = time.toString(16).padStart(12, "0");
  const r = fixedHex(`id of event ${n}`);
  return `${t.slice(0, 8)}-${t.slice(8)}-7${r.slice(0, 3)}-a${r.slice(3, 6)}-${r.slice(6, 18)}`;
};

interface Row {
  event: EventBody;
  leaves: { key: string; record: LeafRecord }[];
  epoch: number;
}

const rows: Row[] = [];
const sessions = new Map<string, string>();
for (let n = 1; n <= EVENTS; n++) {
  const time = start + n * step;
  const previous = rows.at(-1);
  const session = n % 5 === 0 ? undefined : `session-${n % 3}`;
  const event: EventBody = {
    format: "sealtrail-event/1",
    category: "tool",
    createdAt: new Date(time).toISOString(),
    description: `Event ${n}`,
    id: uuid(n, time),
    machineId: "0123456789abcdef",
    metadata: { durationMs: n * 1.5, toolName: "read" },
    previousHash: previous ? previous.leaves[0]!.key : bytesToHex(genesisHash(genesis)),
    sequence: n,
    source: "ndjson",
    type: n % 2 ? "tool.invoked" : "tool.result",
    ...(session === undefined ? {} : { sessionId: session }),
    ...(n % 4 === 0
      ? { contentHash: bytesToHex(contentHash(contentSaltOf(n), contentOf(n))), contentLength: contentOf(n).length }
      : {}),
  };
  const rawHash = bytesToHex(rawKey(saltOf(contentSaltOf(n)), canonicalEvent(event)));
  const censoredHash = bytesToHex(censoredKey(event));
  const last = previous && { epoch: previous.epoch, timestamp: Date.parse(previous.event.createdAt) };
  const epoch = epochAfter(last, time, genesis.epochDurationMs);
  const chainPrev = session === undefined ? null : (sessions.get(session) ?? null);
  if (session !== undefined) sessions.set(session, rawHash);
  const place = { sequence: n, id: event.id, timestamp: time, epoch, chainPrev, rawHash, censoredHash };
  rows.push({
    event,
    epoch,
    leaves: [
      { key: rawHash, record: recordOf(place, "raw") },
      { key: censoredHash, record: recordOf(place, "censored") },
    ],
  });
}

export const eventOf = (n: number): EventBody => rows[n - 1]!.event;
export const leavesOf = (n: number): Row["leaves"] => rows[n - 1]!.leaves;
export const epochOf = (n: number): number => rows[n - 1]!.epoch;

/** The tree after `sequence` events. */
export function treeAfter(sequence: number): SparseMerkleTree {
  const tree = new SparseMerkleTree();
  for (const { leaves } of rows.slice(0, sequence))
    for (const { key, record } of leaves) tree.insert(hexToBytes(key), recordValue(record));
  return tree;
}

/** The line of checkpoints at these sequences; the statements of all but the newest were signed. */
export function checkpointsAt(sequences: readonly number[]): Checkpoint[] {
  const line: Checkpoint[] = [];
  for (const lastSequence of sequences) {
    const previous = line.at(-1);
    line.push({
      format: "sealtrail-checkpoint/1",
      tree: genesis.tree,
      version: line.length + 1,
      root: bytesToHex(treeAfter(lastSequence).root),
      leafCount: 2 * lastSequence,
      firstSequence: (previous?.lastSequence ?? 0) + 1,
      lastSequence,
      epoch: epochOf(lastSequence),
      createdAt: new Date(start + lastSequence * step + 1000).toISOString(),
      lastSigned: line.length,
      previous: previous ? checkpointHash(previous) : noCheckpoint,
    });
  }
  return line;
}
