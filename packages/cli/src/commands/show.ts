/** `audit show <id|sequence|hash>`: one event with its leaves, and the checkpoint that covers it. */
import { type FieldsWith, fieldNames } from "@sealtrail/verify/event";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, columns, localTimeZone, toJson } from "../text.js";
import { EVENT_ABOUT, eventNamed } from "./_event.js";
import { openOutboxReadOnly } from "./_outbox.js";

const PLAIN = ["source", ...fieldNames<FieldsWith<{ kind: "id" }>>(({ kind }) => kind === "id")] as const;

export const command = defineCommand({
  about: "Shows one event: what was recorded, its two leaves, and the oldest checkpoint and anchor that cover it.",
  positionals: { event: { required: true, about: EVENT_ABOUT } },
  options: { content: { kind: "flag", about: "also what the event holds (prompt, answer, output), as it was stored" } },
  exits: { [EXIT.usage]: "the name fits several events", [EXIT.missing]: "no such event" },
  examples: [["audit show 12", "the twelfth event"]],
  async run(args, context) {
    return withTrail(context, { readOnly: true }, async (trail) => {
      const event = eventNamed(trail, args.event);
      const covering = trail.covering(event.sequence);
      const row = (await openOutboxReadOnly(trail)).covering(event.sequence);
      const anchor = row && { version: row.version, network: row.target, state: row.state, hash: row.hash };
      const content = args.content ? trail.content(event.sequence) : undefined;
      if (args.content && content === undefined) {
        const why = event.destroyed ? "its content was erased" : "it has no content";
        throw new CliError("no-content", EXIT.missing, `event ${event.sequence}: ${why}`, "leave out --content");
      }
      if (context.json) {
        await context.object({
          ...event,
          sessionId: event.sessionId ?? null,
          checkpoint: covering ?? null,
          anchor: anchor ?? null,
          ...(content === undefined ? {} : { content: new TextDecoder().decode(content) }),
        });
        return EXIT.ok;
      }
      const { bold } = context.color;
      const rows: string[][] = [
        ["  id", clean(event.id)],
        ["  time", `${localTimeZone(event.createdAt)} (the trail's clock)`],
      ];
      if (event.occurredAt) rows.push(["  occurred", `${localTimeZone(event.occurredAt)} (the host's clock)`]);
      for (const name of PLAIN) if (event[name] !== undefined) rows.push([`  ${name}`, clean(event[name])]);
      if (event.contentLength !== undefined)
        rows.push(["  content", `${event.contentLength} bytes; --content shows what is kept`]);
      rows.push(
        ["  raw leaf", event.rawHash],
        ["  censored leaf", event.censoredHash],
        ["  previous", event.previousHash],
      );
      if (event.chainPrev !== null) rows.push(["  in session after", event.chainPrev]);
      rows.push([
        "  checkpoint",
        covering ? `${covering.version}, root ${covering.root}` : "none yet: audit smt root makes one",
      ]);
      if (anchor)
        rows.push(["  anchor", `checkpoint ${anchor.version} on ${clean(anchor.network)}, ${clean(anchor.state)}`]);
      await context.lines([
        `${bold(String(event.sequence))}  ${bold(clean(event.type))}`,
        ...(event.destroyed ? ["  erased or pruned: the leaves stay, what they committed to is gone"] : []),
        ...(event.description ? [`  ${clean(event.description)}`] : []),
        ...columns(rows),
        ...metadataLines(event.metadata),
      ]);
      if (content !== undefined) await contentLines(context, content);
      return EXIT.ok;
    });
  },
});

function metadataLines(metadata: unknown): string[] {
  if (typeof metadata !== "object" || metadata === null) return [];
  // toJson has escaped what a terminal obeys inside strings; the indentation is ours.
  const lines = JSON.stringify(JSON.parse(toJson(metadata)), null, 2).split("\n");
  return ["  metadata", ...lines.map((line) => `    ${toSafe(line)}`)];
}

const toSafe = (line: string): string => toJson(line).slice(1, -1).replace(/\\"/g, '"').replace(/\\\\/g, "\\");

async function contentLines(context: Context, content: Uint8Array): Promise<void> {
  const text = new TextDecoder().decode(content);
  await context.lines(["  content", ...text.split(/\r?\n/).map((line) => `    ${clean(line)}`)]);
}
