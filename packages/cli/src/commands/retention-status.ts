/** `audit retention status`: rules, holds, and what a run would take now. Writes nothing. */
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, columns, count, plural } from "../text.js";
import { policyFrom, policyLines, RETENTION_OPTIONS } from "./_retention.js";

export const command = defineCommand({
  about: "Shows the retention rules, the legal holds in force, and what audit retention run would prune now.",
  positionals: {},
  options: RETENTION_OPTIONS,
  exits: {},
  examples: [["audit retention status --max-age 365d", "what would a year's limit take?"]],
  async run(args, context) {
    const policy = policyFrom(args, context);
    return withTrail(context, { readOnly: true }, async (trail) => {
      const found = trail.prunable(policy);
      const holds = trail.holds();
      if (context.json) {
        const { byAge, bySize, held } = found;
        await context.object({ policy, prunable: { byAge: byAge.length, bySize: bySize.length, held }, holds });
        return EXIT.ok;
      }
      const { bold } = context.color;
      await context.lines([
        bold("rules"),
        ...columns(policyLines(policy)),
        bold("would be pruned now"),
        `  ${plural(found.byAge.length, "event")} by age, ${count(found.bySize.length)} by size; holds keep ${count(found.held)} more`,
        bold("holds"),
        ...(holds.length === 0 ? ["  none"] : []),
        ...columns(
          holds.map((hold) => [
            `  ${hold.id}`,
            hold.firstEvents.length > 0
              ? plural(hold.firstEvents.length, "session")
              : hold.ranges.map(([a, b]) => `${a}-${b}`).join(", "),
            `event ${count(hold.sequence)}`,
            clean(hold.reason ?? ""),
          ]),
        ),
      ]);
      return EXIT.ok;
    });
  },
});
