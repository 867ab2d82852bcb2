/** An event by whatever name the user has for it. */
import type { StoredEvent, Trail } from "@sealtrail/trail";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { clean } from "../text.js";

export const EVENT_ABOUT = "sequence (12 or #12), id or leaf hash, or the beginning of one (6 hex digits or more)";

export interface NamedEvent {
  readonly event: StoredEvent;
  /** The leaf that the user named; undefined where the user gave a sequence or an id. */
  readonly leaf: "raw" | "censored" | undefined;
}

const NAMES =
  "give a sequence (12 or #12), an id, a leaf's hash, or at least 6 hex digits that one of them begins with";
const SEQUENCE = /^#?([1-9]\d{0,15})$/;
/** Six hex digits or more of an id (with its hyphens) or of a hash. */
const PREFIX = /^(?=(?:-?[0-9a-f]){6})[0-9a-f]{1,8}(?:-[0-9a-f]{0,4}){0,4}[0-9a-f]{0,64}$/;
/** Most candidates that are listed where a prefix fits several events. */
const SHOWN = 5;

function noEvent(name: string): CliError {
  return new CliError("no-event", EXIT.missing, `no event ${name}`, "audit list shows what there is");
}

/** Throws a CliError (64) where a text cannot name an event of any trail. */
export function checkEventName(text: string): void {
  if (!SEQUENCE.test(text) && !(text.length <= 64 && PREFIX.test(text.toLowerCase())))
    throw usage("that names no event", NAMES);
}

/**
 * Finds an event by sequence, id or leaf, or by the first digits of an id or leaf. Throws a CliError: the text names no event
 * (64), there is no such event (66), or the digits fit several events (64, with candidates).
 */
export function eventAsNamed(trail: Trail, text: string): NamedEvent {
  const name = text.toLowerCase();
  checkEventName(name);
  const [, digits] = SEQUENCE.exec(name) ?? [];
  const event = digits === undefined ? undefined : trail.event(Number(digits));
  if (event !== undefined) return { event, leaf: undefined };
  if (name.startsWith("#") && digits !== undefined) throw noEvent(name);
  if (!PREFIX.test(name)) throw noEvent(name);
  // Whole names are found without reading every event.
  if (name.length === 64) {
    const owner = trail.event(name);
    if (owner === undefined) throw noEvent(name);
    return { event: owner, leaf: owner.rawHash === name ? "raw" : "censored" };
  }
  const whole = name.length === 36 ? trail.event(name) : undefined;
  if (whole !== undefined) return { event: whole, leaf: undefined };
  return eventBeginning(trail, name);
}

function eventBeginning(trail: Trail, prefix: string): NamedEvent {
  const matches = trail.eventsBeginning(prefix, SHOWN + 1);
  const [one] = matches;
  if (one === undefined) throw noEvent(prefix);
  if (matches.some(({ sequence }) => sequence !== one.sequence)) {
    const many = matches.length > SHOWN;
    const some = matches
      .slice(0, SHOWN)
      .map(({ sequence, type, value }) => `#${sequence} ${clean(type)} ${clean(value)}`);
    throw new CliError(
      "ambiguous",
      EXIT.usage,
      `${prefix} is the beginning of ${many ? `more than ${SHOWN}` : matches.length} ids and hashes`,
      `give more of it: ${some.join("; ")}${many ? "; ..." : ""}`,
    );
  }
  return { event: trail.event(one.sequence)!, leaf: matches.length > 1 || one.name === "id" ? undefined : one.name };
}

/** The same without the leaf. */
export function eventNamed(trail: Trail, text: string): StoredEvent {
  return eventAsNamed(trail, text).event;
}
