// Prepared events on their way to another thread: a column each, so that names go once a batch and not once an event, and
// the secrets in one block. Cloning them so takes 2 us an event in all, as they are 8.
import type { PreparedEvent } from "../event/prepared.js";

const columns = [
  "type",
  "category",
  "source",
  "description",
  "metadata",
  "occurredAt",
  "sessionId",
  "agentId",
  "runId",
  "userId",
  "orgId",
  "content",
  "packed",
  "contentLength",
  "yields",
  "elsewhere",
  "line",
] as const satisfies (keyof PreparedEvent)[];
const saltBytes = 32;
const keyBytes = 16;

export interface PackedEvents {
  count: number;
  /** In the order of `columns`; absent where no event has the member. */
  cells: (PreparedEvent[(typeof columns)[number]][] | undefined)[];
  salts: Uint8Array;
  keys: Uint8Array;
  /** Of each event's dedupe key what it is made of, as an index into `kinds`; 0 for none. */
  keyed: Uint8Array;
  callKeys: Uint8Array;
  /** Of each event's call the role, as an index into `roles`; 0 for none. */
  called: Uint8Array;
  /** 1 for each event of a host's own log. */
  fromLog: Uint8Array;
  /** Of the events that can be found without their id: their places, ascending, and the keys. */
  alikeAt: Uint32Array;
  alikeKeys: Uint8Array;
}

const kinds = [undefined, "place", "identity", "moment"] as const;
const roles = [undefined, "asked", "step", "outcome"] as const;

export function packEvents(events: readonly PreparedEvent[]): PackedEvents {
  const count = events.length;
  const salts = new Uint8Array(count * saltBytes);
  const keys = new Uint8Array(count * keyBytes);
  const keyed = new Uint8Array(count);
  const callKeys = new Uint8Array(count * keyBytes);
  const called = new Uint8Array(count);
  const fromLog = new Uint8Array(count);
  for (const [i, event] of events.entries()) {
    const { contentSalt, dedupe, dedupeBy, call } = event;
    salts.set(contentSalt, i * saltBytes);
    if (event.fromLog === true) fromLog[i] = 1;
    if (dedupe !== undefined) {
      keys.set(dedupe, i * keyBytes);
      keyed[i] = kinds.indexOf(dedupeBy ?? "place");
    }
    if (call !== undefined) {
      callKeys.set(call.key, i * keyBytes);
      called[i] = roles.indexOf(call.role);
    }
  }
  const found = [...events.entries()].filter(([, { alike }]) => alike !== undefined);
  const alikeAt = Uint32Array.from(found, ([i]) => i);
  const alikeKeys = new Uint8Array(found.length * keyBytes);
  for (const [at, [, { alike }]] of found.entries()) alikeKeys.set(alike!, at * keyBytes);
  const cells = columns.map((name) =>
    events.some((event) => event[name] !== undefined) ? events.map((event) => event[name]) : undefined,
  );
  return { count, cells, salts, keys, keyed, callKeys, called, fromLog, alikeAt, alikeKeys };
}

export function unpackEvents(packed: PackedEvents): PreparedEvent[] {
  const { count, cells, salts, keys, keyed, callKeys, called, fromLog } = packed;
  const alike = new Map([...packed.alikeAt].map((i, at) => [i, at * keyBytes]));
  return Array.from({ length: count }, (_, i) => {
    const event: Record<string, unknown> = { contentSalt: salts.subarray(i * saltBytes, (i + 1) * saltBytes) };
    for (const [c, name] of columns.entries()) {
      const cell = cells[c]?.[i];
      if (cell !== undefined) event[name] = cell;
    }
    const kind = kinds[keyed[i]!];
    if (kind !== undefined) {
      event.dedupe = keys.subarray(i * keyBytes, (i + 1) * keyBytes);
      if (kind !== "place") event.dedupeBy = kind;
    }
    const role = roles[called[i]!];
    if (role !== undefined) event.call = { key: callKeys.subarray(i * keyBytes, (i + 1) * keyBytes), role };
    if (fromLog[i] === 1) event.fromLog = true;
    const at = alike.get(i);
    if (at !== undefined) event.alike = packed.alikeKeys.subarray(at, at + keyBytes);
    return event as unknown as PreparedEvent;
  });
}
