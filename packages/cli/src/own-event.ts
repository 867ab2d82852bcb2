/**
 * Events that this program adds itself (a hook installed, a hook taken out). Their texts hold paths and commands of the
 * user's machine, so they go through redaction like an event of a host.
 */
import { randomFillSync } from "node:crypto";
import { existsSync } from "node:fs";
import type { Context } from "./context.js";
import { openTrail } from "./open.js";

export interface Own {
  readonly type: `system.${string}`;
  readonly description: string;
  readonly metadata: Record<string, unknown>;
}

/** Where the event went; "no-trail": there is none yet, so there is nothing to add it to. */
export type Recorded = "trail" | "spool" | "no-trail" | "nowhere";

/** Appends the event, or spools it where the trail cannot be written now. Never throws. */
export async function recordOwn(context: Context, own: Own): Promise<Recorded> {
  if (!existsSync(context.db)) return "no-trail";
  const { prepare, redactionPolicy, spool } = await import("@sealtrail/trail");
  const { userIdOf } = await import("./user.js");
  let patterns: readonly string[] = [];
  let userId: string | undefined;
  try {
    patterns = context.config.redactPatterns ?? [];
    userId = userIdOf(context);
  } catch {
    // A configuration that cannot be read must not keep the event off the record.
  }
  let redaction = redactionPolicy();
  try {
    redaction = redactionPolicy({ patterns });
  } catch {}
  const event = prepare(
    { type: own.type, description: own.description, metadata: own.metadata },
    { source: "sealtrail", redaction, ...(userId === undefined ? {} : { userId }) },
  );
  try {
    const trail = await openTrail(context);
    try {
      trail.append([event]);
      return "trail";
    } finally {
      trail.close();
    }
  } catch {
    const random = (size: number) => randomFillSync(new Uint8Array(size));
    return spool(context.db, [event], { now: context.io.now(), random }) ? "spool" : "nowhere";
  }
}
