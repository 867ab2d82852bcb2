// OpenClaw hook captures: `{hook, event, ctx, ts, pid, inst, n}` a line, or live from the plugin. Fields are picked by
// name; `ctx` is never copied, it holds the host's configuration, live objects and tokens.
import type { EventDraft, Normalised, Source } from "../../event/draft.js";
import { isoTime } from "../../event/time.js";
import { compact, type Fields, field, fieldsOf, text } from "../fields.js";
import { nearestType } from "../nearest.js";
import { HOOKS } from "./openclaw-hooks.js";

export const openclaw: Source = {
  name: "openclaw",
  normalise(value: unknown): Normalised {
    const capture = fieldsOf(value);
    const hook = text(capture, "hook");
    if (hook === undefined) return { refused: "no hook name: expected {hook, event, ctx, ts}" };
    const event = fieldsOf(field(capture, "event"));
    const ctx = fieldsOf(field(capture, "ctx"));
    const known = HOOKS[hook];
    const draft = Object.hasOwn(HOOKS, hook) && known !== undefined ? known(event, ctx) : unknownHook(hook, event);

    // The stable name of a conversation is its key; the host's own id changes at each reset.
    const hostSessionId = text(event, "sessionId") ?? text(ctx, "sessionId");
    const sessionKey = text(event, "sessionKey") ?? text(ctx, "sessionKey") ?? text(ctx, "requesterSessionKey");
    const sessionId = draft.sessionId ?? sessionKey ?? hostSessionId;
    const agentId = draft.agentId ?? text(ctx, "agentId") ?? text(event, "agentId") ?? agentOf(sessionKey);
    const runId = draft.runId ?? text(event, "runId") ?? text(ctx, "runId");
    const occurredAt = isoTime(field(capture, "ts"));
    const dedupeKey = identity(capture, hook);
    const metadata = compact({
      hostSessionId: hostSessionId === sessionId ? undefined : hostSessionId,
      traceId: text(fieldsOf(field(ctx, "trace")), "traceId") ?? text(event, "traceId"),
      jobId: text(ctx, "jobId"),
      ...draft.metadata,
    });
    return {
      events: [
        {
          ...draft,
          metadata,
          ...(sessionId === undefined ? {} : { sessionId }),
          ...(agentId === undefined ? {} : { agentId }),
          ...(runId === undefined ? {} : { runId }),
          ...(occurredAt === undefined ? {} : { occurredAt }),
          ...(dedupeKey === undefined ? {} : { dedupeKey }),
        },
      ],
    };
  },
};

/** `agent:main:cron:...` belongs to the agent `main`. */
function agentOf(sessionKey: string | undefined): string | undefined {
  return /^agent:([^:]{1,100}):/.exec(sessionKey ?? "")?.[1];
}

/** A capture's own identity: process, plugin instance, running number, hook, time. */
function identity(capture: Fields, hook: string): string | undefined {
  const [pid, n, ts] = [field(capture, "pid"), field(capture, "n"), field(capture, "ts")];
  if (typeof pid !== "number" || typeof n !== "number") return undefined;
  if (typeof ts !== "string" && typeof ts !== "number") return undefined;
  return JSON.stringify([pid, text(capture, "inst") ?? null, n, hook, ts]);
}

/** Members that hold the host's configuration, live objects or whole histories, whatever the hook. */
const NOT_KEPT = new Set(["config", "cfg", "ctx", "context", "abortSignal", "dispatcher", "sessionKey", "sessionId"]);

/** A hook of a newer host: its scalars and small objects are kept, its lists counted. */
function unknownHook(hook: string, event: Fields): EventDraft {
  const metadata: Record<string, unknown> = { hook };
  let names: string[] = [];
  try {
    names = Object.keys(event);
  } catch {
    // a proxy of the host's: its name is all there is
  }
  for (const name of names) {
    const value = field(event, name);
    if (NOT_KEPT.has(name) || typeof value === "function") continue;
    if (Array.isArray(value)) metadata[`${name}Count`] = value.length;
    else metadata[name] = value;
  }
  return { type: nearestType(hook), description: hook, metadata };
}
