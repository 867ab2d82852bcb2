/** An event by whatever name the user has for it. */
import type { StoredEvent, Trail } from "@sealtrail/trail";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** By id, sequence or leaf; throws what the user sees where the name is no name (64) or there is no such event (66). */
export function eventNamed(trail: Trail, text: string): StoredEvent {
  const name = text.toLowerCase();
  const known = /^[1-9]\d{0,15}$/.test(name)
    ? Number(name)
    : /^[0-9a-f]{64}$/.test(name) || ID.test(name)
      ? name
      : undefined;
  if (known === undefined)
    throw usage("that names no event", "give a sequence, an id (a UUID) or a leaf's hash (64 hex characters)");
  const event = trail.event(known);
  if (!event) throw new CliError("no-event", EXIT.missing, `no event ${name}`, "audit list shows what there is");
  return event;
}
