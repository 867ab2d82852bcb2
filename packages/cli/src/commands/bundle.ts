/** `audit bundle <event>`: evidence of one event that a stranger can check alone. */
import type { Proof } from "@sealtrail/smt";
import type { StoredEvent, Trail } from "@sealtrail/trail";
import type { EventBody } from "@sealtrail/verify/event";
import { defineCommand } from "../command.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, columns, count } from "../text.js";
import { EVENT_ABOUT, eventAsNamed } from "./_event.js";
import { openOutboxReadOnly } from "./_outbox.js";
import { emitResult } from "./_print-json.js";

/** The event as it was hashed (formats.md, section 2). */
function bodyOf(event: StoredEvent, machineId: string): EventBody {
  const { destroyed: _d, rawHash: _r, censoredHash: _c, chainPrev: _p, epoch: _e, ...members } = event;
  return { format: "sealtrail-event/1", machineId, ...members } as EventBody;
}

function disclosureOf(trail: Trail, event: StoredEvent, level: "raw" | "censored" | "none", withContent: boolean) {
  if (level === "none") return { level };
  const body = bodyOf(event, trail.machineId);
  if (level === "censored") return { level, event: body };
  const contentSalt = trail.contentSalt(event.sequence);
  if (event.destroyed || contentSalt === undefined) {
    throw new CliError(
      "erased",
      EXIT.missing,
      `event ${event.sequence} was erased: nothing is left to disclose`,
      "a censored bundle is still possible",
    );
  }
  const content = withContent ? trail.content(event.sequence) : undefined;
  if (withContent && content === undefined) {
    throw new CliError("no-content", EXIT.missing, `event ${event.sequence} has no content`, "leave out --content");
  }
  return { level, event: body, contentSalt, ...(content === undefined ? {} : { content }) };
}

/** The first event, whole: it is the trail's own, so it is never erased. */
function beginning(trail: Trail, prove: (key: string) => Proof) {
  const event = trail.event(1)!;
  return {
    event: bodyOf(event, trail.machineId),
    contentSalt: trail.contentSalt(1)!,
    proof: prove(event.rawHash),
  };
}

/** What is made is checked as a stranger will: a row that was changed shows there at the latest. */
function whole<T>(make: () => T, sequence: number): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const what = `event ${sequence} or its checkpoint is not what was recorded (${error.message.replace("parts: ", "")})`;
    throw new CliError("not-as-recorded", EXIT.io, what, "run audit verify", { cause: error });
  }
}

export const command = defineCommand({
  about:
    "Puts together evidence of one event: what is disclosed of it, the proof, the checkpoint, and the anchor where there is one (then the oldest anchored checkpoint that covers the event is taken).",
  positionals: { event: { required: true, about: EVENT_ABOUT } },
  options: {
    censored: { kind: "flag", about: "disclose type, category, time and id (the default)" },
    raw: { kind: "flag", about: "disclose the whole event" },
    content: { kind: "flag", about: "with --raw: its content too" },
    none: { kind: "flag", about: "disclose nothing but the key: the raw one where that was given, else the censored" },
    "no-record": { kind: "flag", about: "censored: without the event's place in the log" },
    out: { kind: "value", hint: "file", about: "write it there (- is stdout)" },
  },
  exits: { [EXIT.missing]: "no such event, or what should be disclosed is erased" },
  notes: [
    "A censored bundle is confidential only as long as the event's id is: with its record it also shows the place in the log and opaque links. A raw one shows all that was recorded, and a salt that makes it checkable.",
    "Out of a trail that was begun anew in the place of another one, every bundle also shows the event that says so (system.restarted), accepted or not.",
  ],
  examples: [
    ["audit bundle 12 --out event-12.json", "then: audit bundle verify event-12.json"],
    ["audit bundle 12 --raw --content --out event-12.json", "everything about event 12"],
  ],
  async run(args, context) {
    const levels = (["censored", "raw", "none"] as const).filter((level) => args[level]);
    if (levels.length > 1) throw usage(`--${levels.join(" and --")} each say what is disclosed`, "give one of them");
    const level = levels[0] ?? "censored";
    if (args.content && level !== "raw") throw usage("--content goes with --raw", "give both");
    if (args["no-record"] && level === "raw")
      throw usage("a raw bundle always has its record", "leave out --no-record");
    return withTrail(context, {}, async (trail) => {
      const { predecessorOf } = await import("@sealtrail/trail/recovery");
      const begun = predecessorOf(trail.database);
      if (begun !== undefined) {
        await context.note("this trail took the place of another one: the bundle shows the event that says so");
      }
      const [{ anchorPartOf }, { parseAnchor }, { makeBundle }] = await Promise.all([
        import("@sealtrail/anchor/outbox"),
        import("@sealtrail/verify/statement"),
        import("@sealtrail/verify/bundle"),
      ]);
      const newest = trail.checkpoint();
      const { event, leaf } = eventAsNamed(trail, args.event);
      if (newest === undefined || event.sequence > newest.checkpoint.lastSequence) {
        throw new CliError(
          "read-only",
          EXIT.permission,
          `event ${event.sequence} is newer than the last checkpoint, and the trail cannot be written`,
          "copy the trail to where it can be written",
        );
      }
      const row = (await openOutboxReadOnly(trail)).covering(event.sequence, "oldest");
      const anchor = row && anchorPartOf(row);
      const version = anchor ? row.version : newest.checkpoint.version;
      if (anchor && (!parseAnchor(anchor).ok || trail.checkpointAt({ version }) === undefined)) {
        throw new CliError(
          "statement-damaged",
          EXIT.io,
          `the stored anchor statement of checkpoint ${version} was changed`,
          "run audit verify",
        );
      }
      const bar = await context.progress("replaying an old version");
      const onReplay = (done: number, total: number) => bar.update(done, total);
      const prove = (key: string) => trail.prove(Buffer.from(key, "hex"), { at: { version }, onReplay })!;
      // Of a key alone, the one that was asked for.
      const ofRaw = level === "raw" || (level === "none" && leaf === "raw");
      const { proof: full, checkpoint } = prove(ofRaw ? event.rawHash : event.censoredHash);
      const { record: _, ...bare } = full;
      const proof = level === "none" || args["no-record"] ? bare : full;
      const parts = {
        disclosure: disclosureOf(trail, event, level, args.content),
        proof,
        ...(level === "raw" ? { censoredProof: prove(event.censoredHash).proof } : {}),
        checkpoint,
        ...(anchor ? { anchor } : {}),
        ...(begun === undefined ? {} : { restarted: beginning(trail, (key) => prove(key).proof) }),
      };
      bar.stop();
      const bundle = whole(() => makeBundle(parts), event.sequence);
      if (!anchor)
        await context.note("no anchor covers this event yet: the bundle will be unanchored (audit anchor now)");
      if (context.json || args.out !== undefined) {
        await emitResult(context, args.out, bundle, level === "raw" ? 0o600 : 0o644);
        return EXIT.ok;
      }
      await context.lines([
        `${context.color.bold("bundle")} of event ${count(event.sequence)}, ${clean(event.type)}`,
        ...columns([
          [
            "  disclosed",
            level === "none"
              ? "the key alone"
              : level === "raw"
                ? `the whole event${args.content ? " with its content" : ""}`
                : "type, category, time and id",
          ],
          ["  checkpoint", `${count(checkpoint.version)}, root ${checkpoint.root}`],
          ["  anchor", anchor ? `${clean(anchor.network)}, ${clean(anchor.status)}` : "none"],
        ]),
      ]);
      await context.note("the bundle itself: --json, or --out FILE");
      return EXIT.ok;
    });
  },
});
