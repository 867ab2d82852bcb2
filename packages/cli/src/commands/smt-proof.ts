/** `audit smt proof <hash>`: proves that a leaf is in the tree, or that it is not. */

import type { Trail } from "@sealtrail/trail";
import type { CheckpointAt } from "@sealtrail/trail/log";
import { defineCommand } from "../command.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, columns, count, localTimeZone } from "../text.js";
import { hash, moment } from "../values.js";
import { checkEventName, EVENT_ABOUT, eventAsNamed } from "./_event.js";
import { openOutboxReadOnly } from "./_outbox.js";
import { emitResult } from "./_print-json.js";
import { NOT_CURRENT } from "./smt-root.js";

/** The anchored checkpoint that covers the key's event; of an absent key always the newest: only that says anything of now. */
async function anchoredAt(trail: Trail, key: string, which: "oldest" | "newest"): Promise<CheckpointAt> {
  const outbox = await openOutboxReadOnly(trail);
  const event = trail.event(key);
  const row = event ? outbox.covering(event.sequence, which) : outbox.covering(1, "newest");
  if (row) return { version: row.version };
  throw new CliError(
    "not-anchored",
    EXIT.missing,
    "no anchored root covers it yet",
    "audit anchor now makes one, or leave out --anchored",
  );
}

/** A whole hash is used as given, also where no leaf has it: the proof may be that it is absent. */
function keyNamed(trail: Trail, text: string, censored: boolean): string {
  if (text.length === 64) {
    if (censored) throw usage("--censored goes with an event", "a whole hash names one leaf already");
    return hash(text, "<hash>");
  }
  const { event, leaf } = eventAsNamed(trail, text);
  if (censored && leaf === "raw")
    throw usage(
      "--censored contradicts the hash, which is the raw leaf's",
      "give a sequence or an id, or leave out --censored",
    );
  return censored || leaf === "censored" ? event.censoredHash : event.rawHash;
}

export const command = defineCommand({
  about:
    "Makes an inclusion proof when the hash is a leaf's key (rawHash or censoredHash) or names an event, else (a whole hash that is no leaf's) an exclusion proof. What was not checkpointed yet is, first.",
  positionals: {
    hash: { required: true, about: `the key (64 hex characters), or an event: ${EVENT_ABOUT}` },
  },
  options: {
    censored: { kind: "flag", about: "of an event that was not named by a leaf: its censored leaf, not its raw one" },
    at: { kind: "value", hint: "moment", about: "against an older checkpoint: v:12, s:340 or a time" },
    root: { kind: "value", hint: "hex", about: "against the checkpoint that has this root" },
    anchored: { kind: "flag", about: "against the oldest anchored root that covers it (of an absent key: the newest)" },
    newest: { kind: "flag", about: "with --anchored: the newest instead" },
    "no-record": { kind: "flag", about: "without the leaf's record: nothing of its place in the log is shown" },
    binary: { kind: "flag", about: "the binary form; root, key and value go beside it" },
    out: { kind: "value", hint: "file", about: "write it there (- is stdout)" },
  },
  exits: {
    [EXIT.missing]: "no trail, no such event, no events, no checkpoint at that moment, or none that is anchored",
  },
  notes: [
    'An exclusion proof answers for this exact key, never for "this did not happen".',
    "With its record a proof shows the event's id and time, its place in the log, and opaque links to its other leaf and its session's previous event.",
  ],
  examples: [["audit smt proof 12 --out proof.json", "that event 12 is in the tree, for whoever is to check it"]],
  async run(args, context) {
    checkEventName(args.hash);
    const chosen = [
      args.at !== undefined && "--at",
      args.root !== undefined && "--root",
      args.anchored && "--anchored",
    ].filter(Boolean);
    if (chosen.length > 1) throw usage(`${chosen.join(" and ")} each choose the checkpoint`, "give one of them");
    if (args.newest && !args.anchored)
      throw usage("--newest goes with --anchored", "give both; without them the newest root is taken anyway");
    if (args.binary && context.json) throw usage("--binary and --json are two forms", "give one of them");
    return withTrail(context, {}, async (trail) => {
      const key = keyNamed(trail, args.hash, args.censored);
      let at: CheckpointAt | undefined;
      if (args.root !== undefined) at = { root: hash(args.root, "--root") };
      else if (args.at !== undefined) at = moment(args.at, "--at", context.io.now());
      else if (args.anchored) at = await anchoredAt(trail, key, args.newest ? "newest" : "oldest");
      const bar = await context.progress("replaying an old version");
      const onReplay = (done: number, total: number) => bar.update(done, total);
      const answer = trail.prove(Buffer.from(key, "hex"), { onReplay, ...(at === undefined ? {} : { at }) });
      bar.stop();
      if (!answer) {
        throw at === undefined
          ? new CliError("no-events", EXIT.missing, "the trail has no events", "audit ingest takes some in")
          : new CliError(
              "no-checkpoint",
              EXIT.missing,
              "no checkpoint at that moment",
              "audit smt trees shows what there is",
            );
      }
      const { proof: made, checkpoint, event } = answer;
      const { record, ...rest } = made;
      const proof = args["no-record"] || record === undefined ? rest : made;
      if (at === undefined && !answer.current) await context.warn(`old: ${NOT_CURRENT}`);
      if (args.binary) {
        const { encodeProof } = await import("@sealtrail/smt");
        await context.note(
          `root ${proof.root}, key ${proof.key}${proof.value === undefined ? "" : `, value ${proof.value}`}`,
        );
        await emitResult(context, args.out, encodeProof(proof));
        return EXIT.ok;
      }
      if (context.json || args.out !== undefined) {
        await emitResult(context, args.out, proof);
        return EXIT.ok;
      }
      const { bold } = context.color;
      const included = proof.type === "inclusion";
      const said = event
        ? `${proof.key === event.rawHash ? "raw" : "censored"} leaf of event ${count(event.sequence)}, ${clean(event.type)}`
        : included
          ? "a leaf"
          : "no leaf has this key";
      await context.lines([
        `${bold(proof.type)}: ${said}`,
        ...columns([
          ["  key", proof.key],
          ...(proof.value === undefined ? [] : [["  value", proof.value]]),
          ["  root", proof.root],
          ["  checkpoint", `${count(checkpoint.version)}, made ${localTimeZone(checkpoint.createdAt)}`],
          ["  depth", `${proof.depth}, ${proof.siblings.length} siblings`],
        ]),
      ]);
      await context.note("the proof itself: --json, or --out FILE");
      return EXIT.ok;
    });
  },
});
