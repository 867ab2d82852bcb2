// Checks an archive of an epoch line by line (formats.md, section 4): memory for its leaves, never for its nodes. Every line is
// from a stranger. The order of the checks is part of the format: another implementation must find the same first fault.
import type { ArchiveCode } from "../codes.js";
import { bytesToHex, tryHexToBytes } from "../formats/hex.js";
import { checkHex, checkMembers, checkShape, isCount, isObject, type Members } from "../formats/shape.js";
import { parseStrict } from "../formats/strict.js";
import { EMPTY, type TreeHash, treeHash } from "../hash/treehash.js";
import { equalBytes, isEmpty, Position } from "../proof/bits.js";
import { combine, NOTHING, type Side } from "../proof/extension.js";
import { hash32, kindOf, MAX_DEPTH, refuse, rootArgument, VerificationError } from "../proof/nodes.js";
import { isLeafRecord, type LeafRecord, recordValue } from "../tree/record.js";
import { MAX_ARCHIVE_LINE } from "./archive.js";

/** The roots before and after the epoch, 32 bytes each, from a source other than the archive. @public */
export interface ArchiveAsk {
  /** Sealed root of the epoch before; 32 zero bytes for the first. */
  previousRoot: Uint8Array;
  /** Sealed root of the archived epoch. */
  root: Uint8Array;
}

/** What `verifyArchive` found. @public */
export type ArchiveVerdict =
  /** Every leaf that stands under `root` and not under `previousRoot` is in the archive: so many, of these events. */
  | { ok: true; leaves: number; firstSequence: number | null; lastSequence: number | null; epoch: number; tree: string }
  /** `line`: counted from 1; 0 where it is none of them. */
  | { ok: false; code: ArchiveCode; line: number };

const arities = { same: 2, leaf: 3, new: 2, empty: 1, inner: 1 } as const;

interface Folded {
  old: Side;
  new: Side;
  fresh: boolean;
}

class Verifier {
  private line = 0;
  private leafCount = 0;
  private nodeCount = 0;
  private epoch = 0;
  private tree = "";
  private readonly leaves: { path: Uint8Array; hash: Uint8Array; used: boolean }[] = [];
  private first: { key: string; record: LeafRecord } | undefined;
  private lastSeqNo = 0;
  private firstSeqNo = 0;
  private readonly position = new Position();
  /** Left children that wait for their right ones; `undefined` where the left is still being read. */
  private readonly open: (Folded | undefined)[] = [];
  private root: Folded | undefined;
  private readonly ask: ArchiveAsk;
  private readonly hash: TreeHash;

  constructor(ask: ArchiveAsk, hash: TreeHash) {
    this.ask = ask;
    this.hash = hash;
  }

  get at(): number {
    return this.line;
  }

  next(bytes: Uint8Array): void {
    const line = this.line++;
    if (bytes.length > MAX_ARCHIVE_LINE) refuse("line-too-long");
    const parsed = parseStrict(bytes);
    if (!parsed.ok) refuse(parsed.code);
    if (line === 0) this.header(parsed.value);
    else if (line <= this.leafCount) this.leaf(parsed.value);
    else if (line <= this.leafCount + this.nodeCount) this.node(parsed.value);
    else refuse("line-count");
  }

  end(): ArchiveVerdict {
    if (this.line !== 1 + this.leafCount + this.nodeCount) refuse("line-count");
    if (this.root === undefined) refuse("nodes-missing");
    if (this.leaves.some((leaf) => !leaf.used)) refuse("leaf-unused");
    if (!equalBytes(this.root.old.hash, this.ask.previousRoot)) refuse("old-root-mismatch");
    if (!equalBytes(this.root.new.hash, this.ask.root)) refuse("new-root-mismatch");
    return {
      ok: true,
      leaves: this.leafCount,
      firstSequence: this.leafCount === 0 ? null : (this.firstSeqNo + 1) / 2,
      lastSequence: this.leafCount === 0 ? null : this.lastSeqNo / 2,
      epoch: this.epoch,
      tree: this.tree,
    };
  }

  private header(value: unknown): void {
    const fault = checkShape(value, "sealtrail-archive/1", [
      "tree",
      "epoch",
      "previousRoot",
      "root",
      "leafCount",
      "nodeCount",
    ]);
    if (fault !== undefined) refuse(fault);
    const { tree, epoch, previousRoot, root, leafCount, nodeCount } = value as Members;
    const checkTree = checkHex(tree, 16);
    if (checkTree !== undefined) refuse(checkTree);
    if (!isCount(epoch)) refuse("bad-field");
    const checkRoot = checkHex(previousRoot, 32) ?? checkHex(root, 32);
    if (checkRoot !== undefined) refuse(checkRoot);
    if (!isCount(leafCount) || !isCount(nodeCount)) refuse("bad-field");
    if (previousRoot !== bytesToHex(this.ask.previousRoot)) refuse("old-root-differs");
    if (root !== bytesToHex(this.ask.root)) refuse("new-root-differs");
    this.tree = tree as string;
    this.epoch = epoch;
    this.leafCount = leafCount;
    this.nodeCount = nodeCount;
  }

