// Runs one case of the test vectors against this library and says what it answered, in the form of the case's `expect`
// (test-vectors/README.md). No Node API: the same code runs in browsers, Deno and Bun.

import { SparseMerkleTree } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash } from "@sealtrail/smt/checkpoint";
import { type JsonValue, jcs, sha256 } from "@sealtrail/smt/formats";
import { verifyIcs23 } from "@sealtrail/smt/ics23";
import { recordValue } from "@sealtrail/smt/record";
import {
  bytesToHex,
  compareCheckpoints,
  decodeProof,
  hexToBytes,
  linesOf,
  parseCheckpoint,
  parseProof,
  parseStrict,
  verifyArchive,
  verifyBundle,
  verifyExtension,
  verifyMultiproof,
  verifyProof,
} from "@sealtrail/verify";
import { canonicalEvent, censoredKey, contentHash, genesisHash, rawKey, saltOf, sealed } from "@sealtrail/verify/event";
import { verifyContent, verifyFingerprint, verifyNetworkProof } from "@sealtrail/verify/statement";

// biome-ignore lint/suspicious/noExplicitAny: cases are JSON of many shapes
type Json = any;

export interface VectorFile {
  kind: string;
  cases: { name: string; expect: Json; [member: string]: Json }[];
}

const encoder = new TextEncoder();

function textOf(one: Json): string {
  if (one.text !== undefined) return one.text;
  return (one.parts as [string, number][]).map(([text, times]) => text.repeat(times)).join("");
}

function bytesOf(one: Json): Uint8Array {
  return one.hex !== undefined ? hexToBytes(one.hex) : encoder.encode(textOf(one));
}

/** The case's value: as it stands in the file, or out of its bytes. */
function valueOfCase(one: Json): { ok: true; value: JsonValue } | { ok: false; code: string } {
  return "input" in one ? { ok: true, value: one.input } : parseStrict(bytesOf(one));
}

/** `ask` with its hex members as bytes. */
function asked(ask: Json): Json {
  const bytes = ["root", "key", "value", "oldRoot", "newRoot", "previousRoot"];
  return Object.fromEntries(
    Object.entries(ask ?? {}).map(([name, value]) => [
      name,
      bytes.includes(name) ? hexToBytes(value as string) : value,
    ]),
  );
}

const node = (prefix: number, a: Uint8Array, b: Uint8Array) => sha256(Uint8Array.of(prefix, ...a, ...b));

const rules: { [rule: string]: (of: Json) => Uint8Array | string } = {
  path: ({ key }) => sha256(hexToBytes(key)),
  value: ({ value }) => sha256(hexToBytes(value)),
  leaf: ({ path, valueHash }) => node(0, hexToBytes(path), hexToBytes(valueHash)),
  inner: ({ left, right }) => node(1, hexToBytes(left), hexToBytes(right)),
  salt: ({ contentSalt }) => saltOf(hexToBytes(contentSalt)),
  raw: ({ salt, event }) => rawKey(hexToBytes(salt), canonicalEvent(event)),
  censored: ({ event }) => censoredKey(event),
  content: ({ contentSalt, content }) => contentHash(hexToBytes(contentSalt), hexToBytes(content)),
  sealed: ({ contentSalt, bytes }) => sealed(hexToBytes(contentSalt), hexToBytes(bytes)),
  genesis: ({ genesis }) => genesisHash(genesis),
  record: ({ record }) => recordValue(record),
};

function rootOf(leaves: [Uint8Array, Uint8Array][], depth = 0): Uint8Array {
  if (leaves.length === 0) return new Uint8Array(32);
  if (leaves.length === 1) return node(0, ...leaves[0]!);
  const side = (bit: number) =>
    rootOf(
      leaves.filter(([p]) => ((p[depth >> 3]! >> (7 - (depth & 7))) & 1) === bit),
      depth + 1,
    );
  return node(1, side(0), side(1));
}

