// An evidence bundle, sealtrail-bundle/1 or /2 (formats.md, section 6), and the check of its shape, part by part. All of it is a
// stranger's.

import { type ExtensionProof, type Proof, parseProof } from "@sealtrail/smt";
import { type Checkpoint, parseCheckpoint } from "@sealtrail/smt/checkpoint";
import { checkHex, checkMembers, checkShape, isObject, type JsonValue } from "@sealtrail/smt/formats";
import type { BundleCode } from "../codes.js";
import { type EventBody, isEventBody } from "../event/body.js";
import type { CensoredEvent } from "../event/keys.js";
import { type AnchorPart, parseAnchor } from "../statement/anchor.js";
import { fromBase64 } from "./base64.js";

/** How much of the event a bundle shows: all of it, the censored form, or its key alone. @public */
export type Disclosure =
  /** Everything about the event; `content` (base64) only together with its `contentSalt`. Bytes are lower-case hex. */
  | { level: "raw"; event: EventBody; salt: string; content?: string; contentSalt?: string }
  /** Four fields. */
  | { level: "censored"; event: CensoredEvent }
  /** The key alone, that the reader can compare with one that he has. */
  | { level: "none" };

/**
 * The first event of a trail that stands in the place of another one: whole, and with its raw leaf's inclusion.
 *
 * @public
 */
export interface Restarted {
  event: EventBody;
  salt: string;
  proof: Proof;
}

/** An evidence bundle (formats.md, section 6), as JSON. @public */
export interface Bundle {
  /** `/2` is out of a trail that was begun anew in the place of another: it is `/1` with `restarted`. */
  format: "sealtrail-bundle/1" | "sealtrail-bundle/2";
  disclosure: Disclosure;
  /** Inclusion of the disclosed leaf under the checkpoint's root. */
  proof: Proof;
  /** With a raw disclosure: inclusion of the event's censored leaf. */
  censoredProof?: Proof;
  checkpoint: Checkpoint;
  /** Where a later checkpoint carries the anchor: that one, and what joins the two roots. */
  anchored?: Checkpoint;
  extension?: ExtensionProof;
  anchor?: AnchorPart;
  restarted?: Restarted;
}

type Members = { [name: string]: JsonValue };

function closed(
  value: JsonValue | undefined,
  must: string[],
  may: string[] = [],
  noObject: BundleCode = "bad-field",
): BundleCode | undefined {
  return isObject(value) ? checkMembers(value, must, may) : noObject;
}

const hash = (value: JsonValue | undefined) => checkHex(value, 32);

function disclosureFault(value: JsonValue | undefined): BundleCode | undefined {
  const level = isObject(value) ? value.level : undefined;
  const { event, salt, content, contentSalt } = (value ?? {}) as Members;
  if (level === "none") return closed(value, ["level"]);
  if (level === "censored") {
    const fault = closed(value, ["level", "event"]) ?? closed(event, ["category", "createdAt", "id", "type"]);
    if (fault) return fault;
    return Object.values(event as Members).every((field) => typeof field === "string") ? undefined : "bad-field";
  }
  if (level !== "raw") return closed(value, ["level"], ["event", "salt", "content", "contentSalt"]) ?? "bad-field";
  const fault = closed(value, ["level", "event", "salt"], ["content", "contentSalt"]);
  if (fault) return fault;
  if (!isEventBody(event)) return "bad-field";
  const saltFault = hash(salt);
  if (saltFault || (content === undefined && contentSalt === undefined)) return saltFault;
  if (content === undefined || contentSalt === undefined) return "missing-field";
  if (typeof content !== "string") return "bad-field";
  return fromBase64(content) === undefined ? "bad-base64" : hash(contentSalt);
}

/** A proof's shape. A record of another leaf is no fault of shape: the check `record` names it. */
function proofFault(value: JsonValue | undefined): BundleCode | undefined {
  const parsed = parseProof(value);
  return parsed.ok || parsed.code === "record-mismatch" ? undefined : parsed.code;
}

/** A checkpoint's shape. What it says of counts and line is for the checks of these names. */
function checkpointFault(value: JsonValue | undefined): BundleCode | undefined {
  const parsed = parseCheckpoint(value);
  return parsed.ok || parsed.code === "bad-count" || parsed.code === "bad-line" ? undefined : parsed.code;
}

function extensionFault(value: JsonValue | undefined): BundleCode | undefined {
  const fault = checkShape(value, "smt-extension/1", ["oldRoot", "newRoot", "nodes"]);
  if (fault) return fault;
  const { oldRoot, newRoot, nodes } = value as Members;
  return hash(oldRoot) ?? hash(newRoot) ?? (Array.isArray(nodes) ? undefined : "bad-field");
}

function restartedFault(value: JsonValue | undefined): BundleCode | undefined {
  const fault = closed(value, ["event", "salt", "proof"]);
  if (fault) return fault;
  const { event, salt, proof } = value as Members;
  if (!isEventBody(event)) return "bad-field";
  const { type, source, sequence } = event;
  if (type !== "system.restarted" || source !== "sealtrail" || sequence !== 1) return "bad-field";
  return hash(salt) ?? proofFault(proof);
}

/** The bundle, or the first fault in the order of the format's table. */
export function readBundle(json: JsonValue): { ok: true; bundle: Bundle } | { ok: false; code: BundleCode } {
  // Without `restarted` it is one of the first version, or of none that there is.
  const { format, restarted } = (json ?? {}) as Members;
  const second = format === "sealtrail-bundle/2" && restarted !== undefined;
  const fault = closed(
    json,
    ["format", "disclosure", "proof", "checkpoint", ...(second ? ["restarted"] : [])],
    ["censoredProof", "anchored", "extension", "anchor"],
    "not-an-object",
  );
  if (fault) return { ok: false, code: fault };
  const parts = json as Members;
  if (!second && parts.format !== "sealtrail-bundle/1") return { ok: false, code: "wrong-format" };
  const has = (name: string) => Object.hasOwn(parts, name);
  const code =
    disclosureFault(parts.disclosure) ??
    proofFault(parts.proof) ??
    (has("censoredProof") ? proofFault(parts.censoredProof) : undefined) ??
    checkpointFault(parts.checkpoint) ??
    (has("anchored") ? checkpointFault(parts.anchored) : undefined) ??
    (has("extension") ? extensionFault(parts.extension) : undefined) ??
    (has("anchor") ? anchorFault(parts.anchor) : undefined) ??
    (second ? restartedFault(parts.restarted) : undefined) ??
    togetherFault(json as unknown as Bundle);
  return code === undefined ? { ok: true, bundle: json as unknown as Bundle } : { ok: false, code };
}

function anchorFault(value: JsonValue | undefined): BundleCode | undefined {
  const parsed = parseAnchor(value);
  return parsed.ok ? undefined : parsed.code;
}

/** Which parts may and must stand together. */
function togetherFault(bundle: Bundle): BundleCode | undefined {
  const { disclosure, proof, censoredProof, restarted } = bundle;
  const raw = disclosure.level === "raw";
  if (raw && (censoredProof === undefined || !proof.record || !censoredProof.record)) return "missing-field";
  if (!raw && censoredProof !== undefined) return "misplaced-field";
  if (disclosure.level === "none" && proof.record) return "misplaced-field";
  if (proof.type !== "inclusion" || (censoredProof && censoredProof.type !== "inclusion")) return "misplaced-field";
  if ((bundle.anchored === undefined) !== (bundle.extension === undefined)) return "missing-field";
  // Only an inclusion has a record.
  return restarted === undefined || restarted.proof.record ? undefined : "missing-field";
}
