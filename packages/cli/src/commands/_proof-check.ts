/** A proof on its own, of any kind and form: does it lead from its keys to a root? Opens nothing, trusts nothing of the file. */

import type { MultiproofCode, Proof, ProofCode } from "@sealtrail/smt";
import type { JsonValue, StrictCode } from "@sealtrail/smt/formats";
import type { LeafRecord } from "@sealtrail/smt/record";
import { usage } from "../errors.js";

export interface Asked {
  /** Hex. Without it the root that the proof names is taken, and is still to be vouched for. */
  readonly root: string | undefined;
  readonly key: string | undefined;
  /** Only a binary proof of inclusion needs it: it carries none. */
  readonly value: string | undefined;
}

export interface Shown {
  readonly key: string;
  readonly type: Proof["type"];
}

export type Checked =
  | {
      readonly ok: false;
      readonly code: StrictCode | ProofCode | MultiproofCode;
      readonly root: string | null;
      readonly keys: readonly Shown[];
    }
  | { readonly ok: true; readonly root: string; readonly keys: readonly Shown[]; readonly record?: LeafRecord };

/** Binary proofs begin with 01, 02 or 03, which no JSON does. */
function isBinary(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[0]! >= 1 && bytes[0]! <= 3;
}

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

export async function checkProof(bytes: Uint8Array, asked: Asked): Promise<Checked> {
  const smt = await import("@sealtrail/smt");
  if (isBinary(bytes)) {
    if (asked.root === undefined || asked.key === undefined) {
      throw usage("a binary proof names neither root nor key", "give --root and --key, and --value for an inclusion");
    }
    const ask = {
      root: bytesOf(asked.root),
      key: bytesOf(asked.key),
      ...(asked.value === undefined ? {} : { value: bytesOf(asked.value) }),
    };
    const decoded = smt.decodeProof(bytes, ask);
    if (!decoded.ok) return { ok: false, code: decoded.code, root: null, keys: [] };
    return checkSingle(smt, decoded.proof, asked);
  }
  const { parseStrict } = await import("@sealtrail/smt/formats");
  const strict = parseStrict(bytes);
  if (!strict.ok) return { ok: false, code: strict.code, root: null, keys: [] };
  if (formatOf(strict.value) === "smt-multiproof/1") return checkMany(smt, strict.value, asked);
  const parsed = smt.parseProof(strict.value);
  if (!parsed.ok) return { ok: false, code: parsed.code, root: null, keys: [] };
  return checkSingle(smt, parsed.proof, asked);
}

function formatOf(value: JsonValue): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value.format : undefined;
}

type Smt = typeof import("@sealtrail/smt");

function checkSingle(smt: Smt, proof: Proof, asked: Asked): Checked {
  const keys = [{ key: proof.key, type: proof.type }];
  const value = asked.value ?? proof.value;
  const verdict = smt.verifyProof(proof, {
    root: bytesOf(asked.root ?? proof.root),
    key: bytesOf(asked.key ?? proof.key),
    ...(value === undefined ? {} : { value: bytesOf(value) }),
  });
  if (!verdict.ok) return { ok: false, code: verdict.code, root: proof.root, keys };
  return { ok: true, root: proof.root, keys, ...(proof.record === undefined ? {} : { record: proof.record }) };
}

function checkMany(smt: Smt, value: JsonValue, asked: Asked): Checked {
  const named = (value as { root?: JsonValue }).root;
  const root = asked.root ?? (typeof named === "string" && /^[0-9a-f]{64}$/.test(named) ? named : undefined);
  if (root === undefined) return { ok: false, code: "bad-hex", root: null, keys: [] };
  const verdict = smt.verifyMultiproof(value, { root: bytesOf(root) });
  if (!verdict.ok) return { ok: false, code: verdict.code, root, keys: [] };
  const keys: Shown[] = [
    ...verdict.present.map((p) => ({ key: smt.bytesToHex(p.key), type: "inclusion" as const })),
    ...verdict.absent.map((key) => ({ key: smt.bytesToHex(key), type: "exclusion" as const })),
  ];
  if (asked.key !== undefined && !keys.some((k) => k.key === asked.key))
    return { ok: false, code: "key-not-shown", root, keys };
  return { ok: true, root, keys };
}
