// Exports of a dishonest keeper: every hash and root fits, and what the trail's own events say is wrong: erasures, prunes, holds,
// releases and restarts, with clocks that jump.
import { createHash } from "node:crypto";
import { bytesToHex, hexToBytes, SparseMerkleTree } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash, noCheckpoint } from "@sealtrail/smt/checkpoint";
import { recordOf, recordValue } from "@sealtrail/smt/record";
import {
  canonicalEvent,
  censoredKey,
  contentHash,
  epochAfter,
  genesisHash,
  rawKey,
  saltOf,
} from "@sealtrail/verify/event";
import type { Case } from "./judge.ts";
import type { Json } from "./mutate.ts";
import type { Random } from "./random.ts";

const DAY = 86_400_000;
const genesis = {
  createdAt: "2026-01-01T00:00:00.000Z",
  epochDurationMs: 3_600_000,
  formats: ["sealtrail-event/1"],
  tree: "ab".repeat(16),
};
const steps = [0, 1, 1_000, 3_600_000, DAY, 2 * DAY, 40 * DAY, -1, -DAY, -2 * DAY];
const oddValues: Json[] = [null, true, 0, 1, 1.5, -1, 2 ** 53 - 1, 1e300, "x", "", [], {}, [1], "1"];
const oddRanges: Json[] = [
  [
    [1, 1],
    [1, 1],
  ],
  [[2, 1]],
  [[0, 1]],
  [[1]],
  [["1", "1"]],
  [[1.5, 2]],
  [],
  [
    [1, 1],
    [2, 2],
  ],
  [null],
];
const holdIds = ["h1", "h2", "__proto__", "", "\u00e9", "e\u0301"];

/** What is on record of the events so far. */
interface Log {
  rawHashes: string[];
  /** Raw keys of the events at which the chains begin. */
  firsts: string[];
  destroyed: number[];
}

function rangesOf(sequences: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const n of sequences) {
    const last = ranges.at(-1);
    if (last !== undefined && n === last[1] + 1) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges;
}

/** Type and metadata of one of the trail's own events. */
function systemEvent(random: Random, log: Log): { type: string; metadata: Json } {
  const what = random.pick(["claim", "claim", "claim", "hold", "release", "restart"]);
  if (what === "restart")
    return { type: "system.restarted", metadata: random.chance(2) ? { accepted: random.pick([true, 1, null]) } : {} };
  const named = random.chance(2) ? log.destroyed : log.destroyed.filter(() => !random.chance(5));
  if (random.chance(6) && log.rawHashes.length > 0) named.push(1 + random.below(log.rawHashes.length));
  const ranges = rangesOf([...new Set(named)].sort((a, b) => a - b));
  const metadata: Json = {};
  if (what === "claim") {
    const hash = createHash("sha256");
    for (const [first, last] of ranges)
      for (let n = first; n <= last; n++) hash.update(hexToBytes(log.rawHashes[n - 1]!));
    const rule = {
      floorMs: random.pick([0, DAY, 30 * DAY]),
      rule: random.pick(["age", "size"]),
      maxAgeMs: random.pick([0, DAY, 40 * DAY]),
    };
    Object.assign(metadata, { ranges, rawKeysHash: hash.digest("hex"), ...rule });
  } else {
    Object.assign(metadata, { action: what, hold: random.pick(holdIds) });
    if (random.chance(2)) metadata.ranges = random.chance(2) ? ranges : [[1, 2 ** 53 - 1]];
    if (random.chance(2) && log.firsts.length > 0) metadata.firstEvents = [random.pick(log.firsts)];
  }
  const spoilt = random.pick(Object.keys(metadata));
  if (random.chance(4)) metadata[spoilt] = random.pick(spoilt === "ranges" ? oddRanges : oddValues);
  return { type: random.pick(["system.erasure", "system.retention"]), metadata };
}

