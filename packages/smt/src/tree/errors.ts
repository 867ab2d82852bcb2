// What the tree throws. A caller's mistake is a TypeError or RangeError that names the argument, or one of these.

/** The key is in the tree already, with another value. Nothing was changed. @public */
export class ValueConflictError extends Error {
  override readonly name = "ValueConflictError";
  /** The key's path, H(key). */
  readonly path: Uint8Array;
  constructor(path: Uint8Array) {
    super("value: the key is in the tree already, with another value");
    this.path = path;
  }
}

/** The tree would hold more leaves than its `maxTreeSize`. Nothing was changed. @public */
export class TreeFullError extends Error {
  override readonly name = "TreeFullError";
  readonly maxTreeSize: number;
  constructor(maxTreeSize: number, wanted: number) {
    super(`maxTreeSize: the tree may hold ${maxTreeSize} leaves, this would make ${wanted}`);
    this.maxTreeSize = maxTreeSize;
  }
}

export type TreeDamageCode =
  /** No row holds this node. */
  | "node-missing"
  /** The row that should hold it is cut short or has the wrong shape. */
  | "node-torn"
  /** What is stored does not hash to what the parent, or the checkpoint's root, says. */
  | "hash-mismatch"
  /** The row that says which rows are the tree's is gone. */
  | "state-missing";

/** A stored node is not what its parent says: the file is damaged or was edited. */
export class TreeDamageError extends Error {
  override readonly name = "TreeDamageError";
  readonly code: TreeDamageCode;
  readonly nodeId: number;
  constructor(code: TreeDamageCode, nodeId: number) {
    const place = code === "state-missing" ? "tree state" : `tree node ${nodeId}`;
    super(`${place}: ${code}: the stored tree is damaged; \`audit smt rebuild\` makes it anew from the log`);
    this.code = code;
    this.nodeId = nodeId;
  }
}
