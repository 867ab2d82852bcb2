/**
 * Events that this program adds itself (a hook installed, a hook taken out). Their texts hold paths and commands of the
 * user's machine, so they go through redaction like an event of a host.
 */
import { existsSync } from "node:fs";
import type { PreparedEvent, RedactionPolicy } from "@sealtrail/trail";
import type { Context } from "./context.js";
import { openTrail } from "./open.js";

export interface Own {
  readonly type: `system.${string}`;
  readonly description: string;
  readonly metadata: Record<string, unknown>;
}

/** Where the event went; "no-trail": there is no trail yet. */
export type Recorded = "trail" | "spool" | "no-trail" | "nowhere";

/** By the operator's own patterns, where the configuration can be read, and else without them. Nothing is sealed: these texts are no host's. */
async function policyOf(context: Context): Promise<{ redaction: RedactionPolicy; userId?: string }> {
  const { recordingPolicy } = await import("@sealtrail/trail/recorder");
  const where = { db: context.db, env: context.io.env, onTrouble() {} };
  const { redaction, userId } = recordingPolicy(() => context.config, where);
  const sealed = { prompt: false, args: false, result: false };
  return { redaction: { ...redaction, sealed }, ...(userId !== undefined && { userId }) };
}

/** The event as it may be written. */
export async function systemEvent(context: Context, { type, description, metadata }: Own): Promise<PreparedEvent> {
  const { prepare } = await import("@sealtrail/trail");
  return prepare({ type, description, metadata }, { source: "sealtrail", ...(await policyOf(context)) });
}

/** Masks secrets in a reason that somebody typed. */
export async function redactedReason(context: Context, reason: string | undefined): Promise<{ reason?: string }> {
  if (reason === undefined) return {};
  const { redactText } = await import("@sealtrail/trail/recorder");
  return { reason: redactText(reason, (await policyOf(context)).redaction.patterns).text };
}

/** Appends the event, or spools it where the trail cannot be written now. Never throws. */
export async function recordOwn(context: Context, own: Own): Promise<Recorded> {
  if (!existsSync(context.db)) return "no-trail";
  const event = await systemEvent(context, own);
  try {
    const trail = await openTrail(context);
    try {
      trail.append([event]);
      return "trail";
    } finally {
      trail.close();
    }
  } catch {
    const { spool } = await import("@sealtrail/trail/spool");
    const { systemRandom } = await import("@sealtrail/trail/recorder");
    return spool(context.db, [event], { now: context.io.now(), random: systemRandom }) ? "spool" : "nowhere";
  }
}
