/** `audit bundle verify <file>`: an evidence bundle, offline. */

import type { BundleReport } from "@sealtrail/verify";
import type { BundleCheckName, BundleVerdict } from "@sealtrail/verify/bundle";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { readEvidence } from "../input.js";
import { clean, columns, localTimeZone } from "../text.js";
import { checkpointsFrom, networkRootsFrom, signersFrom } from "./_trusted.js";
import { checkKind } from "./_wrong-file.js";

const MEANING: Record<BundleVerdict, string> = {
  valid: "a key that you trust signed it, and it was public before a network root that you know",
  attested: "a key that you trust signed it; no independent anchor rules out that it signed a second history",
  untrusted: "it is anchored, but by no key that you named with --signer",
  unanchored: "consistent, but nothing outside the trail vouches for it",
  invalid: "a check failed: it proves nothing",
};

const ABOUT: Record<BundleCheckName, string> = {
  schema: "the file is whole and of the right shape",
  disclosure: "what is disclosed is what the key commits to",
  content: "the content is what the event commits to",
  pair: "raw and censored leaf belong together",
  record: "the record is the leaf's, and agrees",
  position: "its place in the log is covered by the checkpoint",
  inclusion: "the leaf is under the checkpoint's root",
  checkpoint: "the checkpoints can follow each other",
  count: "their counts fit",
  extension: "the anchored root still holds all of the earlier one",
  "anchor-reference": "the anchor speaks of this checkpoint",
  signature: "the anchor's signature holds",
  signer: "a signer that you named made it",
  "network-proof": "the network's proof leads to its root",
  "network-root": "that root is one that you named",
  equivocation: "no checkpoint contradicts another",
};

/** What absence means, where a person should know. */
const WHY_ABSENT: Partial<Record<string, string>> = {
  "not-in-bundle": "not in the bundle",
  "not-reached": "not reached: an earlier check failed",
  "signer-unknown": "not checked: name a signer with --signer",
  "root-unknown": "not checked: name the network's root with --network-root",
  "ledger-file": "a ledger file is no network",
};

