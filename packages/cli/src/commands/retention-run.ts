/** `audit retention run`: prunes by the rules. Leaves and proofs stay; that it was done, and by which rule, goes on record. */
import { defineCommand } from "../command.js";
import { agreed } from "../confirm.js";
import { usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { columns, count, plural } from "../text.js";
import { hasRule, policyFrom, policyLines, RETENTION_OPTIONS } from "./_retention.js";

export const command = defineCommand({
  about:
    "Destroys what events said where the rules let go of it (by age, by size), never what is younger than the floor or under a hold. Leaves stay, so every proof and every later verification holds; it goes on record with its rule.",
  positionals: {},
  options: {
    ...RETENTION_OPTIONS,
    "dry-run": { kind: "flag", about: "only say what would go" },
    yes: { kind: "flag", about: "do not ask; needed where there is no terminal and something would go" },
  },
  exits: {
    [EXIT.usage]: "there is no rule, or no terminal to ask on and no --yes; nothing was pruned",
    [EXIT.interrupted]: "the answer was no; nothing was pruned",
  },
  notes: ["audit verify recomputes whether floor, holds and rules allowed it when it was done."],
  examples: [
    ["audit retention run --max-age 365d --dry-run", "look first"],
    ["audit retention run --max-age 365d --yes", "from a script"],
  ],
  async run(args, context) {
    const policy = policyFrom(args, context);
    if (!hasRule(policy))
      throw usage("there is no rule", "give --max-age or --max-size, or set retentionMaxAgeDays in config.json");
    return withTrail(context, {}, async (trail) => {
      const { byAge, bySize, held } = trail.prunable(policy);
      const prunable = byAge.length + bySize.length;
      if (args["dry-run"]) {
        if (context.json)
          await context.object({ dryRun: true, policy, byAge: byAge.length, bySize: bySize.length, held });
        else {
          await context.lines([
            `would prune ${plural(byAge.length, "event")} by age, ${count(bySize.length)} by size; holds keep ${count(held)}`,
            ...columns(policyLines(policy)),
          ]);
        }
        return EXIT.ok;
      }
      const question = `Destroy what ${plural(prunable, "event")} said? It cannot be undone.`;
      if (prunable > 0 && !(await agreed(context, args.yes, question, "prune them"))) {
        await context.note("nothing was pruned");
        return EXIT.interrupted;
      }
      const report = trail.prune(policy);
      if (context.json) await context.object({ dryRun: false, policy, ...report });
      else {
        await context.lines([
          `${context.color.bold("pruned")} ${plural(report.pruned, "event")}; holds kept ${count(report.held)}`,
          ...report.answeredBy.map((sequence) => `  on record as event ${count(sequence)}`),
          ...(report.walEmptied
            ? []
            : ["  another process keeps the write-ahead log busy: old pages stand in it until it is emptied"]),
        ]);
      }
      return EXIT.ok;
    });
  },
});
