// OpenClaw hook captures: `{hook, event, ctx, ts, pid, inst, n}` a line, or live from the plugin. Fields are picked by
// name; `ctx` is never copied, it holds the host's configuration, live objects and tokens.
import type { EventDraft, Normalised, Sealable, SealableKind, Source } from "../event/draft.js";
import { hostTime } from "../event/time.js";
import { fallbackType } from "../shared/fallback-type.js";
import { compact, type Fields, field, fieldsOf, pick, text } from "../shared/fields.js";
import { HOOKS } from "./hooks.js";
import { TurnUsage } from "./usage.js";

/** A reader of its own for each input: what a turn has cost is known when its messages have been seen. */
export function openclaw(): Source {
  const usage = new TurnUsage();
  return { name: "openclaw", normalise: (value) => normalise(value, usage), recognises: isCapture };
}

function isCapture(value: unknown): boolean {
  const capture = fieldsOf(value);
  return typeof field(capture, "hook") === "string" && Object.hasOwn(capture, "event");
}

function normalise(value: unknown, usage: TurnUsage): Normalised {
  const capture = fieldsOf(value);
  const hook = text(capture, "hook");
  if (hook === undefined) return { refused: "no hook name: expected {hook, event, ctx, ts}" };
  const event = fieldsOf(field(capture, "event"));
  const ctx = fieldsOf(field(capture, "ctx"));

  // The stable name of a conversation is its key; the host's own id changes at each reset.
  const hostSessionId = text(event, "sessionId") ?? text(ctx, "sessionId");
  const sessionKey = text(event, "sessionKey") ?? text(ctx, "sessionKey") ?? text(ctx, "requesterSessionKey");
  const session = sessionKey ?? hostSessionId ?? "";
  const around = { session, usage, diagnostic: fieldsOf(field(capture, "diagnostic")) };
  const known = Object.hasOwn(HOOKS, hook) ? HOOKS[hook] : undefined;
  const draft = known === undefined ? unknownHook(hook, event) : known(event, ctx, around);

  const sessionId = draft.sessionId ?? sessionKey ?? hostSessionId;
  const agentId = draft.agentId ?? text(ctx, "agentId") ?? text(event, "agentId") ?? agentOf(sessionKey);
  const runId = draft.runId ?? text(event, "runId") ?? text(ctx, "runId");
  const ts = field(capture, "ts");
  const occurredAt = hostTime(ts);
  const dedupeKey = identity(capture, hook);
  const metadata = compact({
    hostSessionId: hostSessionId === sessionId ? undefined : hostSessionId,
    ...traceOf(event, ctx),
    jobId: text(ctx, "jobId"),
    surface: surfaceOf(event, ctx, sessionKey, runId),
    hostTime: occurredAt === undefined && (typeof ts === "string" || typeof ts === "number") ? String(ts) : undefined,
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
}

/** The trace that the event belongs to, as W3C ids. */
function traceOf(event: Fields, ctx: Fields): Record<string, unknown> {
  const traces = [fieldsOf(field(ctx, "trace")), fieldsOf(field(event, "trace")), event, ctx];
  const found = traces.find((trace) => text(trace, "traceId") !== undefined) ?? {};
  return pick(found, ["traceId", "spanId", "parentSpanId"]);
}

/** By which of the gateway's interfaces the call came; undefined where it is not known. */
function surfaceOf(event: Fields, ctx: Fields, sessionKey = "", runId = ""): string | undefined {
  const said = text(event, "surface") ?? text(ctx, "surface");
  if (said !== undefined) return said;
  if (runId.startsWith("chatcmpl_")) return "chat-completions";
  if (runId.startsWith("resp_")) return "responses";
  if (text(ctx, "trigger") === "cron" || /^agent:[^:]{1,200}:cron:/.test(sessionKey)) return "cron";
  if (text(ctx, "trigger") === "heartbeat") return "heartbeat";
  // Direct calls of a tool have no run, and ids that the gateway made.
  const toolCallId = text(event, "toolCallId") ?? text(ctx, "toolCallId") ?? "";
  if (runId !== "") return undefined;
  if (toolCallId.startsWith("http-")) return "tools-invoke";
  return toolCallId.startsWith("rpc-") ? "rpc" : undefined;
}

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

/** The kind of text in members with these names, in a hook that has no row of its own. */
const KINDS: Readonly<Record<string, SealableKind>> = {
  prompt: "prompt",
  text: "prompt",
  message: "prompt",
  body: "prompt",
  params: "args",
  args: "args",
  arguments: "args",
  input: "args",
  command: "args",
  result: "result",
  output: "result",
  error: "result",
};

/** Any of the three kinds, because the kind is not known. */
const ANY: readonly SealableKind[] = ["prompt", "args", "result"];

/** Names of tools, models and the like: shown also where contents are sealed, as ids are. */
const SHOWN = /^(toolName|provider|model|type|kind|status|action|phase|role|trigger)$|Ids?$|Key$/;

const isShown = (name: string, value: unknown) =>
  typeof value === "string" && SHOWN.test(name) && /^[\w.:@/+-]{1,200}$/.test(value);

/** A hook of a newer host: its scalars and small objects are kept, its lists counted. */
function unknownHook(hook: string, event: Fields): EventDraft {
  const metadata: Record<string, unknown> = { hook };
  const sealable: Record<string, Sealable> = {};
  let names: string[] = [];
  try {
    names = Object.keys(event);
  } catch {
    // a proxy of the host's: its name is all there is
  }
  for (const name of names) {
    const value = field(event, name);
    if (NOT_KEPT.has(name) || typeof value === "function") continue;
    if (Array.isArray(value)) {
      metadata[`${name}Count`] = value.length;
      continue;
    }
    metadata[name] = value;
    if ((typeof value !== "string" && typeof value !== "object") || isShown(name, value)) continue;
    sealable[name] = (Object.hasOwn(KINDS, name) ? KINDS[name] : undefined) ?? ANY;
  }
  return { type: fallbackType(hook), description: hook, metadata, sealable };
}
