// Bundles of a dishonest operator: he holds the key, so every hash and signature fits, and only what they say is wrong.
import { createHash } from "node:crypto";
import { signFingerprint } from "@sealtrail/anchor/keys";
import { bytesToHex, hexToBytes, SparseMerkleTree } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash, parseCheckpoint } from "@sealtrail/smt/checkpoint";
import { type LeafRecord, recordValue } from "@sealtrail/smt/record";
import { canonicalEvent, censoredKey, contentHash, rawKey, saltOf } from "@sealtrail/verify/event";
import { documentIdOf } from "@sealtrail/verify/statement";
import type { Case } from "./judge.ts";
import type { Json } from "./mutate.ts";
import type { Random } from "./random.ts";

const zeros = "0".repeat(64);
const treeId = "cd".repeat(16);
const keys = ["11".repeat(32), "22".repeat(32)] as const;
const sha = (...parts: (Uint8Array | string)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

interface Row {
  event: Json;
  contentSalt: Uint8Array;
  content: Uint8Array;
  keys: [raw: string, censored: string];
  records: [raw: LeafRecord, censored: LeafRecord];
}

/** A number or text of any value, where the right one is a literal. */
type Widened<T> = T extends string ? string : T extends number ? number : T;

/** Now and then another value than the right one. */
function lie<T>(random: Random, value: T, ...others: Widened<NoInfer<T>>[]): Widened<T> {
  return random.chance(40) ? random.pick(others) : (value as Widened<T>);
}

function rowOf(random: Random, sequence: number, before: Row | undefined): Row {
  const time = Date.UTC(2026, 0, 5, 8, 0, sequence);
  const createdAt = new Date(time).toISOString();
  const hex = bytesToHex(random.bytes(9));
  const stamp = time.toString(16).padStart(12, "0");
  const contentSalt = random.bytes(32);
  const content = random.bytes(random.below(20));
  const event = {
    format: "sealtrail-event/1",
    id: `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`,
    sequence: lie(random, sequence, sequence + 1),
    createdAt,
    category: "tool",
    type: "tool.result",
    description: random.pick(["", "é", "\u{1f600}"]),
    machineId: "m",
    source: "ndjson",
    previousHash: before?.keys[0] ?? zeros,
    metadata: { n: random.below(1000) / 8 },
    contentHash: bytesToHex(contentHash(contentSalt, content)),
    contentLength: content.length,
  } as const;
  const raw = bytesToHex(rawKey(saltOf(contentSalt), canonicalEvent(event as never)));
  const censored = bytesToHex(censoredKey(event));
  const chainPrev = before?.keys[0] ?? null;
  const common = (): Pick<LeafRecord, "chainPrev" | "epoch" | "eventId" | "timestamp"> => ({
    chainPrev: lie(random, chainPrev, null, zeros),
    epoch: lie(random, 0, 1),
    eventId: lie(random, event.id, event.id.replace(/.$/, "0")),
    timestamp: lie(random, time, time + 1, 0),
  });
  const seqNo = 2 * sequence + lie(random, 0, 2, 100);
  return {
    event,
    contentSalt,
    content,
    keys: [raw, censored],
    records: [
      { ...common(), hashType: "raw", pair: lie(random, censored, raw, zeros), seqNo: seqNo - 1 },
      {
        ...common(),
        hashType: "censored",
        pair: lie(random, raw, censored, zeros),
        seqNo: 2 * sequence + lie(random, 0, 2, 100),
      },
    ],
  };
}

function checkpointOf(
  random: Random,
  tree: SparseMerkleTree,
  events: number,
  before: Checkpoint | undefined,
): Checkpoint {
  const version = before === undefined ? 1 : before.version + lie(random, 1, 0, 2);
  return {
    format: "sealtrail-checkpoint/1",
    tree: lie(random, treeId, "ef".repeat(16)),
    version,
    root: lie(random, bytesToHex(tree.root), zeros),
    leafCount: lie(random, 2 * events, 2 * events + 2),
    firstSequence: lie(random, before === undefined ? 1 : before.lastSequence + 1, 2),
    lastSequence: lie(random, events, events + 1, 1),
    epoch: 0,
    createdAt: new Date(Date.UTC(2026, 0, 5, 9, 0, version)).toISOString(),
    lastSigned: lie(random, 0, version),
    previous: lie(random, before === undefined ? zeros : checkpointHash(before), zeros, "ab".repeat(32)),
  };
}

function anchorOf(random: Random, stated: Checkpoint): { anchor: Json; root: string } {
  const content = {
    orgId: "00000000-0000-0000-0000-000000000000",
    tenantId: "00000000-0000-0000-0000-000000000000",
    eventId: "00000000-0000-4000-8000-000000000001",
    documentId: lie(
      random,
      documentIdOf(stated),
      documentIdOf({ ...stated, lastSequence: 7 }),
      documentIdOf({ ...stated, tree: "00".repeat(16) }),
      "smt:x",
    ),
    documentRef: lie(random, stated.root, "12".repeat(32)),
    timestamp: lie(random, stated.createdAt, "2026-01-05T09:00:00Z"),
    version: lie(random, 1, 2),
  };
  const signed: Json = signFingerprint(content, keys[0]);
  if (random.chance(30)) signed.proofs.push(...signFingerprint(content, keys[1]).proofs);
  const path: string = lie(random, signed.hash, zeros);
  const leaf = { dataDigest: lie(random, path, zeros), remaining: path.slice(1) };
  const leafDigest = sha(Uint8Array.of(0), JSON.stringify(leaf));
  const branch = { pathsDigest: { [path[0]!]: lie(random, leafDigest, zeros) } };
  const root = sha(Uint8Array.of(1), JSON.stringify(branch));
  const witness = [
    { type: "Leaf", contents: leaf },
    { type: "Branch", contents: branch },
  ];
  const network = random.pick(["mainnet", "test", "test", "test", "ledger"]);
  const status = random.pick(["accepted", "finalized"]);
  return {
    anchor: { ...signed, network, status, ...(random.chance(4) ? {} : { networkProof: { path, witness } }) },
    root,
  };
}

export function dishonestBundle(random: Random): [kind: string, of: Case] {
  const tree = new SparseMerkleTree();
  const rows: Row[] = [];
  const append = (): void => {
    const row = rowOf(random, rows.length + 1, rows.at(-1));
    row.records.forEach((record, i) => {
      tree.insert(hexToBytes(row.keys[i]!), recordValue(record));
    });
    rows.push(row);
  };
  for (let more = 1 + random.below(4); more > 0; more--) append();
  const older = tree.commit();
  const checkpoint = checkpointOf(random, tree, rows.length, undefined);

  const level = random.pick(["raw", "censored", "none"]);
  const row = random.pick(rows);
  const proofOf = (i: 0 | 1, withRecord: boolean): Json => {
    const proof = JSON.parse(JSON.stringify(tree.prove(hexToBytes(row.keys[i]), older)));
    return withRecord ? { ...proof, record: lie(random, row.records[i], row.records[1 - i]!) } : proof;
  };
  const { category, createdAt, id, type } = lie(random, row, rows[0]!).event;
  const withContent = random.chance(2);
  const disclosures: { [level: string]: Json } = {
    raw: {
      level,
      event: row.event,
      salt: bytesToHex(saltOf(lie(random, row.contentSalt, random.bytes(32)))),
      ...(withContent
        ? {
            content: Buffer.from(lie(random, row.content, random.bytes(3))).toString("base64"),
            contentSalt: bytesToHex(lie(random, row.contentSalt, random.bytes(32))),
          }
        : {}),
    },
    censored: { level, event: { category, createdAt, id, type } },
    none: { level },
  };
  const bundle: Json = {
    format: "sealtrail-bundle/1",
    disclosure: disclosures[level],
    proof: proofOf(level === "raw" ? 0 : 1, level === "raw" || (level === "censored" && !random.chance(3))),
    ...(level === "raw" ? { censoredProof: proofOf(1, true) } : {}),
    checkpoint,
  };
  let stated = checkpoint;
  if (random.chance(2)) {
    for (let more = 1 + random.below(3); more > 0; more--) append();
    const newer = tree.commit();
    stated = checkpointOf(random, tree, rows.length, checkpoint);
    bundle.anchored = stated;
    bundle.extension = JSON.parse(JSON.stringify(tree.proveExtension(older, lie(random, newer, older))));
  }
  const { anchor, root } = anchorOf(random, stated);
  if (!random.chance(6)) bundle.anchor = anchor;

  const publicKey: string = anchor.proofs.at(-1).id;
  const range = random.pick([
    { fromVersion: 1 },
    { fromVersion: 1, untilVersion: 2 },
    { fromVersion: 2 },
    { fromVersion: 1, untilVersion: 1 },
  ]);
  const signers = random.chance(4) ? [] : [{ publicKey, ...range }];
  const finalizedAt = random.chance(3) ? {} : { finalizedAt: "2026-01-06T00:00:00Z" };
  const networkRoots = random.chance(4)
    ? []
    : [
        { network: "mainnet", root, finalizedAt: "2026-01-07T00:00:00Z" },
        { network: "test", root, ...finalizedAt },
      ];
  const other = { ...checkpoint, version: random.pick([2, 3]), previous: "77".repeat(32), firstSequence: 2 };
  const kept = [lie(random, checkpoint, other), ...(random.chance(3) ? [stated] : [])].filter(
    (each) => parseCheckpoint(each).ok,
  );
  const checkpoints = random.chance(2) ? {} : { checkpoints: kept };
  return ["bundle", { name: "", input: bundle, ask: { signers, networkRoots, ...checkpoints } }];
}
