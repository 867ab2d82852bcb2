// Is the leaf in the tree of its checkpoint, and do the checkpoints agree: with themselves, with each other, with the caller's?

import { hexToBytes, type Proof, verifyExtension, verifyProof } from "@sealtrail/smt";
import { type Checkpoint, checkCount, checkLine, compareCheckpoints } from "@sealtrail/smt/checkpoint";
import type { Limits } from "@sealtrail/smt/formats";
import type { BundleCode } from "../codes.js";
import type { Bundle } from "./bundle.js";
import { type BundleCheck, judge, NONE, verdictCheck } from "./check.js";

export function inclusionCheck({ proof, censoredProof, checkpoint, restarted }: Bundle): BundleCheck {
  const fault = (one: Proof): BundleCode | undefined => {
    if (one.root !== checkpoint.root) return "checkpoint-root";
    const { record: _, ...bare } = one; // the check `record` judges it
    const ask = { root: hexToBytes(one.root), key: hexToBytes(one.key), value: hexToBytes(one.value!) };
    const verdict = verifyProof(bare, ask);
    return verdict.ok ? undefined : verdict.code;
  };
  return judge(fault(proof) ?? (censoredProof && fault(censoredProof)) ?? (restarted && fault(restarted.proof)));
}

export function checkpointCheck({ checkpoint, anchored }: Bundle): BundleCheck {
  const later = anchored && anchored.tree === checkpoint.tree && anchored.version > checkpoint.version;
  return judge(
    checkLine(checkpoint) ?? (anchored && (checkLine(anchored) ?? (later ? undefined : "anchored-not-later"))),
  );
}

export function extensionCheck({ checkpoint, anchored, extension }: Bundle, limits: Limits): BundleCheck {
  if (!anchored || !extension) return NONE;
  return verdictCheck(
    verifyExtension(extension, { oldRoot: hexToBytes(checkpoint.root), newRoot: hexToBytes(anchored.root), limits }),
  );
}

export function countCheck({ checkpoint, anchored }: Bundle): BundleCheck {
  return judge(checkCount(checkpoint) ?? (anchored && checkCount(anchored)));
}

export function equivocationCheck({ checkpoint, anchored }: Bundle, known: readonly Checkpoint[]): BundleCheck {
  const own = anchored ? [checkpoint, anchored] : [checkpoint];
  if (own.length + known.length === 1) return NONE;
  const contradict = own.some((one, i) =>
    [...own.slice(i + 1), ...known].some((other) => compareCheckpoints(one, other) === "equivocation"),
  );
  return judge(contradict ? "equivocation" : undefined);
}
