/** The outbox of a trail, to read: never installs its tables. */
import type { Outbox } from "@sealtrail/anchor";
import type { Trail } from "@sealtrail/trail";

export async function openOutboxReadOnly(trail: Trail): Promise<Outbox> {
  const { Outbox } = await import("@sealtrail/anchor");
  return new Outbox(trail, { readOnly: true });
}
