// Helpers of the proofs that are node lists: how a verifier refuses, the caller's arguments, and reading one node `[kind, ...]`.
// A verifier throws inside and returns a verdict outside. The whole list is attacker-controlled.
import type { NodeCode, ShapeCode } from "../codes.js";
import { tryHexToBytes } from "../formats/hex.js";
import { checkHex } from "../formats/shape.js";
import type { NodeReader } from "../tree/reader.js";

export const MAX_NODES = 1_000_000;
export const MAX_DEPTH = 256;

/** What a prover reads of a tree: all of `NodeReader` but the tags. */
export type ReadNodes = Omit<NodeReader, "tag">;

/** Thrown deep inside a verifier; `asVerdict` turns it into the verdict. */
export class VerificationError<Code extends string> {
  readonly code: Code;
  constructor(code: Code) {
    this.code = code;
  }
}

export function refuse(code: string): never {
  throw new VerificationError(code);
}

/**
 * Runs the body of a verifier and turns a refusal into a verdict. `unreadable` is the code for a getter or proxy that throws. Only
 * a value that the caller made can do that; a value out of JSON cannot.
 */
export function asVerdict<Good, Code extends string>(
  inside: () => Good,
  unreadable?: Code,
): Good | { ok: false; code: Code } {
  try {
    return inside();
  } catch (error) {
    if (error instanceof VerificationError) return { ok: false, code: error.code as Code };
    if (unreadable !== undefined) return { ok: false, code: unreadable };
    throw error;
  }
}

/** The caller's root. Throws TypeError if it is not 32 bytes. */
export function rootArgument(root: unknown, name: string): Uint8Array {
  if (!(root instanceof Uint8Array) || root.length !== 32) throw new TypeError(`${name}: expected 32 bytes`);
  return root;
}

/** A hash in a node. Refuses with the code of what is wrong with it. */
export function hash32(value: unknown): Uint8Array {
  const bytes = typeof value === "string" && value.length === 64 ? tryHexToBytes(value) : undefined;
  if (bytes !== undefined) return bytes;
  if (typeof value !== "string") refuse("bad-node" satisfies NodeCode);
  const fault: ShapeCode | undefined = checkHex(value, 32);
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
