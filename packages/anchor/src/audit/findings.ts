// What can be wrong between the line of checkpoints and its anchors: a closed union, each with what it means.

export type AnchorFindingCode =
  /** A stored statement cannot be read, or its hash is not its content's. */
  | "statement-damaged"
  /** A stored statement's signature does not hold. */
  | "statement-forged"
  /** Signed by a key that is not the trail's for this version. */
  | "foreign-signer"
  /** Signed by a key of the trail's that was replaced or revoked for this version: it shows nothing any more. */
  | "retired-signer"
  /** The signed root is not the checkpoint's: the tree was made anew and old receipts put beside it. */
  | "rebuilt"
  /** The statement is that of another checkpoint's range of events. */
  | "range-swapped"
  /** Root and range agree, but the line of checkpoints before it was another one. */
  | "line-changed"
  /** A statement of a version that the trail does not have. */
  | "version-unknown"
  /** Marked as anchored, and what the network or the ledger said is gone. */
  | "receipt-missing"
  /** The stored network proof does not lead from the statement to the stored root. */
  | "network-proof-broken"
  /** The line of checkpoints says that this version was signed; there is no statement of it. */
  | "statement-missing"
  /** Two signed statements about the same events that cannot both be true. */
  | "equivocation"
  /** A line of the ledger file is damaged, or its chain is broken. */
  | "ledger-damaged"
  /** The ledger file holds what a write left behind that never finished. */
  | "ledger-torn"
  /** Lines of the ledger file stand there twice, or a program changed its line ends. */
  | "ledger-copied"
  /** A statement that should be in the ledger file is not. */
  | "ledger-missing"
  /** Outside there are statements of this trail that are newer than this file: it is an older copy. */
  | "rolled-back"
  /** Statements about this very tree, signed by a key that is not its signer's. */
  | "other-signer"
  /** Statements about another tree by a signer of this one: a trail that was deleted and made anew, or another trail with this key. */
  | "tree-id-mismatch"
  /** The oldest event that no anchor covers is older than the operator allows. */
  | "anchor-overdue";

export interface AnchorFinding {
  code: AnchorFindingCode;
  /** `note`: nothing is wrong with the evidence. */
  severity: "tampered" | "rolled-back" | "note";
  /** The checkpoint's, where it is about one. */
  version?: number;
  /** The first event that it concerns, where it is about events. */
  sequence?: number;
  message: string;
}

export const FINDING_MESSAGES: { readonly [code in AnchorFindingCode]: string } = {
  "statement-damaged": "the stored anchor statement was changed: it is not what was signed",
  "statement-forged": "the stored anchor statement was never signed by the key that it names",
  "foreign-signer": "the anchor statement is signed by a key that is not this trail's for this version",
  "retired-signer":
    "anchor statements are signed by a key that was replaced or revoked for their versions: they show nothing any more",
  rebuilt: "the tree was rebuilt: the root that was signed for these events is another one",
  "range-swapped": "the anchor statement belongs to another range of events",
  "line-changed": "the checkpoints before this one were changed after it was signed",
  "version-unknown": "an anchor statement exists for a checkpoint that the trail no longer has",
  "receipt-missing": "the receipt of an anchored checkpoint was removed",
  "network-proof-broken": "the stored network proof does not hold",
  "statement-missing": "a checkpoint was signed, as the later ones say, and its statement is gone",
  equivocation: "two histories were signed for the same events",
  "ledger-damaged": "a line of the ledger file was changed, removed or added",
  "ledger-torn": "the ledger file holds a piece of a write that never finished; it is passed over",
  "ledger-copied": "the ledger file was copied or edited without a loss: lines are passed over, or read all the same",
  "ledger-missing": "a statement that was in the ledger file is there no more",
  "rolled-back": "there are newer anchors of this trail outside: this file is an older copy",
  "other-signer": "outside there are statements about this tree by another key: a stranger's, or those of a key before",
  "tree-id-mismatch":
    "outside there are statements of this key about another tree: a trail that stood here before, or one that shares key and ledger",
  "anchor-overdue": "events have been waiting too long for an anchor",
};
