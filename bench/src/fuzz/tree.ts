// A stored tree under a random life: inserts, batches, versions, proofs at any of them, rivals, compaction, rebuilds, crashes.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SparseMerkleTree, verifyExtension, verifyMultiproof, verifyProof } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash } from "@sealtrail/smt/checkpoint";
import { proveExtension, treeOfLeaves } from "@sealtrail/smt/prover";
import { TreeStore, treeSchema } from "@sealtrail/smt/sqlite";
import fc from "fast-check";
import { type Entry, naiveProof, naiveRoot, sha } from "./naive.ts";
import { same, type Tally } from "./same.ts";

const pick = fc.nat(1_000_000);

export const treeStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("insert" as const), count: fc.integer({ min: 1, max: 20 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("batch" as const),
      count: fc.integer({ min: 1, max: 80 }),
      again: fc.nat(5),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("checkpoint" as const),
      versions: fc.integer({ min: 1, max: 3 }),
      newEpoch: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("prove" as const), key: pick, version: pick, absent: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("many" as const), keys: fc.array(pick, { minLength: 1, maxLength: 8 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("extend" as const), from: pick, to: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("compact" as const), epoch: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rival" as const), count: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rebuild" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
);
type Step = typeof treeStep extends fc.Arbitrary<infer T> ? T : never;

const nth = (n: number): Entry => ({ key: sha(`key ${n}`), value: sha(`value ${n}`) });
const tagged = (entry: Entry, i: number) => ({ ...entry, tag: i + 1 });
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

class Life {
  readonly #folder = mkdtempSync(join(tmpdir(), "sealtrail-fuzz-"));
  #file = join(this.#folder, "0.db");
  #files = 0;
  #db: DatabaseSync;
  #store: TreeStore;
  #tree: SparseMerkleTree;
  /** What is in the log: the model. */
  #log: Entry[] = [];
  /** How much of it the live tree has, and the saved line of checkpoints. */
  #line: Checkpoint[] = [];
  readonly #tally: Tally;

  constructor(tally: Tally) {
    this.#tally = tally;
    this.#db = this.#open();
    this.#db.exec(treeSchema);
    this.#store = new TreeStore(this.#db);
    this.#tree = this.#store.open();
  }

  #open(): DatabaseSync {
    const db = new DatabaseSync(this.#file);
    db.exec(
      "PRAGMA busy_timeout = 1000; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF",
    );
    return db;
  }

  end(): void {
    this.#db.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  take(step: Step): void {
    const t = this.#tally;
    switch (step.do) {
      case "insert": {
        for (let i = 0; i < step.count; i++) {
          const entry = nth(this.#log.length);
          t.time("insert", () => this.#tree.insertLeaves([tagged(entry, this.#log.length)]));
          this.#log.push(entry);
        }
        return;
      }
      case "batch": {
        const fresh = Array.from({ length: step.count }, (_, i) => nth(this.#log.length + i));
        const all = [...this.#log.slice(0, step.again), ...fresh].map((entry, i) => tagged(entry, i));
        const tags = fresh.map((entry, i) => tagged(entry, this.#log.length + i));
        t.time("batch", () => this.#tree.insertLeaves([...tags, ...all.slice(0, step.again)]));
        this.#log.push(...fresh);
        same("size", this.#tree.size, this.#log.length);
        same("root", hexOf(t.time("root", () => this.#tree.root)), naiveRoot(this.#log));
        return;
      }
      case "checkpoint":
        this.#checkpoint(step.versions, step.newEpoch);
        return;
      case "prove":
        this.#prove(step.key, step.version, step.absent);
        return;
      case "many": {
        const keys = step.keys.map((k) => nth(k % (this.#log.length * 2 + 1)).key);
        const proof = t.time("prove many", () => this.#tree.proveMany(keys));
        const verdict = t.time("verify many", () => verifyMultiproof(proof, { root: this.#tree.root }));
        same("multiproof", verdict.ok, true);
        if (!verdict.ok) return;
        const known = new Set(this.#log.map(({ key }) => key.toString("hex")));
        const wanted = new Set(keys.map((key) => key.toString("hex")));
        same(
          "present",
          verdict.present.map(({ key }) => hexOf(key)).toSorted(),
          [...wanted].filter((key) => known.has(key)).toSorted(),
        );
        same("absent", verdict.absent.map(hexOf).toSorted(), [...wanted].filter((key) => !known.has(key)).toSorted());
        return;
      }
      case "extend":
        this.#extend(step.from, step.to);
        return;
      case "compact": {
        const open = this.#line.at(-1)?.epoch ?? 0;
        if (open === 0) return;
        t.time("compact", () => this.#store.compact([step.epoch % open]));
        this.#audit();
        return;
      }
      case "rival": {
        // Another process catches up first: ours is lost, and opens again.
        const mine = this.#log.length > (this.#line.at(-1)?.leafCount ?? 0) ? this.#commit(false) : undefined;
        const store = new TreeStore(this.#db);
        const tree = store.open();
        tree.insertLeaves(this.#log.slice(tree.size).map((entry, i) => tagged(entry, tree.size + i)));
        const more = Array.from({ length: step.count * 2 }, (_, i) => nth(this.#log.length + i));
        tree.insertLeaves(more.map((entry, i) => tagged(entry, this.#log.length + i)));
        this.#log.push(...more);
        tree.commit();
        const c = this.#checkpointOf(tree, this.#line.at(-1)?.epoch ?? 0, this.#line.at(-1));
        same("rival saves", store.save(tree, [c]), "saved");
        if (mine !== undefined) same("ours is lost", this.#store.save(this.#tree, [mine]), "lost");
        this.#line.push(c);
        this.#tree = this.#store.open();
        return;
      }
      case "rebuild": {
        if (this.#line.length === 0) return;
        const tree = new SparseMerkleTree();
        for (const c of this.#line) {
          tree.insertLeaves(this.#log.slice(tree.size, c.leafCount).map((entry, i) => tagged(entry, tree.size + i)));
          if (this.#store.isStored(c.version)) tree.commit(c.version);
        }
        same(
          "rebuild",
          t.time("rebuild", () => this.#store.replaceAll(tree, this.#line)),
          "saved",
        );
        this.#reopen();
        this.#audit();
        return;
      }
      case "crash": {
        // What a process that dies at this instruction leaves behind: the file and its write-ahead log, as they are.
        const next = join(this.#folder, `${++this.#files}.db`);
        for (const end of ["", "-wal"]) if (existsSync(this.#file + end)) copyFileSync(this.#file + end, next + end);
        this.#db.close();
        this.#file = next;
        this.#db = this.#open();
        this.#store = new TreeStore(this.#db);
        this.#reopen();
        this.#audit();
        return;
      }
    }
  }

  /** What was not saved is gone from the tree, not from the log. */
  #reopen(): void {
    same("line", [...this.#store.all()], this.#line);
    this.#tree = this.#tally.time("open", () => this.#store.open());
    const { size } = this.#tree;
    this.#tree.insertLeaves(this.#log.slice(size).map((entry, i) => tagged(entry, size + i)));
  }

  #checkpointOf(tree: SparseMerkleTree, epoch: number, previous: Checkpoint | undefined): Checkpoint {
    return {
      format: "sealtrail-checkpoint/1",
      tree: "00".repeat(16),
      version: tree.version,
      root: hexOf(tree.rootAt(tree.version)),
      leafCount: tree.size,
      firstSequence: (previous?.lastSequence ?? 0) + 1,
      lastSequence: tree.size / 2,
      epoch,
      createdAt: "2026-01-01T00:00:00.000Z",
      lastSigned: 0,
      previous: previous === undefined ? "0".repeat(64) : checkpointHash(previous),
    };
  }

  /** Leaves come in pairs: rounds up, commits. */
  #commit(newEpoch: boolean, previous = this.#line.at(-1)): Checkpoint {
    if (this.#log.length % 2 === 1) this.take({ do: "insert", count: 1 });
    this.#tree.commit();
    return this.#checkpointOf(this.#tree, (previous?.epoch ?? 0) + (newEpoch ? 1 : 0), previous);
  }

  #checkpoint(versions: number, newEpoch: boolean): void {
    const fresh: Checkpoint[] = [];
    for (let i = 0; i < versions; i++) {
      if (this.#log.length === (fresh.at(-1) ?? this.#line.at(-1))?.leafCount || this.#log.length === 0) {
        this.take({ do: "insert", count: 2 });
      }
      fresh.push(this.#commit(newEpoch && i === 0, fresh.at(-1) ?? this.#line.at(-1)));
      if (i === versions - 1) same("root", fresh.at(-1)!.root, naiveRoot(this.#log));
    }
    let also = 0;
    const outcome = this.#tally.time("save", () => this.#store.save(this.#tree, fresh, () => also++));
    same("save", [outcome, also], ["saved", 1]);
    this.#line.push(...fresh);
  }

  #prove(key: number, version: number, absent: boolean): void {
    const asked = nth(absent ? this.#log.length + key : key % Math.max(this.#log.length, 1)).key;
    const c = this.#line[version % (this.#line.length + 1)];
    if (c === undefined) {
      same(
        "proof",
        this.#tally.time("prove", () => this.#tree.prove(asked)),
        naiveProof(this.#log, asked),
      );
      return;
    }
    const entries = this.#log.slice(0, c.leafCount);
    const expected = naiveProof(entries, asked);
    const stored = this.#store.isStored(c.version);
    const tree = stored
      ? this.#store.openAt(c.version)
      : this.#tally.time("replay of a compacted version", () => treeOfLeaves(this.#log.map(tagged), c.leafCount));
    const proof = this.#tally.time(stored ? "prove at a stored version" : "prove at a compacted one", () =>
      tree.prove(asked),
    );
    same(`proof at version ${c.version}`, proof, expected);
    const value = entries.find((entry) => entry.key.equals(asked))?.value;
    const ask = { root: Buffer.from(c.root, "hex"), key: asked, ...(value === undefined ? {} : { value }) };
    same("verdict", this.#tally.time("verify", () => verifyProof(proof, ask)).ok, true);
  }

  #extend(from: number, to: number): void {
    const kept = this.#line.filter((c) => this.#store.isStored(c.version));
    if (kept.length === 0) return;
    const [a, b] = [kept[from % kept.length]!, kept[to % kept.length]!].toSorted((x, y) => x.version - y.version);
    const line = this.#tally.time("open", () => [this.#store.openAt(a!.version), this.#store.openAt(b!.version)]);
    const proof = this.#tally.time("extension", () => proveExtension(line[0]!.reader(), line[1]!.reader()));
    const ask = { oldRoot: Buffer.from(a!.root, "hex"), newRoot: Buffer.from(b!.root, "hex") };
    same("extension", verifyExtension(proof, ask), { ok: true });
  }

  #audit(): void {
    const log = new SparseMerkleTree();
    log.insertLeaves(this.#log.map(tagged));
    same("audit", [...this.#tally.time("audit", () => [...this.#store.audit(log)])], []);
  }
}

export function liveTree(steps: readonly Step[], tally: Tally): void {
  const life = new Life(tally);
  try {
    for (const step of steps) life.take(step);
  } finally {
    life.end();
  }
}
