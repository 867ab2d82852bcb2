// What the proofs that are node lists share: refusals by exception inside a verifier (never out of it), arguments of the
// caller, and reading of one node `[kind, ...]`. All of the list is attacker-controlled.
import type { NodeCode, ShapeCode } from "../codes.js";
import { tryHexToBytes } from "../formats/hex.js";
import { hexFault } from "../formats/shape.js";
import type { NodeReader } from "../tree/reader.js";

export const MAX_NODES = 1_000_000;
export const MAX_DEPTH = 256;

/** What a prover reads of a tree: all of `NodeReader` but the tags. */
export type ReadNodes = Omit<NodeReader, "tag">;

/** A verifier's way out of the middle of a tree; caught at its door. */
export class Refused<Code extends string> {
  readonly code: Code;
  constructor(code: Code) {
    this.code = code;
  }
}

export function refuse(code: string): never {
  throw new Refused(code);
}

/**
 * Runs a verifier's inside and turns its refusal into a verdict. `unreadable` is for what only a value of the caller's own
 * making can do, never one out of JSON: a getter or a proxy that throws.
 */
export function judged<Good, Code extends string>(
  inside: () => Good,
  unreadable?: Code,
): Good | { ok: false; code: Code } {
  try {
    return inside();
  } catch (error) {
    if (error instanceof Refused) return { ok: false, code: error.code as Code };
    if (unreadable !== undefined) return { ok: false, code: unreadable };
    throw error;
  }
}

/** A root that the caller gives: his mistake if it is none. */
export function rootArgument(root: unknown, name: string): Uint8Array {
  if (!(root instanceof Uint8Array) || root.length !== 32) throw new TypeError(`${name}: expected 32 bytes`);
  return root;
}

/** A hash out of a node; the code is looked for only where it is none. */
export function hash32(value: unknown): Uint8Array {
  const bytes = typeof value === "string" && value.length === 64 ? tryHexToBytes(value) : undefined;
  if (bytes !== undefined) return bytes;
  if (typeof value !== "string") refuse("bad-node" satisfies NodeCode);
  const fault: ShapeCode | undefined = hexFault(value, 32);
  return refuse(fault!);
}

/** The node's kind, once it is one of `arities` with the number of members that this kind has. */
export function kindOf<Kind extends string>(node: unknown, arities: { readonly [kind in Kind]: number }): Kind {
  if (!Array.isArray(node)) refuse("bad-node");
  const kind: unknown = node[0];
  if (typeof kind !== "string" || !Object.hasOwn(arities, kind) || node.length !== arities[kind as Kind])
    refuse("bad-node");
  return kind as Kind;
}
