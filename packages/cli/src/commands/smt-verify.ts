/** `audit smt verify`: checks a proof; its root must be the caller's, or a checkpoint's of the caller's own trail. */
import { existsSync } from "node:fs";
import type { Proof } from "@sealtrail/smt";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import type { Trail } from "@sealtrail/trail";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { readEvidence } from "../input.js";
import { withTrail } from "../open.js";
import { columns, count, plural } from "../text.js";
import { hash } from "../values.js";
import { openOutboxReadOnly } from "./_outbox.js";
import { type Checked, checkProof, type Shown } from "./_proof-check.js";
import { checkKind, checkLiteral } from "./_wrong-file.js";

interface Verdict {
  readonly ok: boolean;
  /** `null` when ok. */
  readonly code: (Checked & { ok: false })["code"] | "root-unknown" | "nothing-known" | null;
  /** Of the proof's one key; `null` where it shows several, or could not be read. */
  readonly type: Proof["type"] | null;
  readonly key: string | null;
  readonly keys: readonly Shown[];
  readonly root: string | null;
  /** What vouches for the root: the caller's own --root, a checkpoint of the trail, or an anchor that the trail keeps. */
  readonly rootFrom: "argument" | "trail" | "anchor" | null;
  readonly checkpoint: Pick<Checkpoint, "tree" | "version" | "lastSequence"> | null;
  /** The anchored statement of that root, as the trail knows it. */
  readonly anchor: { readonly network: string; readonly state: string; readonly version: number } | null;
  readonly notChecked: readonly string[];
}

function notCheckedOf(checked: Checked, key: string | undefined): string[] {
  const out: string[] = [];
  if (key === undefined) {
    const these = checked.keys.length === 1 ? "this is the key" : "these are the keys";
    out.push(`that ${these} you asked about: compare, or give --key`);
  }
  if (checked.ok && checked.record === undefined && checked.keys.some((k) => k.type === "inclusion")) {
    out.push("what stands behind the value: no record is shown");
  }
  return out;
}

type Known = Pick<Verdict, "rootFrom" | "checkpoint" | "anchor">;

/** A checkpoint of the trail with this root, or a signed statement of it: of a checkpoint that the trail has lost. */
async function knownTo(context: Context, root: string): Promise<Known | "root-unknown" | "nothing-known"> {
  if (!existsSync(context.db)) return "nothing-known";
  return withTrail(context, { readOnly: true }, async (trail) => {
    if (trail.lastSequence === 0) return "nothing-known";
    const answer = trail.checkpointAt({ root });
    const anchor = await anchorOf(trail, root, answer?.checkpoint.version);
    if (!answer) return anchor ? { rootFrom: "anchor", checkpoint: null, anchor } : "root-unknown";
    const { tree, version, lastSequence } = answer.checkpoint;
    return { rootFrom: "trail", checkpoint: { tree, version, lastSequence }, anchor: anchor ?? null };
  });
}

async function anchorOf(
  trail: Trail,
  root: string,
  version: number | undefined,
): Promise<Verdict["anchor"] | undefined> {
  const { parseStatement } = await import("@sealtrail/anchor/outbox");
  const { verifyFingerprint } = await import("@sealtrail/verify/statement");
  const rows = (await openOutboxReadOnly(trail)).rows({ states: ["accepted", "finalized"] });
  const row = rows.find((r) => {
    if (version !== undefined && r.version !== version) return false;
    const signed = parseStatement(r);
    return signed !== undefined && signed.content.documentRef === root && verifyFingerprint(signed).ok;
  });
  return row && { network: row.target, state: row.state, version: row.version };
}

