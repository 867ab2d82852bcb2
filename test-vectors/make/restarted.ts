// Bundles out of a trail that was begun anew in the place of another (sealtrail-bundle/2): its first event, which says so, stands
// in each of them; and mutations of that part.
import { bytesToHex, hexToBytes, type Proof, SparseMerkleTree } from "@sealtrail/smt";
import { type Checkpoint, noCheckpoint } from "@sealtrail/smt/checkpoint";
import { type LeafRecord, recordOf, recordValue } from "@sealtrail/smt/record";
import { type Bundle, type BundleDisclosure, makeBundle } from "@sealtrail/verify/bundle";
import { canonicalEvent, censoredKey, type EventBody, genesisHash, rawKey, saltOf } from "@sealtrail/verify/event";
import { type Case, changed, clone, fixed, fixedHex, flip, type Json } from "./common.ts";

const start = Date.parse("2026-04-01T08:00:00.000Z");
const genesis = {
  createdAt: "2026-04-01T08:00:00.000Z",
  epochDurationMs: 3_600_000,
  formats: ["sealtrail-checkpoint/1", "sealtrail-event/1"],
  tree: fixedHex("restarted tree").slice(0, 32),
};
const secretOf = (n: number): Uint8Array => fixed(`content salt of event ${n} after the restart`);

interface Row {
  event: EventBody;
  leaves: { key: string; record: LeafRecord }[];
}

const rows: Row[] = [];
for (let n = 1; n <= 3; n++) {
  const time = start + n * 1_000;
  const stamp = time.toString(16).padStart(12, "0");
  const random = fixedHex(`id of event ${n} after the restart`);
  const event: EventBody = {
    format: "sealtrail-event/1",
    createdAt: new Date(time).toISOString(),
    id: `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${random.slice(0, 3)}-a${random.slice(3, 6)}-${random.slice(6, 18)}`,
    machineId: "0123456789abcdef",
    previousHash: rows.at(-1)?.leaves[0]?.key ?? bytesToHex(genesisHash(genesis)),
    sequence: n,
    ...(n === 1
      ? {
          category: "system",
          description: "begun anew: the trail before was damaged",
          metadata: {
            fileHash: fixedHex("old file"),
            keptAs: "audit.db.damaged-20260401T080000000Z-00112233",
            lastCheckpoint: fixedHex("old checkpoint"),
            lastRoot: fixedHex("old root"),
            lastSequence: 4711,
            reason: "damaged",
            tree: fixedHex("old tree").slice(0, 32),
          },
          source: "sealtrail",
          type: "system.restarted",
        }
      : {
          category: "tool",
          description: `Event ${n}`,
          metadata: { toolName: "read" },
          source: "ndjson",
          type: "tool.invoked",
        }),
  };
  const rawHash = bytesToHex(rawKey(saltOf(secretOf(n)), canonicalEvent(event)));
  const censoredHash = bytesToHex(censoredKey(event));
  const place = { sequence: n, id: event.id, timestamp: time, epoch: 0, chainPrev: null, rawHash, censoredHash };
  rows.push({
    event,
    leaves: [
      { key: rawHash, record: recordOf(place, "raw") },
      { key: censoredHash, record: recordOf(place, "censored") },
    ],
  });
}

const tree = new SparseMerkleTree();
for (const { leaves } of rows) for (const { key, record } of leaves) tree.insert(hexToBytes(key), recordValue(record));

const checkpoint: Checkpoint = {
  format: "sealtrail-checkpoint/1",
  tree: genesis.tree,
  version: 1,
  root: bytesToHex(tree.root),
  leafCount: 6,
  firstSequence: 1,
  lastSequence: 3,
  epoch: 0,
  createdAt: "2026-04-01T08:00:05.000Z",
  lastSigned: 0,
  previous: noCheckpoint,
};

function proofOf(n: number, which: 0 | 1, record = true): Proof {
  const leaf = rows[n - 1]!.leaves[which]!;
  const proof = clone(tree.prove(hexToBytes(leaf.key)));
  return record ? { ...proof, record: leaf.record } : proof;
}

const first = { event: rows[0]!.event, contentSalt: secretOf(1), proof: proofOf(1, 0) };

function bundleOf(level: "raw" | "censored" | "none", n: number): Bundle {
  const { event } = rows[n - 1]!;
  const disclosure: BundleDisclosure =
    level === "raw" ? { level, event, contentSalt: secretOf(n) } : level === "none" ? { level } : { level, event };
  return makeBundle({
    disclosure,
    proof: proofOf(n, level === "raw" ? 0 : 1, level !== "none"),
    ...(level === "raw" ? { censoredProof: proofOf(n, 1) } : {}),
    checkpoint,
    restarted: first,
  });
}

const nobody = { signers: [], networkRoots: [] };
const names = ["disclosure", "content", "pair", "record", "position", "inclusion", "checkpoint", "count", "extension"];
names.push("anchor-reference", "signature", "signer", "network-proof", "network-root", "equivocation");