  private leaf(value: unknown): void {
    if (!isObject(value)) refuse("not-an-object");
    const { key, record } = value;
    const fault = checkMembers(value, ["key", "record"]) ?? checkHex(key, 32);
    if (fault !== undefined) refuse(fault);
    if (!isLeafRecord(record)) refuse("bad-field");
    if (record.epoch !== this.epoch) refuse("wrong-epoch");
    if (record.seqNo <= this.lastSeqNo) refuse("leaves-not-ascending");
    this.lastSeqNo = record.seqNo;
    this.firstSeqNo ||= record.seqNo;
    const path = this.hash.path(tryHexToBytes(key)!);
    this.leaves.push({ path, hash: this.hash.leaf(path, this.hash.value(recordValue(record))), used: false });
    // A raw leaf and then the censored one of the same event; neither without the other.
    if (this.first === undefined) {
      if (record.hashType !== "raw" || this.leaves.length === this.leafCount) refuse("pair-mismatch");
      this.first = { key: key as string, record };
      return;
    }
    const raw = this.first;
    this.first = undefined;
    if (
      record.seqNo !== raw.record.seqNo + 1 ||
      record.pair !== raw.key ||
      raw.record.pair !== key ||
      record.eventId !== raw.record.eventId ||
      record.timestamp !== raw.record.timestamp ||
      record.chainPrev !== raw.record.chainPrev
    )
      refuse("pair-mismatch");
  }

  private node(value: unknown): void {
    if (this.root !== undefined) refuse("nodes-left-over");
    const node = value as unknown[];
    const kind = kindOf(value, arities);
    if (kind === "inner") {
      if (this.position.depth === MAX_DEPTH) refuse("too-deep");
      this.open.push(undefined);
      this.position.down(0);
    } else this.complete(this.subtree(kind, node));
  }

  private subtree(kind: "same" | "leaf" | "new" | "empty", node: readonly unknown[]): Folded {
    switch (kind) {
      case "empty":
        return { old: NOTHING, new: NOTHING, fresh: false };
      case "same": {
        const side = { hash: hash32(node[1]), single: false };
        if (isEmpty(side.hash)) refuse("zero-hash");
        return { old: side, new: side, fresh: false };
      }
      case "leaf": {
        const path = hash32(node[1]);
        const side = { hash: this.hash.leaf(path, hash32(node[2])), single: true };
        if (!this.position.holds(path)) refuse("wrong-position");
        return { old: side, new: side, fresh: false };
      }
      case "new": {
        const leaf = Number.isInteger(node[1]) ? this.leaves[node[1] as number] : undefined;
        if (leaf === undefined) refuse("bad-leaf-index");
        if (leaf.used) refuse("duplicate-leaf");
        leaf.used = true;
        if (!this.position.holds(leaf.path)) refuse("wrong-position");
        return { old: NOTHING, new: { hash: leaf.hash, single: true }, fresh: true };
      }
    }
  }

  /** A subtree is whole: it waits as a left child, or joins the left one that waits, and so on upwards. */
  private complete(subtree: Folded): void {
    let whole = subtree;
    while (this.open.length > 0) {
      this.position.up();
      const left = this.open.pop();
      if (left === undefined) {
        this.open.push(whole);
        this.position.down(1);
        return;
      }
      if (!left.fresh && !whole.fresh) refuse("nothing-added");
      const lone = left.new.hash === EMPTY ? whole.new : whole.new.hash === EMPTY ? left.new : undefined;
      if (lone?.single) refuse("not-collapsed");
      whole = {
        old: combine(this.hash, left.old, whole.old),
        new: combine(this.hash, left.new, whole.new),
        fresh: true,
      };
    }
    this.root = whole;
  }
}

/** The verifier with its hashes as a parameter and no waiting, for the soundness tests. */
export function verifyArchiveWith(hash: TreeHash, lines: Iterable<Uint8Array>, ask: ArchiveAsk): ArchiveVerdict {
  const verifier = new Verifier(ask, hash);
  try {
    for (const line of lines) verifier.next(line);
    return verifier.end();
  } catch (error) {
    return refusedAt(verifier, error);
  }
}

function refusedAt(verifier: Verifier, error: unknown): ArchiveVerdict {
  if (error instanceof VerificationError) return { ok: false, code: error.code as ArchiveCode, line: verifier.at };
  throw error;
}

/**
 * Whether the archive holds every leaf that was added between the caller's two roots. `lines`: without their ends, as bytes or
 * as text (`linesOf` splits a file). Never throws on evidence.
 *
 * "Added" means: not under `previousRoot`. A dishonest builder can hide leaves in a malformed tree, where no proof reaches
 * them, and let them come up later; so the answer is whole for a `previousRoot` whose own archive verified, back to the first.
 *
 * @public
 */
export async function verifyArchive(
  lines: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
  ask: ArchiveAsk,
): Promise<ArchiveVerdict> {
  rootArgument(ask.previousRoot, "previousRoot");
  rootArgument(ask.root, "root");
  const encoder = new TextEncoder();
  const verifier = new Verifier(ask, treeHash);
  try {
    for await (const line of lines) verifier.next(typeof line === "string" ? encoder.encode(line) : line);
    return verifier.end();
  } catch (error) {
    return refusedAt(verifier, error);
  }
}
