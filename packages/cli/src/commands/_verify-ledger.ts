/** A ledger file on its own: its chain, and the signature of each statement. Which trail it is of, only that trail shows. */
import { resolve } from "node:path";
import type { Context } from "../context.js";
import { usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { count, plural } from "../text.js";
import { signersFrom } from "./_trusted.js";

/** Most findings that are printed. */
const SHOWN = 20;

interface Finding {
  readonly line: number;
  readonly code: string;
}

export async function verifyLedgerFile(context: Context, file: string, trusted: readonly string[]): Promise<number> {
  if (file === "-") throw usage("a ledger file is not read from a pipe", "name the file");
  const { readLedger } = await import("@sealtrail/anchor/audit");
  const { verifyFingerprint } = await import("@sealtrail/verify/statement");
  const signers = await signersFrom(context, trusted);
  const findings: Finding[] = [];
  const byOthers = new Set<string>();
  let entries = 0;
  let torn = 0;
  let twice = 0;
  let crlf = 0;
  let bad = 0;
  const find = (line: number, code: string) => {
    bad++;
    if (findings.length < SHOWN) findings.push({ line, code });
  };
  for (const read of readLedger(resolve(context.io.cwd, file))) {
    if ("code" in read) {
      const lines = read.lines ?? 1;
      if (read.code === "torn-line" || read.code === "torn-end") torn += lines;
      else if (read.code === "line-twice") twice += lines;
      else if (read.code === "line-ends") crlf += lines;
      else find(read.line, read.code);
    }
    if (read.entry === undefined) continue;
    entries++;
    const signature = verifyFingerprint(read.entry.statement);
    if (!signature.ok) find(read.line, signature.code);
    const ids = read.entry.statement.proofs.map(({ id }) => String(id));
    if (!signers.some(({ publicKey }) => ids.includes(publicKey))) for (const id of ids) byOthers.add(id);
  }
  const isTrusted = trusted.length > 0 && byOthers.size === 0;
  const verdict = bad > 0 ? "invalid" : entries === 0 ? "empty" : isTrusted ? "valid" : "consistent";
  const exit = bad > 0 ? EXIT.failed : verdict === "valid" ? EXIT.ok : EXIT.inconclusive;
  const notChecked = [
    ...(bad > 0 || entries === 0 || isTrusted
      ? []
      : trusted.length === 0
        ? ["who signed: give --signer"]
        : [`statements of ${plural(byOthers.size, "key")} that you did not give`]),
    "for which versions a key may sign: only the trail says so",
    "that no statement was cut off at the end: only the trail says how many there are",
  ];
  if (context.json) {
    await context.object({ verdict, entries, torn, twice, crlf, findings, signers: [...byOthers].sort(), notChecked });
    return exit;
  }
  const { bold, green, red, yellow } = context.color;
  const paint = verdict === "valid" ? green : verdict === "invalid" ? red : yellow;
  await context.lines([
    `${bold(paint(verdict))}: ${MEANING[verdict]}`,
    `  ${plural(entries, "statement")}${torn > 0 ? `, ${plural(torn, "line")} that a write left unfinished` : ""}`,
    ...(twice > 0
      ? [`  ${plural(twice, "line")} a second time: the file was copied onto itself; nothing is lost by it`]
      : []),
    ...(crlf > 0 ? [`  ${plural(crlf, "line")} with CR LF: a program changed the line ends, and nothing else`] : []),
    ...findings.map(({ line, code }) => `  ${red(code)} in line ${count(line)}`),
    ...(bad > findings.length ? [`  and ${count(bad - findings.length)} more`] : []),
    ...notChecked.map((text) => `  not checked: ${text}`),
  ]);
  return exit;
}

const MEANING = {
  valid: "each line follows the one before, and each statement is signed by a key that you gave",
  consistent: "each line follows the one before, and each signature fits the key that it names",
  invalid: "it is not what was written",
  empty: "no statement in it",
} as const;
