/** `audit smt chain <sessionId>`: a session's leaves in order. Never writes. */
import type { Trail } from "@sealtrail/trail";
import { defineCommand } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, columns, localTime } from "../text.js";
import { sessionNamed } from "./_filters.js";

type SessionChain = ReturnType<Trail["sessionChain"]>[number];

/** All of it is newer than the newest checkpoint: nothing is wrong with it, and nothing can be said of it yet. */
export function isTooNew({ verdict }: SessionChain): boolean {
  return !verdict.ok && verdict.code === "not-checkpointed";
}

/** Why there is no chain to show. */
export function noChain(trail: Trail, session: string, source: string | undefined): CliError {
  let there = false;
  for (const event of trail.events({ session })) {
    there = source === undefined || event.source === source;
    if (there) break;
  }
  if (!there) {
    return new CliError(
      "no-session",
      EXIT.missing,
      `no events of session ${session}`,
      "audit list --json shows sessions",
    );
  }
  return new CliError(
    "not-checkpointed",
    EXIT.missing,
    `no event of session ${session} is checkpointed yet`,
    "audit smt root does that, where the trail can be written",
  );
}

export const command = defineCommand({
  about:
    "Walks a session's leaves from its first event to the newest checkpointed one, and says up to which key nothing is missing.",
  positionals: { session: { required: true, about: "the session's id, or as much of its beginning as no other has" } },
  options: { source: { kind: "value", hint: "source", about: "only that host, where two used the same id" } },
  exits: { [EXIT.failed]: "the chain is broken", [EXIT.missing]: "no such session, or none of it is checkpointed yet" },
  notes: [
    "It shows that nothing is missing between the session's first event and the last one shown; that none follows, or that there is no fork, takes a replay: audit verify.",
  ],
  examples: [["audit smt chain agent:main:main", "everything of that session, in order"]],
  async run(args, context) {
    return withTrail(context, { readOnly: true }, async (trail) => {
      const session = await sessionNamed(context, trail, args.session);
      const chains = trail.sessionChain(session).filter((c) => args.source === undefined || c.source === args.source);
      if (chains.every(isTooNew)) throw noChain(trail, session, args.source);
      const whole = chains.every((c) => c.verdict.ok || isTooNew(c));
      if (context.json) {
        await context.object({
          sessionId: session,
          ok: whole,
          chains: chains.map(({ source, verdict, checkpoint, current, links }) => ({
            source,
            ...verdict,
            root: checkpoint.root,
            version: checkpoint.version,
            current,
            links: links.map(({ event, key, record }) => ({
              sequence: event.sequence,
              id: event.id,
              type: event.type,
              createdAt: event.createdAt,
              key,
              record,
            })),
          })),
        });
        return whole ? EXIT.ok : EXIT.failed;
      }
      const { bold, green, red } = context.color;
      for (const chain of chains) {
        await context.lines([
          bold(`${clean(chain.sessionId)} (${clean(chain.source)})`),
          ...columns(
            chain.links.map(({ event, key }) => [
              `  ${event.sequence}`,
              localTime(event.createdAt),
              clean(event.type),
              key,
            ]),
          ),
          chain.verdict.ok
            ? `${green("complete")} to ${chain.verdict.completeTo} at ${chain.checkpoint.root}`
            : `${isTooNew(chain) ? chain.verdict.code : red(chain.verdict.code)}${chain.verdict.sequence === undefined ? "" : ` at sequence ${chain.verdict.sequence}`}`,
        ]);
        if (!chain.current) await context.note("newer events are not checkpointed yet: audit smt root does that");
      }
      return whole ? EXIT.ok : EXIT.failed;
    });
  },
});
