// The part of protobuf that an ICS23 CommitmentProof needs. One encoding for a message: fields ascending, defaults left out,
// shortest varints, nothing unknown. So what was read is what is written, and a reader can say so by writing it again.

export interface LeafOp {
  hash: number;
  prehashKey: number;
  prehashValue: number;
  length: number;
  prefix: Uint8Array;
}

export interface InnerOp {
  hash: number;
  prefix: Uint8Array;
  suffix: Uint8Array;
}

export interface ExistenceProof {
  key: Uint8Array;
  value: Uint8Array;
  leaf: LeafOp | undefined;
  /** From the leaf upwards. */
  path: InnerOp[];
}

export interface NonExistenceProof {
  key: Uint8Array;
  left: ExistenceProof | undefined;
  right: ExistenceProof | undefined;
}

/** `other`: batch and compressed proofs, and a message with none. */
export type CommitmentProof =
  | { kind: "exist"; exist: ExistenceProof }
  | { kind: "nonexist"; nonexist: NonExistenceProof }
  | { kind: "other" };

const NONE = new Uint8Array(0);

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function numberField(field: number, value: number): Uint8Array {
  return value === 0 ? NONE : Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

/** Bytes that are empty are a default and left out; a message is written even so. */
function bytesField(field: number, value: Uint8Array, message = false): Uint8Array {
  if (value.length === 0 && !message) return NONE;
  return concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(value.length)]), value]);
}

function encodeLeafOp(op: LeafOp): Uint8Array {
  return concat([
    numberField(1, op.hash),
    numberField(2, op.prehashKey),
    numberField(3, op.prehashValue),
    numberField(4, op.length),
    bytesField(5, op.prefix),
  ]);
}

function encodeInnerOp(op: InnerOp): Uint8Array {
  return concat([numberField(1, op.hash), bytesField(2, op.prefix), bytesField(3, op.suffix)]);
}

function encodeExistence(proof: ExistenceProof): Uint8Array {
  return concat([
    bytesField(1, proof.key),
    bytesField(2, proof.value),
    proof.leaf ? bytesField(3, encodeLeafOp(proof.leaf), true) : NONE,
    ...proof.path.map((op) => bytesField(4, encodeInnerOp(op), true)),
  ]);
}

export function encodeCommitmentProof(proof: Exclude<CommitmentProof, { kind: "other" }>): Uint8Array {
  if (proof.kind === "exist") return bytesField(1, encodeExistence(proof.exist), true);
  const { key, left, right } = proof.nonexist;
  const body = [
    bytesField(1, key),
    left ? bytesField(2, encodeExistence(left), true) : NONE,
    right ? bytesField(3, encodeExistence(right), true) : NONE,
  ];
  return bytesField(2, concat(body), true);
}

class BadEncoding extends Error {}

/** A varint as other encoders write it: shortest, within 2^31. */
function readVarint(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  for (let at = from, scale = 1; at < bytes.length && at < from + 5; at++, scale *= 128) {
    const byte = bytes[at]!;
    value += (byte & 127) * scale;
    if (byte < 128) {
      if ((byte === 0 && at > from) || value > 0x7fffffff) break;
      return { value, next: at + 1 };
    }
  }
  throw new BadEncoding();
}

/** The fields of one message, in order; `repeated` may come again. Numbers are given as numbers, all else as bytes. */
function fields(
  bytes: Uint8Array,
  numbers: readonly number[],
  blobs: readonly number[],
  repeated = 0,
): Map<number, (number | Uint8Array)[]> {
  const found = new Map<number, (number | Uint8Array)[]>();
  let last = 0;
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    const field = tag.value >> 3;
    const wire = tag.value & 7;
    if (field < last || (field === last && field !== repeated)) throw new BadEncoding();
    last = field;
    const head = readVarint(bytes, tag.next);
    at = head.next;
    let value: number | Uint8Array = head.value;
    if (wire === 0 && numbers.includes(field)) {
      if (value === 0) throw new BadEncoding();
    } else if (wire === 2 && blobs.includes(field)) {
      if (head.value > bytes.length - at) throw new BadEncoding();
      value = bytes.subarray(at, at + head.value);
      at += head.value;
    } else throw new BadEncoding();
    const known = found.get(field);
    if (known) known.push(value);
    else found.set(field, [value]);
  }
  return found;
}

function numberOf(found: Map<number, (number | Uint8Array)[]>, field: number): number {
  return (found.get(field)?.[0] as number | undefined) ?? 0;
}

function blobOf(found: Map<number, (number | Uint8Array)[]>, field: number): Uint8Array {
  const blob = found.get(field)?.[0] as Uint8Array | undefined;
  if (blob?.length === 0) throw new BadEncoding();
  return blob ?? NONE;
}

function messageOf<T>(
  found: Map<number, (number | Uint8Array)[]>,
  field: number,
  decode: (bytes: Uint8Array) => T,
): T | undefined {
  const message = found.get(field)?.[0] as Uint8Array | undefined;
  return message === undefined ? undefined : decode(message);
}

function decodeLeafOp(bytes: Uint8Array): LeafOp {
  const found = fields(bytes, [1, 2, 3, 4], [5]);
  return {
    hash: numberOf(found, 1),
    prehashKey: numberOf(found, 2),
    prehashValue: numberOf(found, 3),
    length: numberOf(found, 4),
    prefix: blobOf(found, 5),
  };
}

function decodeInnerOp(bytes: Uint8Array): InnerOp {
  const found = fields(bytes, [1], [2, 3]);
  return { hash: numberOf(found, 1), prefix: blobOf(found, 2), suffix: blobOf(found, 3) };
}

function decodeExistence(bytes: Uint8Array): ExistenceProof {
  const found = fields(bytes, [], [1, 2, 3, 4], 4);
  return {
    key: blobOf(found, 1),
    value: blobOf(found, 2),
    leaf: messageOf(found, 3, decodeLeafOp),
    path: ((found.get(4) ?? []) as Uint8Array[]).map(decodeInnerOp),
  };
}

function decodeNonExistence(bytes: Uint8Array): NonExistenceProof {
  const found = fields(bytes, [], [1, 2, 3]);
  return {
    key: blobOf(found, 1),
    left: messageOf(found, 2, decodeExistence),
    right: messageOf(found, 3, decodeExistence),
  };
}

/** `undefined` where the bytes are not the one encoding of a CommitmentProof. */
export function decodeCommitmentProof(bytes: Uint8Array): CommitmentProof | undefined {
  try {
    const found = fields(bytes, [], [1, 2, 3, 4]);
    if (found.size > 1) return undefined;
    const exist = messageOf(found, 1, decodeExistence);
    if (exist) return { kind: "exist", exist };
    const nonexist = messageOf(found, 2, decodeNonExistence);
    return nonexist ? { kind: "nonexist", nonexist } : { kind: "other" };
  } catch (error) {
    if (error instanceof BadEncoding) return undefined;
    throw error;
  }
}