/** What the trail says of the one before it; everything in it is the operator's word. */
function restartedLines(event: BundleReport["restarted"], paint: (text: string) => string): string[] {
  if (event === null) return [];
  const { reason, tree, lastSequence, lastRoot, lastCheckpoint, fileHash } = event.metadata;
  const known = Object.entries({
    tree,
    events: lastSequence,
    root: lastRoot,
    checkpoint: lastCheckpoint,
    file: fileHash,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${clean(String(value))}`);
  return [
    `  ${paint("restarted")}     on ${localTimeZone(event.createdAt)} this trail took the place of another one (${clean(String(reason))}): what that one held is not in this one`,
    ...(known.length === 0
      ? ["                nothing of it could be read"]
      : known.map((text) => `                its ${text}`)),
  ];
}

/** One line a check. */
function allChecks(report: BundleReport, { dim, green, red }: Context["color"]): string[][] {
  return Object.entries(report.checks).map(([name, check]) => {
    const about = ABOUT[name as BundleCheckName];
    if (check.status === "ok") return [`  ${green("ok     ")}`, name, about];
    if (check.status === "failed") return [`  ${red("failed ")}`, name, `${check.code}; expected: ${about}`];
    return [`  ${dim("absent ")}`, name, WHY_ABSENT[check.code] ?? check.code];
  });
}

/** One line for all checks with the same outcome; a failed check has a line of its own. */
function foldedChecks(report: BundleReport, { dim, green, red }: Context["color"]): string[] {
  const failed: string[] = [];
  const groups = new Map<string, string[]>();
  for (const [name, check] of Object.entries(report.checks)) {
    if (check.status === "failed") {
      failed.push(`  ${red("failed")}        ${name}: ${check.code}; expected: ${ABOUT[name as BundleCheckName]}`);
      continue;
    }
    const group = check.status === "ok" ? "" : (WHY_ABSENT[check.code] ?? check.code);
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  const folded = [...groups].map(([why, names]) =>
    why === ""
      ? `  ${green("ok")}            ${names.join(", ")}`
      : `  ${dim("absent")}        ${names.join(", ")}: ${why}`,
  );
  return [...failed, ...folded];
}

async function print(context: Context, file: string, report: BundleReport, isVerbose: boolean): Promise<void> {
  const { bold, green, red, yellow } = context.color;
  const paint = report.verdict === "valid" ? green : report.verdict === "invalid" ? red : yellow;
  const event = report.bundle?.disclosure.level === "none" ? undefined : report.bundle?.disclosure.event;
  await context.lines([
    `${bold(paint(report.verdict))}: ${MEANING[report.verdict]}`,
    ...(isVerbose ? columns(allChecks(report, context.color)) : foldedChecks(report, context.color)),
    ...restartedLines(report.restarted, yellow),
    ...(event ? [`  event         ${clean(event.type)}, ${clean(event.id)}`] : []),
    ...(report.bundle ? [`  key           ${report.bundle.proof.key}`] : []),
    `  proven before ${report.provenBefore === null ? "unknown: give --network-root with the time of the root" : localTimeZone(report.provenBefore)}`,
    `  claimed       ${report.claimedAt === null ? "nothing" : `${localTimeZone(report.claimedAt)} (the operator's clock)`}`,
    ...(report.bundle?.anchored
      ? ["  not checked   number, range and time of the bundle's own checkpoint: the anchored one binds its root only"]
      : []),
    `  not checked   that the log holds nothing else, and that ${clean(file)} is about what you asked`,
  ]);
}

export const command = defineCommand({
  about:
    "Checks an evidence bundle offline, with what you trust: signers and network roots that you have from elsewhere.",
  positionals: { file: { required: true, about: "the bundle, or - for stdin" } },
  options: {
    signer: {
      kind: "values",
      hint: "key|@file",
      about: "whose signature you trust: a public key, or a sealtrail-signers/1 file",
    },
    "network-root": {
      kind: "values",
      hint: "network:root[@time]|@file",
      about: "a root that the network published, and when",
    },
    "known-checkpoint": {
      kind: "values",
      hint: "@file",
      about: "a checkpoint that you kept: a contradiction is named",
    },
    verbose: { kind: "flag", about: "a line a check, and what it means" },
  },
  exits: {
    [EXIT.failed]: "invalid",
    [EXIT.inconclusive]: "unanchored, untrusted or attested: consistent, but less than valid",
    [EXIT.data]: "no bundle at all: another kind of file",
  },
  examples: [
    [
      "audit bundle verify event-12.json --signer @signers.json --network-root mainnet:ROOT@2026-11-22T08:00:00Z",
      "as a stranger does it",
    ],
  ],
  async run(args, context) {
    const { verifyBundle } = await import("@sealtrail/verify");
    const signers = await signersFrom(context, args.signer);
    const networkRoots = await networkRootsFrom(context, args["network-root"]);
    const checkpoints = await checkpointsFrom(context, args["known-checkpoint"]);
    const bytes = await readEvidence(context.io, args.file === "-" ? "-" : `@${args.file}`);
    const report = verifyBundle(bytes, {
      signers,
      networkRoots,
      checkpoints,
    });
    if (report.checks.schema.status === "failed") await checkKind("bundle", bytes, args.file);
    if (context.json) {
      const { verdict, checks, provenBefore, claimedAt, restarted, bundle } = report;
      const disclosed = bundle?.disclosure.level ?? null;
      await context.object({
        verdict,
        checks,
        provenBefore,
        claimedAt,
        key: bundle?.proof.key ?? null,
        disclosed,
        restarted: restarted?.metadata ?? null,
      });
    } else await print(context, args.file, report, args.verbose);
    if (report.verdict === "valid") return EXIT.ok;
    return report.verdict === "invalid" ? EXIT.failed : EXIT.inconclusive;
  },
});
