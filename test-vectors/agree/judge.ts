// What the TypeScript verifier answers to a case of any kind, in the form of a case's `expect` (../README.md).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLedger } from "@sealtrail/anchor/audit";
import { verifyKeyChange } from "@sealtrail/anchor/keys";
import { bytesToHex, decodeProof, hexToBytes, verifyExtension, verifyMultiproof, verifyProof } from "@sealtrail/smt";
import { linesOf, verifyArchive } from "@sealtrail/smt/archive";
import { type Checkpoint, checkpointHash, compareCheckpoints, parseCheckpoint } from "@sealtrail/smt/checkpoint";
import { jcs, parseStrict, sha256 } from "@sealtrail/smt/formats";
import { verifyIcs23 } from "@sealtrail/smt/ics23";
import { verifyBundle, verifyExport } from "@sealtrail/verify";
import { verifyContent, verifyFingerprint, verifyNetworkProof } from "@sealtrail/verify/statement";
import type { Json } from "./mutate.ts";

export type Case = { name: string; [member: string]: Json };

const encoder = new TextEncoder();

function bytesOf(of: Case): Uint8Array {
  if (of.hex !== undefined) return hexToBytes(of.hex);
  if (of.input !== undefined) return encoder.encode(JSON.stringify(of.input));
  return encoder.encode(of.text ?? of.parts.map(([text, times]: [string, number]) => text.repeat(times)).join(""));
}

/** The verdict on the input's JSON value, or the strict parser's refusal. */
function asVerdict(of: Case, verify: (value: Json) => Json): Json {
  if (of.input !== undefined) return verify(of.input);
  const parsed = parseStrict(bytesOf(of));
  return parsed.ok ? verify(parsed.value) : { ok: false, code: parsed.code };
}

/** The caller's side of a case, as bytes. */
function asked(of: Case, ...names: string[]): Json {
  const bytes = names.filter((name) => of.ask[name] !== undefined).map((name) => [name, hexToBytes(of.ask[name])]);
  return { ...Object.fromEntries(bytes), ...(of.ask.limits ? { limits: of.ask.limits } : {}) };
}

const refusal = (verdict: Json): Json => ({ ok: false, code: verdict.code });

function linesWithoutEnds(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from);
    const line = bytes.subarray(from, end < 0 ? bytes.length : end);
    from = end < 0 ? bytes.length : end + 1;
    lines.push(line);
  }
  return lines;
}

const judges: { [kind: string]: (of: Case) => Json } = {
  "strict-json": (of) => {
    const parsed = parseStrict(bytesOf(of), of.ask?.limits ? { limits: of.ask.limits } : {});
    return parsed.ok ? { ok: true, jcs: jcs(parsed.value) } : refusal(parsed);
  },
  proof: (of) => asVerdict(of, (proof) => verifyProof(proof, asked(of, "root", "key", "value"))),
  "proof-binary": (of) => {
    const found = decodeProof(bytesOf(of), asked(of, "root", "key", "value"));
    return found.ok ? { ok: true, type: found.proof.type, proof: found.proof } : refusal(found);
  },
  multiproof: (of) =>
    asVerdict(of, (proof) => {
      const found = verifyMultiproof(proof, asked(of, "root"));
      if (!found.ok) return refusal(found);
      const present = found.present.map(({ key, value }) => ({ key: bytesToHex(key), value: bytesToHex(value) }));
      return { ok: true, present, absent: found.absent.map((key) => bytesToHex(key)) };
    }),
  extension: (of) => asVerdict(of, (proof) => verifyExtension(proof, asked(of, "oldRoot", "newRoot"))),
  archive: async (of) => {
    const texts = of.lines.map((line: Json) =>
      typeof line === "string"
        ? line
        : line.parts.map(([text, times]: [string, number]) => text.repeat(times)).join(""),
    );
    const file = encoder.encode(texts.join("\n"));
    const found = await verifyArchive(linesOf([file]), asked(of, "previousRoot", "root"));
    return found.ok ? { ...found } : refusal(found);
  },
  ics23: (of) => verifyIcs23(bytesOf(of), asked(of, "root", "key", "value")),
  checkpoint: (of) =>
    asVerdict(of, (value) => {
      const parsed = parseCheckpoint(value);
      return parsed.ok ? { ok: true, hash: checkpointHash(parsed.checkpoint) } : refusal(parsed);
    }),
  "checkpoint-pair": (of) => ({ ok: true, relation: compareCheckpoints(of.a as Checkpoint, of.b as Checkpoint) }),
  signature: (of) => verifyContent(of.content, of.proof),
  fingerprint: (of) => asVerdict(of, (value) => verifyFingerprint(value)),
  "network-proof": (of) => asVerdict(of, (value) => verifyNetworkProof(value, of.ask)),
  ledger: (of) => {
    let lines = 0;
    const passed: Record<string, number> = { "torn-line": 0, "line-twice": 0, "line-ends": 0 };
    let last = "0".repeat(64);
    const directory = mkdtempSync(join(tmpdir(), "sealtrail-ledger-"));
    try {
      const path = join(directory, "ledger.jsonl");
      writeFileSync(path, bytesOf(of));
      for (const read of readLedger(path)) {
        if ("code" in read) {
          if (passed[read.code] === undefined) return refusal(read);
          passed[read.code]! += read.lines ?? 1;
          continue;
        }
        lines++;
        last = bytesToHex(sha256(encoder.encode(jcs(read.entry as never))));
      }
      const { "torn-line": torn, "line-twice": twice, "line-ends": ends } = passed;
      return { ok: true, lines, torn, twice, ends, last };
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
  export: async (of) => {
    const bytes = bytesOf(of);
    const found = await verifyExport(linesWithoutEnds(bytes));
    const first = found.findings[0];
    return first === undefined
      ? { ok: true, events: found.events, contentsUnchecked: found.contentsUnchecked }
      : refusal(first);
  },
  "key-change": (of) =>
    asVerdict(of, (value) => {
      const found = verifyKeyChange(value);
      return found.ok ? { ok: true } : refusal(found);
    }),
  bundle: (of) => {
    const { verdict, checks, provenBefore, claimedAt, restarted } = verifyBundle(bytesOf(of), of.ask);
    return { verdict, checks, provenBefore, claimedAt, ...(restarted && { restarted: restarted.metadata }) };
  },
};

export const kinds: readonly string[] = Object.keys(judges);

export async function judge(kind: string, of: Case): Promise<Json> {
  return JSON.parse(JSON.stringify(await judges[kind]!(of)));
}

/** Whether a changed pair of checkpoints may still be compared: the caller has checked their shape. */
export function isComparable(of: Case): boolean {
  const fine = new Set(["bad-count", "bad-line"]);
  return [of.a, of.b].every((value) => {
    const parsed = parseCheckpoint(value);
    return parsed.ok || fine.has(parsed.code);
  });
}
