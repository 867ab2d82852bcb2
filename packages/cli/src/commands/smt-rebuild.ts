/** `audit smt rebuild`: the tree anew from the log; every checkpointed root must come out, or nothing is replaced. */

import type { Trail } from "@sealtrail/trail";
import type { RebuildResult } from "@sealtrail/trail/log";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, plural } from "../text.js";

/** A log whose chain is broken has no tree at all: the same answer as a root that differs. */
function rebuilt(trail: Trail, onProgress: (done: number, total: number) => void): RebuildResult {
  try {
    return trail.rebuild(onProgress);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "trail-damaged") throw error;
    return { ok: false, findings: [{ kind: "chain-broken", detail: error.message }] };
  }
}

export const command = defineCommand({
  about:
    "Makes the tree anew from the log, for when its nodes were damaged. Every checkpointed root has to come out again; where one does not, nothing is replaced.",
  positionals: {},
  options: {},
  exits: { [EXIT.failed]: "a root differs: the log is not what was checkpointed; nothing was replaced" },
  examples: [["audit smt rebuild", "after audit verify said node-damaged"]],
  async run(_args, context) {
    return withTrail(context, {}, async (trail) => {
      const bar = await context.progress("rebuild");
      const result = rebuilt(trail, (done, total) => bar.update(done, total));
      bar.stop();
      if (context.json) {
        await context.object(result);
        return result.ok ? EXIT.ok : EXIT.failed;
      }
      const { bold, green, red } = context.color;
      if (result.ok) {
        await context.line(
          `${bold(green("rebuilt"))}: ${plural(result.leaves, "leaf", "leaves")}, all ${plural(result.checkpoints, "root")} came out again`,
        );
        return EXIT.ok;
      }
      await context.lines([
        `${bold(red("not rebuilt"))}: the log is not what was checkpointed; nothing was replaced`,
        ...result.findings.map(
          (f) => `  ${f.kind}${f.sequence === undefined ? "" : ` at sequence ${f.sequence}`}: ${clean(f.detail)}`,
        ),
      ]);
      await context.note("audit verify says more");
      return EXIT.failed;
    });
  },
});
