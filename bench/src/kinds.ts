// Size and time of every kind of proof: single, binary, many keys at once, extension, ICS23, archive.

import {
  bytesToHex,
  decodeProof,
  encodeProof,
  hexToBytes,
  SparseMerkleTree,
  verifyExtension,
  verifyMultiproof,
  verifyProof,
} from "@sealtrail/smt";
import { type ArchiveLeaf, archiveLines, verifyArchive } from "@sealtrail/smt/archive";
import { toIcs23, verifyIcs23 } from "@sealtrail/smt/ics23";
import { proveExtension } from "@sealtrail/smt/prover";
import { recordOf, recordValue } from "@sealtrail/smt/record";
import { cpuOf, cpuOfAsync, entries, type Figure, figure, median } from "./measure.ts";

const rounds = 3;
const bytesOf = (value: unknown): number => JSON.stringify(value).length;

/** Median CPU microseconds of some rounds, each long enough for a clock that ticks in milliseconds: some 50. */
function timed(body: () => void): number {
  body();
  const start = performance.now();
  body();
  const times = Math.max(1, Math.ceil(50 / (performance.now() - start)));
  const round = () => {
    for (let i = 0; i < times; i++) body();
  };
  return median(Array.from({ length: rounds }, () => cpuOf(round) / times));
}

function must(verdict: { ok: boolean }): void {
  if (!verdict.ok) throw new Error("own proof refused");
}

/** As a user does: one after the other. */
function each<T>(list: readonly T[], body: (item: T, i: number) => void): () => void {
  return () => {
    for (let i = 0; i < list.length; i++) body(list[i]!, i);
  };
}

export async function benchKinds(size: number): Promise<Figure[]> {
  const all = entries(size + 10_100);
  const tree = new SparseMerkleTree();
  tree.insertMany(all.slice(0, size));
  tree.commit();
  const root = tree.root;
  const n = size.toLocaleString("en");
  const figures: Figure[] = [];
  const add = (name: string, unit: string, value: number) => figures.push(figure(name, unit, value));

  // A session: a thousand leaves spread over the tree.
  const count = Math.min(1000, size);
  const step = Math.floor(size / count);
  const asked = Array.from({ length: count }, (_, i) => all[i * step]!);
  const keys = asked.map(([key]) => key);
  const singles = keys.map((key) => tree.prove(key));
  const binaries = singles.map(encodeProof);
  add(`${n} leaves: proof, JSON`, "bytes", singles.reduce((sum, proof) => sum + bytesOf(proof), 0) / count);
  add("proof, binary", "bytes", binaries.reduce((sum, bytes) => sum + bytes.length, 0) / count);
  add("prove", "us", timed(each(keys, (key) => void tree.prove(key))) / count);
  const ask = asked.map(([key, value]) => ({ root, key, value }));
  add("verify, JSON value", "us", timed(each(singles, (proof, i) => must(verifyProof(proof, ask[i]!)))) / count);
  add(
    "decode and verify, binary",
    "us",
    timed(each(binaries, (bytes, i) => must(decodeProof(bytes, ask[i]!)))) / count,
  );

  const many = tree.proveMany(keys);
  add(`${count} leaves in one multiproof, JSON`, "bytes", bytesOf(many));
  add(
    `${count} single proofs, JSON`,
    "bytes",
    singles.reduce((sum, proof) => sum + bytesOf(proof), 0),
  );
  add(
    "prove them in one",
    "us",
    timed(() => void tree.proveMany(keys)),
  );
  add(
    "verify them in one",
    "us",
    timed(() => must(verifyMultiproof(many, { root }))),
  );
  add("verify them singly", "us", timed(each(singles, (proof, i) => must(verifyProof(proof, ask[i]!)))));

  const messages = singles.map((proof) => toIcs23(proof));
  add("ICS23 membership", "bytes", messages.reduce((sum, bytes) => sum + bytes.length, 0) / count);
  add("verify ICS23", "us", timed(each(messages, (bytes, i) => must(verifyIcs23(bytes, ask[i]!)))) / count);

  let from = size;
  for (const added of [100, 10_000]) {
    tree.insertMany(all.slice(from, from + added));
    from += added;
    tree.commit();
    const [older, newer] = [tree.version - 1, tree.version];
    const extension = proveExtension(tree.reader(older), tree.reader(newer));
    const roots = { oldRoot: tree.rootAt(older), newRoot: tree.rootAt(newer) };
    add(`extension by ${added.toLocaleString("en")} leaves, JSON`, "bytes", bytesOf(extension));
    add("  nodes", "", extension.nodes.length);
    add(
      "  prove",
      "us",
      timed(() => void proveExtension(tree.reader(older), tree.reader(newer))),
    );
    add(
      "  verify",
      "us",
      timed(() => must(verifyExtension(extension, roots))),
    );
  }

  // An epoch of a hundred events on top.
  const leaves: ArchiveLeaf[] = [];
  for (let sequence = 1; sequence <= 100; sequence++) {
    const [rawHash, censoredHash] = [1, 2].map((k) =>
      bytesToHex(all[(sequence * 7 + k) % size]![0]).replace(/^.{8}/, `0000000${k}`),
    );
    const id = `00000000-0000-7000-8000-${String(sequence).padStart(12, "0")}`;
    const place = {
      sequence,
      id,
      timestamp: sequence,
      epoch: 1,
      chainPrev: null,
      rawHash: rawHash!,
      censoredHash: censoredHash!,
    };
    leaves.push(
      { key: rawHash!, record: recordOf(place, "raw") },
      { key: censoredHash!, record: recordOf(place, "censored") },
    );
  }
  const previousRoot = tree.root;
  tree.insertMany(leaves.map(({ key, record }) => [hexToBytes(key), recordValue(record)] as const));
  tree.commit();
  const [older, newer] = [tree.reader(tree.version - 1), tree.reader(tree.version)];
  const lines = [...archiveLines({ tree: "0".repeat(32), epoch: 1, older, newer, leaves })];
  add(
    "archive of 100 events",
    "bytes",
    lines.reduce((sum, line) => sum + line.length + 1, 0),
  );
  const times: number[] = [];
  for (let round = 0; round < rounds; round++)
    times.push(await cpuOfAsync(async () => must(await verifyArchive(lines, { previousRoot, root: tree.root }))));
  add("verify it", "us", median(times));
  return figures;
}
