// Signed things that have no vectors of their own: a ledger file and key changes, good ones and changed ones.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ledger } from "@sealtrail/anchor";
import { signFingerprint, signKeyChange } from "@sealtrail/anchor/keys";
import { bytesToHex, hexToBytes } from "@sealtrail/smt";
import { saltOf } from "@sealtrail/verify/event";
import type { Case } from "./judge.ts";
import { type Json, mutateHex, mutateJson, mutateText } from "./mutate.ts";
import type { Random } from "./random.ts";

const keys = ["11".repeat(32), "22".repeat(32)] as const;

function statement(number: number): ReturnType<typeof signFingerprint> {
  const nil = "00000000-0000-0000-0000-000000000000";
  const eventId = `00000000-0000-4000-8000-${number.toString().padStart(12, "0")}`;
  const documentId = `a document \u{1f600} ${number}`;
  const content = {
    orgId: nil,
    tenantId: nil,
    eventId,
    documentId,
    documentRef: "ab".repeat(32),
    timestamp: "2026-03-01T10:00:00Z",
    version: 1,
  };
  return signFingerprint(content, keys[0]);
}

/** A ledger file of four lines, as the product writes it. */
function ledgerFile(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), "sealtrail-ledger-"));
  try {
    const path = join(directory, "ledger.jsonl");
    new Ledger(path, { clock: () => Date.UTC(2026, 2, 1) }).append([0, 1, 2, 3].map(statement));
    return readFileSync(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const file = ledgerFile();
/** The export of docs/formats.md: two events and a checkpoint. */
const exported = readFileSync(new URL("../../docs/formats.md", import.meta.url), "utf8")
  .split("<!-- example: export -->")[1]!
  .split("```jsonl\n")[1]!
  .split("\n```")[0]!
  .split("\n");

/** The same without the contents' salts: each event with the salt that its own is made of. */
const bareExport = exported.map((line, at) => {
  const value: Json = JSON.parse(line);
  if (at === 0) value.salts = false;
  if (value.contentSalt === undefined) return JSON.stringify(value);
  const { contentSalt, ...rest } = value;
  return JSON.stringify({ ...rest, salt: bytesToHex(saltOf(hexToBytes(contentSalt))) });
});

function changedExport(random: Random): string {
  const lines = [...(random.chance(3) ? bareExport : exported)];
  const at = random.below(lines.length);
  switch (random.below(8)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(at, 0, random.pick(exported));
      break;
    case 2:
      lines[at] = mutateText(lines[at]!, random).replaceAll("\n", " ");
      break;
    case 3: {
      // As if its payload had been destroyed.
      const line: Json = JSON.parse(lines[1 + random.below(2)]!);
      const { category, createdAt, id, previousHash, sequence, type } = line.event;
      const { rawHash, censoredHash, record, anchor } = line;
      const event = { category, createdAt, id, previousHash, sequence, type };
      lines[sequence] = JSON.stringify({ event, destroyed: true, rawHash, censoredHash, record, anchor });
      break;
    }
    default: {
      const line: Json = JSON.parse(lines[at]!);
      if (random.chance(3)) delete line[random.pick(["contentSalt", "salt"])];
      lines[at] = JSON.stringify(mutateJson(line, random));
    }
  }
  return lines.join("\n");
}

const change = signKeyChange({ tree: "ab".repeat(16), kind: "rotation", fromVersion: 7 }, keys[0], keys[1]);
const revocation = signKeyChange({ tree: "ab".repeat(16), kind: "revocation", fromVersion: 1 }, keys[1], keys[0]);

function changedLines(random: Random): string {
  const lines = file.toString().split("\n");
  const at = random.below(lines.length - 1);
  const value: Json = JSON.parse(lines[at]!);
  switch (random.below(7)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 5:
      // What a write left behind that never finished, between entries or where one stood.
      lines.splice(at, random.below(2), lines[at]!.slice(0, random.below(lines[at]!.length)));
      break;
    case 6:
      lines.splice(lines.length - 1, 0, "\0".repeat(random.below(70_000)), ...(random.chance(2) ? [""] : []));
      break;
    case 1:
      // Once more: at its place, at the end, or the whole file.
      if (random.chance(3)) lines.splice(-1, 0, ...lines.slice(0, -1));
      else lines.splice(random.pick([at, lines.length - 1]), 0, lines[at]!);
      break;
    case 2:
      value.number += random.pick([1, -1, 0.5]);
      lines[at] = JSON.stringify(value);
      break;
    case 3:
      lines[at] = JSON.stringify({ ...value, number: random.pick([true, "1", null, 2 ** 53]) });
      break;
    default:
      lines[at] = JSON.stringify(mutateJson(value, random));
  }
  return lines.join(random.chance(5) ? "\r\n" : "\n");
}

export function statementCase(random: Random): [kind: string, of: Case] {
  if (random.chance(3))
    return [
      "export",
      { name: "", text: random.chance(12) ? random.pick([exported, bareExport]).join("\n") : changedExport(random) },
    ];
  if (random.chance(2)) {
    const input = structuredClone(random.pick([change, revocation])) as Json;
    return ["key-change", { name: "", input: random.chance(12) ? input : mutateJson(input, random) }];
  }
  if (random.chance(3))
    return ["ledger", { name: "", hex: random.chance(8) ? bytesToHex(file) : mutateHex(bytesToHex(file), random) }];
  return ["ledger", { name: "", text: changedLines(random) }];
}
