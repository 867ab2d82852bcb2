/** `audit recover`: takes a restarted trail into service; sets a damaged or rolled-back one aside and begins anew. */
import { existsSync } from "node:fs";
import type { Trail } from "@sealtrail/trail";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { noTrail, openTrail } from "../open.js";
import { clean } from "../text.js";
import { checkpointsFrom } from "./_trusted.js";
import { anchorVerdict, withAnchors } from "./_verify-anchors.js";

type State = "in service" | "restarted" | "damaged" | "rolled back";

interface Found {
  readonly state: State;
  readonly what: string;
}

const ABOUT: Record<State, string> = {
  "in service": "the trail is healthy; nothing to recover",
  restarted: "it stands in the place of a trail that could not be read",
  damaged: "SQLite cannot read the file",
  "rolled back": "it is an older copy: a checkpoint that you kept, or an anchor outside, is newer",
};

export const command = defineCommand({
  about:
    "Looks whether the trail was restarted, is damaged, or was rolled back: against a checkpoint that you kept, or its anchors outside. With --accept it is taken into service: the old file is kept beside the new one, and the new trail's first event names it.",
  positionals: {},
  options: {
    accept: { kind: "flag", about: "do it; without, only what would be done is shown" },
    "known-checkpoint": { kind: "values", hint: "@file", about: "a checkpoint that you kept (@file, - or JSON)" },
  },
  exits: {
    [EXIT.failed]: "there is something to accept, or the trail was tampered with, which no acceptance mends",
  },
  notes: [
    "Ask first who broke the file: what was recorded in it is only in the copy that is kept, and in your anchors.",
  ],
  examples: [["audit recover --accept", "go on after you have looked into it"]],
  async run(args, context) {
    if (!existsSync(context.db)) throw noTrail(context);
    const kept = await checkpointsFrom(context, args["known-checkpoint"]);
    const found = await look(context, kept);
    if (found.state === "in service") return answer(context, found, false);
    if (!args.accept) {
      await answer(context, found, false);
      await context.warn("audit recover --accept takes it into service");
      return EXIT.failed;
    }
    // Looks a second time: another process may be anchoring or moving the file, and one look may have seen half of that.
    const again = await look(context, kept);
    if (again.state !== found.state) return answer(context, again, false);
    await accept(context, found.state);
    return answer(context, found, true);
  },
});

async function look(context: Context, knownCheckpoints: Awaited<ReturnType<typeof checkpointsFrom>>): Promise<Found> {
  const { predecessorOf, speaksOfDamage } = await import("@sealtrail/trail/recovery");
  let trail: Trail;
  try {
    trail = await openTrail(context, { readOnly: true });
  } catch (error) {
    if (!speaksOfDamage(error)) throw error;
    return { state: "damaged", what: ABOUT.damaged };
  }
  try {
    const begun = predecessorOf(trail.database);
    if (begun !== undefined && begun.acceptedAt === undefined) {
      return { state: "restarted", what: `${ABOUT.restarted}, kept as ${String(begun.metadata.keptAs ?? "unknown")}` };
    }
    const { anchorSchema } = await import("@sealtrail/anchor/outbox");
    const replayed = await trail.verify({ knownCheckpoints, otherTables: [anchorSchema] });
    const { status, findings } =
      replayed.status === "verified" ? withAnchors(replayed, await anchorVerdict(context, trail, [])).report : replayed;
    if (status === "rolled-back") return { state: "rolled back", what: ABOUT["rolled back"] };
    if (findings.some((finding) => finding.kind === "file-damaged")) return { state: "damaged", what: ABOUT.damaged };
    if (status === "tampered") {
      throw new CliError(
        "tampered",
        EXIT.failed,
        "the trail was tampered with",
        "audit verify names it; restore a backup",
      );
    }
    if (status === "restarted") {
      throw new CliError(
        "tree-id-mismatch",
        EXIT.failed,
        "the checkpoint is another trail's",
        "look for that trail's file",
      );
    }
    return { state: "in service", what: ABOUT["in service"] };
  } catch (error) {
    if (!speaksOfDamage(error)) throw error;
    return { state: "damaged", what: ABOUT.damaged };
  } finally {
    trail.close();
  }
}

async function accept(context: Context, state: State): Promise<void> {
  const { restartTrail } = await import("@sealtrail/trail/recovery");
  if (state !== "restarted") {
    const put = restartTrail(context.db, {
      reason: state === "damaged" ? "damaged" : "rolled-back",
      clock: () => context.io.now(),
      random: (n) => context.io.random(n),
    });
    if (put === undefined) {
      throw new CliError(
        "locked",
        EXIT.retryLater,
        "another process is at the file",
        "stop what records, and try again",
      );
    }
  }
  const trail = await openTrail(context);
  try {
    trail.record("system.restarted", { description: "taken into service", metadata: { accepted: true } });
    trail.checkpoint();
  } finally {
    trail.close();
  }
}

async function answer(context: Context, { state, what }: Found, accepted: boolean): Promise<number> {
  if (context.json) await context.object({ state, what, accepted });
  else await context.line(`${context.color.bold(state)}: ${clean(what)}${accepted ? "; now in service" : ""}`);
  return EXIT.ok;
}