export function exportCase(random: Random): [kind: string, of: Case] {
  const salts = !random.chance(4);
  const contents = random.chance(2);
  const lines: Json[] = [
    {
      format: "sealtrail-export/1",
      exportedAt: "2026-03-01T00:00:00.000Z",
      genesis,
      machineId: "m",
      filter: null,
      recomputable: true,
      content: contents,
      salts,
    },
  ];
  const tree = new SparseMerkleTree();
  const log: Log = { rawHashes: [], firsts: [], destroyed: [] };
  const newest = new Map<string, string>();
  const firstOf = new Map<string, string>();
  const count = 2 + random.below(9);
  let previousHash = bytesToHex(genesisHash(genesis));
  let place: { epoch: number; timestamp: number } | undefined;
  let before: Checkpoint | undefined;
  let timestamp = Date.UTC(2026, 0, 2);
  for (let sequence = 1; sequence <= count; sequence++) {
    timestamp += random.pick(steps);
    const createdAt = new Date(timestamp).toISOString();
    const destroyed = sequence < count && random.chance(3);
    const own = !destroyed && (sequence === count || random.chance(2));
    const { type, metadata } = own ? systemEvent(random, log) : { type: "tool.invoked", metadata: {} };
    const source = own && !random.chance(12) ? "sealtrail" : "ndjson";
    const sessionId = random.chance(3) ? undefined : random.pick(["s", "t", "s\nt", "\u{1f600}"]);
    const contentSalt = random.bytes(32);
    const content = contents && random.chance(3) ? random.bytes(4) : undefined;
    const event: Json = {
      format: "sealtrail-event/1",
      id: `019b0000-0000-7000-8000-${sequence.toString(16).padStart(12, "0")}`,
      sequence,
      createdAt,
      type,
      category: type.split(".")[0],
      source,
      description: "d",
      machineId: "m",
      metadata,
      previousHash,
      ...(sessionId !== undefined && { sessionId }),
      ...(content && { contentHash: bytesToHex(contentHash(contentSalt, content)), contentLength: content.length }),
    };
    const rawHash = bytesToHex(rawKey(saltOf(contentSalt), canonicalEvent(event)));
    const censoredHash = bytesToHex(censoredKey(event));
    const session = JSON.stringify([source, sessionId]);
    const chainPrev = sessionId === undefined ? null : (newest.get(session) ?? null);
    if (sessionId !== undefined) newest.set(session, rawHash);
    firstOf.set(rawHash, chainPrev === null ? rawHash : (firstOf.get(chainPrev) ?? chainPrev));
    const epoch = epochAfter(place, timestamp, genesis.epochDurationMs);
    place = { epoch, timestamp };
    const at = { sequence, id: event.id, timestamp, epoch, chainPrev, rawHash, censoredHash };
    const record = recordOf(at, "raw");
    tree.insert(hexToBytes(rawHash), recordValue(record));
    tree.insert(hexToBytes(censoredHash), recordValue(recordOf(at, "censored")));
    log.rawHashes.push(rawHash);
    log.firsts.push(firstOf.get(rawHash)!);
    if (destroyed) log.destroyed.push(sequence);
    const { category, id } = event;
    lines.push({
      rawHash,
      censoredHash,
      record,
      anchor: null,
      ...(destroyed
        ? { event: { category, createdAt, id, previousHash, sequence, type }, destroyed }
        : { event, [salts ? "contentSalt" : "salt"]: bytesToHex(salts ? contentSalt : saltOf(contentSalt)) }),
      ...(content && !destroyed && { content: Buffer.from(content).toString("base64") }),
    });
    previousHash = rawHash;
    if (random.chance(4)) {
      before = {
        format: "sealtrail-checkpoint/1",
        tree: genesis.tree,
        version: (before?.version ?? 0) + 1,
        root: bytesToHex(tree.root),
        leafCount: 2 * sequence,
        firstSequence: (before?.lastSequence ?? 0) + 1,
        lastSequence: sequence,
        epoch,
        createdAt,
        lastSigned: 0,
        previous: before === undefined ? noCheckpoint : checkpointHash(before),
      };
      lines.push({ checkpoint: before });
    }
  }
  lines.push({ end: { events: count, lastSequence: count } });
  if (random.chance(6)) lines.splice(1 + random.below(lines.length - 1), 0, random.pick(lines));
  return ["export", { name: "", text: lines.map((line) => `${JSON.stringify(line)}\n`).join("") }];
}
