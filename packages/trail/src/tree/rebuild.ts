// The tree anew from the log: every checkpointed root must come out, or nothing is replaced.
import type { DatabaseSync } from "node:sqlite";
import { bytesToHex, type Leaf, type Sha256, SparseMerkleTree } from "@sealtrail/smt";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import type { TreeStore } from "@sealtrail/smt/sqlite";
import type { Genesis } from "@sealtrail/verify/event";
import { hexOf } from "../log/native.js";
import { readLine } from "../replay/checkpoint-chain.js";
import type { Finding } from "../replay/findings.js";
import { storedLine } from "../replay/stored-tree.js";
import { leavesOf } from "./leaves.js";
import { positionsAfter } from "./positions.js";

export type RebuildResult =
  | { ok: true; checkpoints: number; leaves: number }
  /** A checkpoint's root does not come out of the log, or the line of checkpoints is damaged itself: nothing was replaced. */
  | { ok: false; findings: Finding[] };

const leavesABatch = 65_536;

export function rebuild(
  { db, genesis, store, hash }: { db: DatabaseSync; genesis: Genesis; store: TreeStore; hash: Sha256 },
  onProgress?: (done: number, total: number) => void,
): RebuildResult {
  for (;;) {
    const findings: Finding[] = [];
    const head = db.prepare("SELECT checkpoint FROM head WHERE id = 1").get() as { checkpoint: Uint8Array | null };
    const newestHash = head.checkpoint === null ? null : hexOf(head.checkpoint);
    const report = (finding: Finding) => findings.push(finding);
    const { line } = readLine({ stored: storedLine(db), genesis, newestHash, hash, report });
    const tree = findings.length > 0 ? undefined : grown(db, genesis, line, hash, findings, onProgress);
    if (tree === undefined) return { ok: false, findings };
    // Somebody checkpointed meanwhile: what they wrote stands on the old nodes, so all of it is made again.
    if (store.replaceAll(tree, line) === "saved") return { ok: true, checkpoints: line.length, leaves: tree.size };
  }
}

/** The versions that stay provable at once are those that compaction would keep: the open epoch's, and each other's last. */
function grown(
  db: DatabaseSync,
  genesis: Genesis,
  line: readonly Checkpoint[],
  hash: Sha256,
  findings: Finding[],
  onProgress?: (done: number, total: number) => void,
): SparseMerkleTree | undefined {
  const tree = new SparseMerkleTree({ hash });
  const newest = line.at(-1);
  if (newest === undefined) return tree;
  let next = 0;
  let leaves: Leaf[] = [];
  for (const { place, raw, censored } of positionsAfter(db, genesis, undefined, newest.lastSequence)) {
    leaves.push(...leavesOf(place, raw, censored, hash));
    const checkpoint = line[next]!;
    const boundary = place.sequence === checkpoint.lastSequence;
    if (!boundary && leaves.length < leavesABatch) continue;
    tree.insertLeaves(leaves);
    leaves = [];
    onProgress?.(place.sequence, newest.lastSequence);
    if (!boundary) continue;
    next++;
    if (bytesToHex(tree.root) !== checkpoint.root) {
      const { version, firstSequence, lastSequence } = checkpoint;
      const detail = `checkpoint ${version} (events ${firstSequence} to ${lastSequence}): the log gives another root`;
      findings.push({ kind: "root-mismatch", version, detail });
      return undefined;
    }
    if (checkpoint.epoch === newest.epoch || line[next]?.epoch !== checkpoint.epoch) tree.commit(checkpoint.version);
  }
  return tree;
}
