/** `audit anchor list`: every anchor statement and what became of it. */
import type { StatementRow, StatementState } from "@sealtrail/anchor/outbox";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, columns, count, localTime } from "../text.js";
import { whole } from "../values.js";
import { openOutboxReadOnly } from "./_outbox.js";

const STATES = [
  "queued",
  "sent",
  "accepted",
  "finalized",
  "rejected",
  "superseded",
] as const satisfies StatementState[];

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function shown(row: StatementRow, explorerUrl: (hash: string) => string) {
  const { version, target, state, reason, hash, firstSequence, lastSequence, signedAt, acceptedAt, finalizedAt } = row;
  return {
    version,
    network: target,
    state,
    reason,
    hash,
    firstSequence,
    lastSequence,
    signedAt: iso(signedAt),
    acceptedAt: iso(acceptedAt),
    finalizedAt,
    batchRoot: row.batchRoot,
    networkProof: row.proofState,
    page: target === "mainnet" && acceptedAt !== null ? explorerUrl(hash) : null,
  };
}

const DEFAULT_LAST = 20;

export const command = defineCommand({
  about: "Lists the anchor statements, oldest first, with their state. What the network said of them is its claim.",
  positionals: {},
  options: {
    last: { kind: "value", hint: "n", about: "only the newest n (20; 0 for all)" },
    state: { kind: "value", hint: "state", about: "only these", choices: STATES },
  },
  exits: {},
  examples: [["audit anchor list --state rejected", "what needs audit anchor resign"]],
  async run(args, context) {
    const last = args.last === undefined ? DEFAULT_LAST : whole(args.last, "--last");
    return withTrail(context, { readOnly: true }, async (trail) => {
      const { explorerUrl } = await import("@sealtrail/anchor/outbox");
      const states = args.state === undefined ? undefined : [args.state as StatementState];
      const outbox = await openOutboxReadOnly(trail);
      const rows = outbox.rows({ ...(last === 0 ? {} : { last }), ...(states === undefined ? {} : { states }) });
      const counts = outbox.counts();
      const all = (states ?? STATES).reduce((sum, state) => sum + counts[state], 0);
      if (args.last === undefined && all > rows.length) {
        await context.warn(`the newest ${count(rows.length)} of ${count(all)} are shown: --last 0 shows all`);
      }
      if (context.json) {
        for (const row of rows) await context.object(shown(row, explorerUrl));
        return EXIT.ok;
      }
      await context.lines(
        columns(
          rows.map((row) => [
            String(row.version),
            `${row.firstSequence}-${row.lastSequence}`,
            clean(row.target),
            clean(row.state),
            localTime(row.acceptedAt ?? row.signedAt),
            row.reason === null ? clean(row.hash) : clean(row.reason),
          ]),
        ),
      );
      if (rows.length === 0) await context.note("no anchor statements");
      return EXIT.ok;
    });
  },
});
