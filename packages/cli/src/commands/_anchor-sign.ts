/** Opening the trail for a command that anchors. */
import type { Trail } from "@sealtrail/trail";
import { type Anchoring, type AnchorPlan, anchoringOf, anchorPlan } from "../anchoring.js";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";

/** Runs `work` where anchoring is on; says in one line why it is not (77), so that no one believes it happened. */
export function withAnchoring<T>(
  context: Context,
  work: (trail: Trail, anchoring: Anchoring) => Promise<T>,
): Promise<T> {
  return withTrail(context, {}, async (trail) => {
    const plan: AnchorPlan = await anchorPlan(context);
    if (!plan.on) throw new CliError("anchoring-off", EXIT.permission, plan.why, plan.hint);
    if (!trail.writable)
      throw new CliError(
        "read-only",
        EXIT.permission,
        "the trail cannot be written",
        "check the file's mode and owner",
      );
    return work(trail, await anchoringOf(context, trail, plan));
  });
}
