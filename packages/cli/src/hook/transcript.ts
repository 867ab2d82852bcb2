/**
 * Reads from Claude Code's session file what no hook tells: calls that were refused, approved or stopped, and the usage of each
 * answer. The file is read at a hook when calls are open, and when the agent, a subagent or the session ends. It is the host's
 * file: it may be missing, half written or something else, and the hook must not fail then.
 */
import { dirname, join } from "node:path";
import {
  callIdentity,
  DedupeKeys,
  type EventDraft,
  type EventOptions,
  eventOf,
  parseJson,
  readTail,
  type StoredEvent,
  type Trail,
  TranscriptReader,
  toolUnknown,
} from "@sealtrail/trail/record";

/**
 * Most bytes that one hook reads of one file, because the agent is waiting. At the end of a session more, because no hook
 * follows.
 */
const mostAtAHook = 2 * 1024 * 1024;
const mostAtTheEnd = 16 * 1024 * 1024;
/** Files of subagents that one hook looks into. */
const mostFiles = 8;

/** Members of the hook's payload, and the session's id as it is recorded. */
export interface HookedAt {
  readonly hook: string;
  readonly transcript: string | undefined;
  readonly agentTranscript: string | undefined;
  /** The host's own id, which is part of the path of subagents' files. */
  readonly session: string | undefined;
  readonly storedSession: string | undefined;
  /** The call that the hook itself is about. */
  readonly toolCallId: string | undefined;
}

export function hookedAt(payload: unknown, storedSession: string | undefined): HookedAt {
  const members = typeof payload === "object" && payload !== null ? (payload as Record<string, unknown>) : {};
  const text = (name: string) => {
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    return typeof value === "string" && value !== "" && !value.includes("\0") ? value : undefined;
  };
  return {
    hook: text("hook_event_name") ?? "",
    transcript: text("transcript_path"),
    agentTranscript: text("agent_transcript_path"),
    session: text("session_id"),
    storedSession,
    toolCallId: text("tool_use_id"),
  };
}

/** Hooks after which the host has written down how the calls before them ended. */
const ENDS = new Set(["Stop", "StopFailure", "SubagentStop", "SessionEnd"]);

export function takeFromTranscript(trail: Trail, at: HookedAt, options: EventOptions): void {
  if (at.transcript === undefined || at.storedSession === undefined) return;
  const sessionEnds = at.hook === "SessionEnd";
  const open = openCalls(trail, at);
  if (!ENDS.has(at.hook) && open.length === 0) return;
  const taker = new Taker(trail, options, ENDS.has(at.hook), sessionEnds ? mostAtTheEnd : mostAtAHook);
  const files = new Set([at.transcript, ...(at.agentTranscript === undefined ? [] : [at.agentTranscript])]);
  for (const { agentId } of open) {
    if (at.session !== undefined && agentId !== undefined && /^[\w-]{1,100}$/.test(agentId) && files.size < mostFiles) {
      files.add(join(dirname(at.transcript), at.session, "subagents", `agent-${agentId}.jsonl`));
    }
  }
  let left = 0;
  for (const file of files) left += taker.take(file);
  // While a part of a file is unread, it may still tell how a call ended.
  if (sessionEnds && left === 0) taker.append(openCalls(trail, at).map((asked) => unknownEnd(asked, at.session)));
}

/** Calls of the session without an outcome, except the one that this hook is about. */
function openCalls(trail: Trail, { storedSession, toolCallId }: HookedAt): StoredEvent[] {
  const open = [...trail.openCalls({ source: "claude-code", sessionId: storedSession! })];
  return open.filter((asked) => toolCallId === undefined || asked.metadata?.toolCallId !== toolCallId);
}

class Taker {
  readonly #trail: Trail;
  readonly #options: EventOptions;
  readonly #keys: DedupeKeys;
  readonly #whole: boolean;
  readonly #most: number;

  /** @param whole no more lines will come for now, so events that the reader holds back are recorded */
  constructor(trail: Trail, options: EventOptions, whole: boolean, most: number) {
    this.#trail = trail;
    this.#options = options;
    this.#keys = new DedupeKeys(trail.dedupeSecret);
    this.#whole = whole;
    this.#most = most;
  }

  /** Takes in the new lines of a file. Returns the number of bytes that were left unread. */
  take(file: string): number {
    const input = this.#trail.tail(`claude-code\n${file}`);
    const before = input.position();
    const tail = readTail(file, before, this.#most);
    if (tail === undefined) return 0;
    const reader = new TranscriptReader((sessionId, toolCallId) => this.#toolOf(sessionId, toolCallId));
    const drafts: EventDraft[] = [];
    for (const { bytes, offset } of tail.lines) {
      if (bytes === undefined) continue;
      try {
        const normalised = reader.line(parseJson(new TextDecoder().decode(bytes)), offset);
        if ("events" in normalised) drafts.push(...normalised.events);
      } catch {
        // No JSON, or half of it.
      }
    }
    const held = reader.heldFrom;
    if (this.#whole) drafts.push(...reader.rest());
    const offset = this.#whole ? tail.end : (held ?? tail.end);
    if (drafts.length > 0 || offset !== before?.offset) input.append(this.#ready(drafts), tail.positionAt(offset));
    return tail.left;
  }

  append(drafts: readonly EventDraft[]): void {
    if (drafts.length > 0) this.#trail.append(this.#ready(drafts));
  }

  #ready(drafts: readonly EventDraft[]) {
    return drafts.map((draft) => eventOf({ ...draft, fromLog: true }, this.#options, this.#keys));
  }

  /** The tool of a call whose line an earlier hook read, taken from the recorded event. */
  #toolOf(sessionId: string | undefined, toolCallId: string): string | undefined {
    const { asked } = this.#trail.call("claude-code", sessionId, toolCallId);
    const name = asked && this.#trail.event(asked.sequence)?.metadata?.toolName;
    return typeof name === "string" ? name : undefined;
  }
}

function unknownEnd(asked: StoredEvent, session: string | undefined): EventDraft {
  const { toolName, toolCallId } = asked.metadata ?? {};
  const call = {
    toolName: typeof toolName === "string" ? toolName : undefined,
    toolCallId: typeof toolCallId === "string" ? toolCallId : undefined,
  };
  return {
    ...toolUnknown(call, asked.occurredAt ?? asked.createdAt),
    ...(session === undefined ? {} : { sessionId: session }),
    ...(asked.agentId === undefined ? {} : { agentId: asked.agentId }),
    ...(asked.runId === undefined ? {} : { runId: asked.runId }),
    ...(call.toolCallId === undefined ? {} : { dedupeKey: callIdentity(session, call.toolCallId, "outcome") }),
    yields: "all",
  };
}
