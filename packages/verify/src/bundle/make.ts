// Puts an evidence bundle together (formats.md, section 6) and checks it before anybody else does.

import { bytesToHex, type ExtensionProof, type Proof } from "@sealtrail/smt";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import type { EventBody } from "../event/body.js";
import { contentHash, saltOf } from "../event/keys.js";
import type { AnchorPart } from "../statement/anchor.js";
import { toBase64 } from "./base64.js";
import type { Bundle, Disclosure } from "./bundle.js";
import { verifyBundle } from "./verify.js";

/** How much of the event the bundle shall show. @public */
export type BundleDisclosure =
  /** `content`: as it was hashed (unpacked); shows `contentSalt` too. */
  | { level: "raw"; event: EventBody; contentSalt: Uint8Array; content?: Uint8Array }
  | { level: "censored"; event: EventBody }
  | { level: "none" };

/** What `makeBundle` puts together. @public */
export interface BundleParts {
  disclosure: BundleDisclosure;
  /** Inclusion of the leaf; with `record` for a raw disclosure, without for `none`, as wished for a censored one. */
  proof: Proof;
  /** Raw disclosure only: inclusion of the event's censored leaf, with its record. */
  censoredProof?: Proof;
  /** The checkpoint whose root the proofs were made against. */
  checkpoint: Checkpoint;
  /** Where a later checkpoint carries the anchor, with the extension from the one to the other. */
  anchored?: Checkpoint;
  extension?: ExtensionProof;
  anchor?: AnchorPart;
  /** Out of a trail that was begun anew in the place of another: its first event, and its raw leaf's inclusion, with record. */
  restarted?: { event: EventBody; contentSalt: Uint8Array; proof: Proof };
}

/**
 * The bundle of these parts, plain JSON. Throws RangeError, naming the check, where they do not make a bundle that holds.
 *
 * @public
 */
export function makeBundle(parts: BundleParts): Bundle {
  const { disclosure, proof, censoredProof, checkpoint, anchored, extension, anchor, restarted } = parts;
  const bundle: Bundle = JSON.parse(
    JSON.stringify({
      format: restarted === undefined ? "sealtrail-bundle/1" : "sealtrail-bundle/2",
      disclosure: shown(disclosure),
      proof,
      censoredProof,
      checkpoint,
      anchored,
      extension,
      anchor,
      restarted: restarted && {
        event: restarted.event,
        salt: bytesToHex(saltOf(restarted.contentSalt)),
        proof: restarted.proof,
      },
    }),
  );
  const report = verifyBundle(new TextEncoder().encode(JSON.stringify(bundle)), { signers: [], networkRoots: [] });
  for (const [name, check] of Object.entries(report.checks)) {
    if (check.status === "failed") throw new RangeError(`parts: ${name}: ${check.code}`);
  }
  return bundle;
}

function shown(disclosure: BundleDisclosure): Disclosure {
  if (disclosure.level === "none") return { level: "none" };
  if (disclosure.level === "censored") {
    const { category, createdAt, id, type } = disclosure.event;
    return { level: "censored", event: { category, createdAt, id, type } };
  }
  const { event, contentSalt, content } = disclosure;
  const raw = { level: "raw" as const, event, salt: bytesToHex(saltOf(contentSalt)) };
  if (content === undefined) return raw;
  if (bytesToHex(contentHash(contentSalt, content)) !== event.contentHash)
    throw new RangeError("content: not what the event's contentHash says");
  return { ...raw, content: toBase64(content), contentSalt: bytesToHex(contentSalt) };
}