function answer(kind: string, one: Json): Json | Promise<Json> {
  const ask = asked(one.ask);
  if (kind === "hashing") {
    const hash = rules[one.rule]!(one.of);
    return { ok: true, hash: typeof hash === "string" ? hash : bytesToHex(hash) };
  }
  if (kind === "tree") {
    if (one.leaves) {
      const leaves = (one.leaves as [string, string][]).map(
        ([p, v]) => [hexToBytes(p), hexToBytes(v)] as [Uint8Array, Uint8Array],
      );
      return { ok: true, root: bytesToHex(rootOf(leaves)) };
    }
    const tree = new SparseMerkleTree();
    tree.insertMany((one.entries as [string, string][]).map(([k, v]) => [hexToBytes(k), hexToBytes(v)] as const));
    return { ok: true, root: bytesToHex(tree.root) };
  }
  if (kind === "proof-binary") return decodeProof(bytesOf(one), ask);
  if (kind === "ics23") return verifyIcs23(bytesOf(one), ask);
  if (kind === "checkpoint-pair") {
    return { ok: true, relation: compareCheckpoints(one.a as Checkpoint, one.b as Checkpoint) };
  }
  if (kind === "signature") return verifyContent(one.content, one.proof);
  if (kind === "archive") {
    const text = (one.lines as Json[]).map((line) => (typeof line === "string" ? line : textOf(line))).join("\n");
    return verifyArchive(linesOf([encoder.encode(text)]), ask);
  }
  if (kind === "bundle") {
    const bytes = "input" in one ? encoder.encode(JSON.stringify(one.input)) : bytesOf(one);
    const { bundle: _, restarted, ...rest } = verifyBundle(bytes, one.ask);
    const report = { ...rest, ...(restarted && { restarted: restarted.metadata }) };
    return report;
  }
  if (kind === "strict-json") {
    const parsed = parseStrict(bytesOf(one), one.ask);
    if (!parsed.ok) return parsed;
    const text = jcs(parsed.value);
    return "jcs" in one.expect ? { ok: true, jcs: text } : { ok: true, "jcs-sha256": bytesToHex(sha256(text)) };
  }
  const read = valueOfCase(one);
  if (!read.ok) return read;
  const { value } = read;
  switch (kind) {
    case "proof": {
      const parsed = parseProof(value);
      return parsed.ok ? verifyProof(parsed.proof, ask) : parsed;
    }
    case "multiproof": {
      const verdict = verifyMultiproof(value, ask);
      if (!verdict.ok) return verdict;
      const present = verdict.present.map(({ key, value }) => ({ key: bytesToHex(key), value: bytesToHex(value) }));
      return { ok: true, present, absent: verdict.absent.map(bytesToHex) };
    }
    case "extension":
      return verifyExtension(value, ask);
    case "checkpoint": {
      const parsed = parseCheckpoint(value);
      return parsed.ok ? { ok: true, hash: checkpointHash(parsed.checkpoint) } : parsed;
    }
    case "fingerprint":
      return verifyFingerprint(value);
    case "network-proof":
      return verifyNetworkProof(value, one.ask);
    default:
      throw new Error(`unknown kind: ${kind}`);
  }
}

/** JSON text with members in order, for comparing. */
function ordered(value: Json): string {
  return jcs(JSON.parse(JSON.stringify(value)));
}

/** What differs from the expected answers: a text a case, empty when all agree. */
export async function disagreements(file: VectorFile): Promise<string[]> {
  const found: string[] = [];
  for (const one of file.cases) {
    let got: Json;
    try {
      got = await answer(file.kind, one);
      // Where in a long list a fault was met is for people; the code is the format's.
      if (file.kind === "archive" && !got.ok) got = { ok: false, code: got.code };
      if ("proof" in got) got.proof = JSON.parse(JSON.stringify(got.proof));
      if (file.kind === "proof-binary" && got.ok) got.type = got.proof.type;
    } catch (error) {
      got = { threw: String(error) };
    }
    if (ordered(got) !== ordered(one.expect)) {
      found.push(
        `${file.kind}, ${one.name}: expected ${JSON.stringify(one.expect).slice(0, 300)}, got ${JSON.stringify(got).slice(0, 300)}`,
      );
    }
  }
  return found;
}
