/** `audit export`: the events for whoever verifies (ndjson) or reads (csv). */
import type { StatementRow } from "@sealtrail/anchor/outbox";
import type { Trail } from "@sealtrail/trail";
import type { AnchorReference } from "@sealtrail/trail/log";
import type { FingerprintValue } from "@sealtrail/verify/statement";
import { defineCommand } from "../command.js";
import { usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { openOutFile, refuseOwnFile } from "../outfile.js";
import { count } from "../text.js";
import { whole } from "../values.js";
import { FILTER_NOTE, FILTERS, filterOf, timesOf } from "./_filters.js";
import { openOutboxReadOnly } from "./_outbox.js";

/** Parts of about this size go out at once. */
const partBytes = 64 * 1024;
const SECURITY = ["security.*", "config.*", "system.*"];

export const command = defineCommand({
  about:
    "Streams the events, oldest first, each with its keys, its record and the anchor that covers it. A whole ndjson export alone is enough to recompute every root: audit verify --from.",
  positionals: { format: { about: "how to write them", required: true, choices: ["ndjson", "csv"] } },
  options: {
    out: { kind: "value", hint: "file", about: "write a file (0600) instead of stdout" },
    ...FILTERS,
    "security-only": { kind: "flag", about: "only the categories security, config and system" },
    limit: { kind: "value", hint: "n", about: "at most so many events, the oldest first" },
    "include-content": { kind: "flag", about: "prompts, answers and results too, as they are kept" },
    "with-salts": {
      kind: "flag",
      about: "the contents' salts too: whoever has them can check contents, and guess at hidden ones",
    },
  },
  exits: { [EXIT.missing]: "no such trail or session" },
  notes: [
    FILTER_NOTE,
    "A filtered export says so in its first line: no root can be recomputed from a part.",
    "In csv, a cell that a spreadsheet would take for a formula starts with an apostrophe.",
  ],
  examples: [
    ["audit export ndjson --out trail.ndjson", "everything an auditor needs to recompute the roots"],
    ["audit export csv --type tool.denied --since 7d", "what was denied lately, for a spreadsheet"],
  ],
  async run(args, context) {
    const { io } = context;
    if (args["with-salts"]) {
      await context.warn(
        "with salts, values that were sealed or erased later can be guessed at: hand this out with care",
      );
    }
    const times = timesOf(args, io.now());
    const limit = args.limit === undefined ? undefined : whole(args.limit, "--limit", 1);
    if (args["security-only"] && (args.type.length > 0 || args.category !== undefined)) {
      throw usage("--security-only chooses the types itself", "leave out --type and --category");
    }
    if (args.out !== undefined && args.out !== "-") await refuseOwnFile(io, args.out, context.db);
    return withTrail(context, {}, async (trail) => {
      const { exportCsv, exportNdjson } = await import("@sealtrail/trail");
      if (trail.writable) trail.checkpoint();
      else await context.warn("the trail cannot be written: events after the last checkpoint have none");
      const options = {
        filter: {
          ...(await filterOf(context, trail, args, times)),
          ...(args["security-only"] ? { type: SECURITY } : {}),
          ...(limit === undefined ? {} : { limit }),
        },
        includeContent: args["include-content"],
        withSalts: args["with-salts"],
        exportedAt: new Date(io.now()).toISOString(),
        anchorOf: await anchors(trail),
      };
      const parts = args.format === "csv" ? exportCsv(trail, options) : exportNdjson(trail, options);
      const out = args.out === undefined || args.out === "-" ? undefined : openOutFile(io, args.out, { mode: 0o600 });
      let lines = 0;
      let part = "";
      const flush = async () => {
        if (out) out.write(part);
        else await io.stdout.write(part);
        part = "";
      };
      try {
        for (const line of parts) {
          part += line;
          lines++;
          if (part.length >= partBytes) await flush();
        }
        await flush();
        out?.commit();
      } catch (error) {
        out?.abandon();
        throw error;
      }
      if (out) await context.note(`${count(lines)} lines in ${args.out}`);
      return EXIT.ok;
    });
  },
});

/** The oldest anchored statement that covers an event; looked up again only where one ends. */
async function anchors(trail: Trail): Promise<(sequence: number) => AnchorReference | undefined> {
  const { parseStatement } = await import("@sealtrail/anchor/outbox");
  const outbox = await openOutboxReadOnly(trail);
  let upTo = 0;
  let reference: AnchorReference | undefined;
  return (sequence) => {
    if (sequence > upTo) {
      const row = outbox.covering(sequence);
      upTo = row?.lastSequence ?? Number.POSITIVE_INFINITY;
      reference = row && referenceOf(row, parseStatement(row)?.content);
    }
    return reference;
  };
}

/** @param signed the content of the statement; absent where it cannot be read */
function referenceOf(row: StatementRow, signed: FingerprintValue | undefined): AnchorReference {
  const { version, target, hash, state, firstSequence, lastSequence } = row;
  const reference = { version, network: target, hash, state };
  if (signed === undefined) return reference;
  return { ...reference, root: signed.documentRef, firstSequence, lastSequence, createdAt: signed.timestamp };
}