function report(bundle: Bundle, failed: { [name: string]: string }): Json {
  const { level } = bundle.disclosure;
  const there = new Set(["inclusion", "checkpoint", "count"]);
  if (level !== "none") for (const name of ["disclosure", "record", "position"]) there.add(name);
  if (level === "raw") there.add("pair");
  const check = (name: string): Json =>
    failed[name] !== undefined
      ? { status: "failed", code: failed[name] }
      : there.has(name)
        ? { status: "ok" }
        : { status: "absent", code: "not-in-bundle" };
  return {
    verdict: Object.keys(failed).length === 0 ? "unanchored" : "invalid",
    checks: { schema: { status: "ok" }, ...Object.fromEntries(names.map((name) => [name, check(name)])) },
    provenBefore: null,
    claimedAt: checkpoint.createdAt,
    restarted: bundle.restarted!.event.metadata,
  };
}

const broken = (code: string): Json => ({
  verdict: "invalid",
  checks: {
    schema: { status: "failed", code },
    ...Object.fromEntries(names.map((name) => [name, { status: "absent", code: "not-reached" }])),
  },
  provenBefore: null,
  claimedAt: null,
});

export function restartedBundles(): Case[] {
  const cases: Case[] = [];
  for (const [level, n] of [
    ["raw", 2],
    ["censored", 3],
    ["none", 2],
    ["raw", 1],
    ["censored", 1],
  ] as const) {
    const input = bundleOf(level, n);
    cases.push({ name: `restarted: ${level}, event ${n}`, input, ask: nobody, expect: report(input, {}) });
  }
  const add = (name: string, failed: { [name: string]: string }, change: (copy: Json) => void) => {
    for (const level of ["censored", "none"] as const) {
      const input = changed(bundleOf(level, 3), change);
      cases.push({ name: `restarted: ${name} (${level})`, input, ask: nobody, expect: report(input, failed) });
    }
  };
  const schema = (name: string, code: string, change: (copy: Json) => void) =>
    cases.push({
      name: `restarted: schema: ${name}`,
      input: changed(bundleOf("censored", 3), change),
      ask: nobody,
      expect: broken(code),
    });

  add("what it says changed", { disclosure: "disclosure-mismatch" }, (b) => {
    b.restarted.event.metadata.lastSequence = 12;
  });
  add("its time changed", { disclosure: "disclosure-mismatch", record: "record-disagrees" }, (b) => {
    b.restarted.event.createdAt = "2026-04-01T08:00:01.001Z";
  });
  add("salt changed", { disclosure: "disclosure-mismatch" }, (b) => {
    b.restarted.salt = flip(b.restarted.salt);
  });
  add("another leaf's proof", { disclosure: "disclosure-mismatch", record: "record-disagrees" }, (b) => {
    b.restarted.proof = proofOf(2, 0);
  });
  add("its censored leaf's proof", { disclosure: "disclosure-mismatch", record: "record-disagrees" }, (b) => {
    b.restarted.proof = proofOf(1, 1);
  });
  add("record of another leaf", { record: "record-mismatch" }, (b) => {
    b.restarted.proof.record = rows[1]!.leaves[0]!.record;
  });
  add("a sibling changed", { inclusion: "root-mismatch" }, (b) => {
    b.restarted.proof.siblings[0] = flip(b.restarted.proof.siblings[0]);
  });
  add("a proof against another root", { inclusion: "checkpoint-root" }, (b) => {
    b.restarted.proof.root = flip(b.restarted.proof.root);
  });

  schema("left out", "wrong-format", (b) => {
    delete b.restarted;
  });
  schema("in a bundle of the first version", "unknown-field", (b) => {
    b.format = "sealtrail-bundle/1";
  });
  schema("a version that is none", "wrong-format", (b) => {
    b.format = "sealtrail-bundle/3";
    delete b.restarted;
  });
  schema("no object", "bad-field", (b) => {
    b.restarted = [];
  });
  schema("null", "bad-field", (b) => {
    b.restarted = null;
  });
  schema("a member more", "unknown-field", (b) => {
    b.restarted.accepted = true;
  });
  for (const member of ["event", "salt", "proof"])
    schema(`without ${member}`, "missing-field", (b) => {
      delete b.restarted[member];
    });
  schema("another event of the trail's own", "bad-field", (b) => {
    b.restarted.event.type = "system.degraded";
  });
  schema("told by a host", "bad-field", (b) => {
    b.restarted.event.source = "ndjson";
  });
  schema("not the first event", "bad-field", (b) => {
    b.restarted.event.sequence = 2;
  });
  schema("no event", "bad-field", (b) => {
    delete b.restarted.event.id;
  });
  schema("salt too short", "wrong-length", (b) => {
    b.restarted.salt = b.restarted.salt.slice(2);
  });
  schema("salt in upper case", "bad-hex", (b) => {
    b.restarted.salt = "AA".repeat(32);
  });
  schema("without record", "missing-field", (b) => {
    delete b.restarted.proof.record;
  });
  schema("an exclusion", "missing-field", (b) => {
    const { record: _, value: __, ...proof } = b.restarted.proof;
    b.restarted.proof = { ...proof, type: "exclusion", terminal: null };
  });
  return cases;
}
