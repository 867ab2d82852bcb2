// The stored tree as evidence: rows read without trust, what the store's own audit finds put into our words.
import type { DatabaseSync } from "node:sqlite";
import {
  CheckpointDamageError,
  eachRow,
  TreeDamageError,
  type TreeFinding,
  type TreeStore,
} from "@sealtrail/smt/sqlite";
import type { Finding } from "./findings.js";
import type { LogTree } from "./roots.js";

/** The checkpoints as they are written, parsed from JSON and no more. A body over 64 KiB is not read: ours are below 1 kB. */
export function* storedLine(db: DatabaseSync): Generator<unknown> {
  const rows = db.prepare(
    "SELECT version, iif(octet_length(body) <= 65536, body, '') AS body FROM checkpoints ORDER BY version",
  );
  for (const { version, body } of eachRow<{ version: number; body: unknown }>(rows)) {
    try {
      yield JSON.parse(String(body));
    } catch {
      yield { version };
    }
  }
}

/** Nodes that no version reaches are no damage: a process that was killed while it compacted leaves some. They are counted. */
export function auditNodes(
  db: DatabaseSync,
  store: TreeStore,
  roots: LogTree,
  report: (finding: Finding) => void,
): { strayNodes: number } {
  let strayNodes = 0;
  for (const finding of roots.audit(store)) {
    if (finding.kind === "tree-stray") strayNodes = finding.count;
    else report(inOurWords(finding));
  }
  // Each checkpoint of ours has new leaves, so its root is the last node that was made for it. Were it otherwise, the audit
  // would pass over nodes; and the newest is never compacted.
  const rows = db.prepare(
    `SELECT version FROM checkpoints
     WHERE (rootNode IS NOT lastNode AND rootNode IS NOT -lastNode AND rootNode IS NOT NULL)
        OR (rootNode IS NULL AND version = (SELECT max(version) FROM checkpoints))`,
  );
  for (const { version } of rows.all() as { version: number }[]) {
    const detail = `checkpoint ${version}: its row contradicts itself`;
    report({ kind: "checkpoint-altered", version, column: "rootNode", detail });
  }
  return { strayNodes };
}

function inOurWords(finding: Exclude<TreeFinding, { kind: "tree-stray" }>): Finding {
  switch (finding.kind) {
    case "tree-node":
      return {
        kind: "node-damaged",
        version: finding.version,
        detail: `tree node ${finding.nodeId}: ${finding.code}; audit smt rebuild makes the tree anew from the log`,
      };
    case "tree-state":
      return {
        kind: "node-damaged",
        detail: "the row that says where the tree stands is gone; audit smt rebuild makes the tree anew from the log",
      };
    case "tree-bookkeeping":
      return {
        kind: "node-damaged",
        detail: `the tree's own bookkeeping: ${finding.what}; audit smt rebuild makes the tree anew from the log`,
      };
    case "tree-tag": {
      const sequence = Math.ceil((finding.expected ?? finding.tag) / 2);
      return {
        kind: "node-damaged",
        version: finding.version,
        sequence,
        detail: `tree node ${finding.nodeId}: a leaf numbered ${finding.tag}, the log says ${finding.expected ?? "that it is none of its own"}`,
      };
    }
    case "tree-checkpoint":
      return {
        kind: "checkpoint-altered",
        version: finding.version,
        detail: `checkpoint ${finding.version}: its row contradicts itself`,
      };
  }
}

/** What the newest stored tree has at a key. */
export function leafFinder(
  store: TreeStore,
): (key: Uint8Array) => { valueHash: Uint8Array; tag: number } | undefined | "damaged" {
  let tree: ReturnType<TreeStore["open"]> | undefined;
  return (key) => {
    try {
      tree ??= store.open();
      return tree.find(key);
    } catch (error) {
      if (error instanceof TreeDamageError || error instanceof CheckpointDamageError) return "damaged";
      throw error;
    }
  };
}
