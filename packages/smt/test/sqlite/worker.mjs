// One process of several that share a stored tree: node worker.mjs FILE WHAT LEAVES STEP. Built code, real SQLite, real signals.
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { SparseMerkleTree } from "@sealtrail/smt";
import { checkpointHash } from "@sealtrail/smt/checkpoint";
import { TreeMovedError, TreeStore } from "@sealtrail/smt/sqlite";

const [file, what, leavesText, stepText] = process.argv.slice(2);
const leaves = Number(leavesText);
const step = Number(stepText);
const db = new DatabaseSync(file);
db.exec("PRAGMA busy_timeout = 20000; PRAGMA synchronous = NORMAL");
const store = new TreeStore(db);
const sha = (text) => new Uint8Array(createHash("sha256").update(text).digest());

function* leavesOf(from, to) {
  for (let n = from; n <= to; n++) yield { key: sha(`key ${n}`), value: sha(`value ${n}`), tag: n };
}

/** A version every `step` leaves, an epoch every 4 versions; several versions a save. */
function catchUp(until) {
  const tree = store.open();
  const line = [];
  let previous = store.newest();
  while (tree.size < until && line.length < 3) {
    tree.insertLeaves(leavesOf(tree.size + 1, Math.min(tree.size + step, until)));
    const version = tree.commit();
    previous = {
      format: "sealtrail-checkpoint/1",
      tree: "00".repeat(16),
      version,
      root: Buffer.from(tree.rootAt(version)).toString("hex"),
      leafCount: tree.size,
      firstSequence: (previous?.lastSequence ?? 0) + 1,
      lastSequence: tree.size / 2,
      epoch: Math.floor((version - 1) / 4),
      createdAt: "2026-01-01T00:00:00.000Z",
      lastSigned: 0,
      previous: previous === undefined ? "0".repeat(64) : checkpointHash(previous),
    };
    line.push(previous);
  }
  if (line.length > 0) store.save(tree, line);
}

function freeze() {
  const newest = store.newest();
  if (newest) store.compact(Array.from({ length: newest.epoch }, (_, epoch) => epoch));
}

function rebuild() {
  const line = [...store.all()];
  const tree = new SparseMerkleTree();
  for (const c of line) {
    tree.insertLeaves(leavesOf(tree.size + 1, c.leafCount));
    if (Buffer.from(tree.root).toString("hex") !== c.root) throw new Error(`root of version ${c.version}`);
    if (c.version === line.length || store.isStored(c.version)) tree.commit(c.version);
  }
  if (line.length > 0) store.replaceAll(tree, line);
}

process.stdout.write("ready\n");
for (let round = 0; (store.newest()?.leafCount ?? 0) < leaves || what === "all"; round++) {
  try {
    catchUp(what === "all" ? (store.newest()?.leafCount ?? 0) + step * 3 : leaves);
    if (what === "all" && round % 2 === 1) freeze();
    if (what === "all" && round % 3 === 2) rebuild();
  } catch (error) {
    if (!(error instanceof TreeMovedError)) throw error;
  }
}