export const command = defineCommand({
  about:
    "Checks a proof (of one key or many): that it leads from its keys to its root, then that the root is one that you know: the one you give with --root (then no trail is opened), else a checkpoint or an anchor of your trail.",
  positionals: {},
  options: {
    proof: {
      kind: "value",
      hint: "json|@file|-",
      about: "the proof: JSON, @file, or - for stdin; the binary form too",
    },
    root: { kind: "value", hint: "hex", about: "the root that you trust; opens no trail" },
    key: { kind: "value", hint: "hex", about: "the key that you ask about; a proof of another one is refused" },
    value: { kind: "value", hint: "hex", about: "its value: for a binary proof, which carries none" },
  },
  exits: {
    [EXIT.failed]: "invalid, damaged, or its root is none that you know",
    [EXIT.inconclusive]: "nothing to check the root against: no trail and no --root, or an empty trail",
    [EXIT.data]: "no proof at all: another kind of file",
  },
  examples: [
    ["audit smt verify --proof @proof.json", "against the checkpoints of your own trail"],
    ["audit smt verify --proof - --root ROOT < proof.json", "with no trail at all, against a root you were given"],
  ],
  async run(args, context) {
    if (args.proof === undefined) throw usage("--proof is missing", "write it like --proof @proof.json");
    const root = args.root === undefined ? undefined : hash(args.root, "--root");
    const key = args.key === undefined ? undefined : hash(args.key, "--key");
    const value = args.value === undefined ? undefined : hash(args.value, "--value");
    checkLiteral(context.io, "--proof", args.proof);
    const bytes = await readEvidence(context.io, args.proof);
    const checked = await checkProof(bytes, { root, key, value });
    if (!checked.ok) await checkKind("proof", bytes, args.proof);
    const known = !checked.ok ? null : root !== undefined ? null : await knownTo(context, checked.root);
    const vouched = typeof known === "string" ? null : known;
    const refused = !checked.ok ? checked.code : typeof known === "string" ? known : null;
    const [one] = checked.keys.length === 1 ? checked.keys : [];
    const verdict: Verdict = {
      ok: refused === null,
      code: refused,
      type: one?.type ?? null,
      key: one?.key ?? null,
      keys: checked.keys,
      root: checked.root,
      rootFrom: refused !== null ? null : root !== undefined ? "argument" : (vouched?.rootFrom ?? null),
      checkpoint: vouched?.checkpoint ?? null,
      anchor: vouched?.anchor ?? null,
      notChecked: refused === null ? notCheckedOf(checked, key) : [],
    };
    if (context.json) await context.object(verdict);
    else await print(context, verdict, checked);
    if (verdict.ok) return EXIT.ok;
    return verdict.code === "nothing-known" ? EXIT.inconclusive : EXIT.failed;
  },
});

/** Of the codes that only this command has. */
const REASONS = {
  "root-unknown": "the proof is consistent, but its root is no checkpoint of this trail",
  "nothing-known": "the proof is consistent, but there is no trail (or an empty one) and no --root to check it against",
} as const;

function saidOf(keys: readonly Shown[]): string {
  const present = keys.filter((k) => k.type === "inclusion").length;
  if (keys.length === 1) return present === 1 ? "this key is in the tree" : "this key is not in the tree";
  const absent = keys.length - present;
  return `${plural(present, "key is", "keys are")} in the tree${absent > 0 ? `, ${plural(absent, "key is", "keys are")} not` : ""}`;
}

async function print(context: Context, verdict: Verdict, checked: Checked): Promise<void> {
  const { bold, green, red } = context.color;
  if (verdict.code !== null) {
    const { MULTIPROOF_CODES, PROOF_CODES, STRICT_CODES } = await import("@sealtrail/smt/codes");
    const reason = { ...STRICT_CODES, ...MULTIPROOF_CODES, ...PROOF_CODES, ...REASONS }[verdict.code];
    await context.line(`${bold(red("not valid"))}: ${verdict.code}: ${reason.replaceAll("`", "")}`);
    return;
  }
  const anchor = verdict.anchor ? `, anchored on ${verdict.anchor.network} (${verdict.anchor.state})` : "";
  const known = verdict.checkpoint
    ? `checkpoint ${count(verdict.checkpoint.version)} of this trail, up to sequence ${count(verdict.checkpoint.lastSequence)}`
    : verdict.rootFrom === "anchor"
      ? "a root that this trail anchored, of a checkpoint that it no longer has"
      : "the root that you gave";
  const rows: string[][] = verdict.key === null ? [] : [["  key", verdict.key]];
  rows.push(["  root", `${verdict.root}: ${known}${anchor}`]);
  if (checked.ok && checked.record) {
    const { eventId, hashType, seqNo } = checked.record;
    rows.push(["  record", `event ${eventId}, ${hashType} leaf ${seqNo}`]);
  }
  await context.lines([
    `${bold(green("valid"))}: ${saidOf(verdict.keys)}`,
    ...columns(rows),
    ...verdict.notChecked.map((text) => `  not checked: ${text}`),
  ]);
}
