/**
 * What Claude Code's session file says and no hook does: calls that were refused, approved or stopped, and what each answer
 * cost. Looked into at a hook when calls are open, and when the agent, a subagent or the session ends. The file is the
 * host's: it may be missing, half written or something else, and none of that is a reason to fail.
 */
import { dirname, join } from "node:path";
import {
  callIdentity,
  DedupeKeys,
  type EventDraft,
  keyed,
  type PrepareOptions,
  parseJson,
  prepare,
  readTail,
  type StoredEvent,
  type Trail,
  TranscriptReader,
  toolUnknown,
  traitsOf,
} from "@sealtrail/trail/record";

/** Bytes that one hook reads of one file: the agent is waiting. At the end of a session more, since nobody comes after. */
const mostAtAHook = 2 * 1024 * 1024;
const mostAtTheEnd = 16 * 1024 * 1024;
/** Files of subagents that one hook looks into. */
const mostFiles = 8;

/** Of the hook: what the payload says, and the session as it stands on record. */
export interface HookedAt {
  readonly hook: string;
  readonly transcript: string | undefined;
  readonly agentTranscript: string | undefined;
  /** As the host names it; files of subagents stand under it. */
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

export function takeFromTranscript(trail: Trail, at: HookedAt, options: PrepareOptions): void {
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
  // What was not read may still say how a call ended.
  if (sessionEnds && left === 0) taker.append(openCalls(trail, at).map((asked) => unknownEnd(asked, at.session)));
}

/** Calls of the session that have no outcome, without the one that this hook has just told. */
function openCalls(trail: Trail, { storedSession, toolCallId }: HookedAt): StoredEvent[] {
  const open = [...trail.openCalls({ source: "claude-code", sessionId: storedSession! })];
  return open.filter((asked) => toolCallId === undefined || asked.metadata?.toolCallId !== toolCallId);
}

class Taker {
  readonly #trail: Trail;
  readonly #options: PrepareOptions;
  readonly #keys: DedupeKeys;
  readonly #whole: boolean;
  readonly #most: number;

  /** @param whole no more lines are to come for now: what a reader holds back is told */
  constructor(trail: Trail, options: PrepareOptions, whole: boolean, most: number) {
    this.#trail = trail;
    this.#options = options;
    this.#keys = new DedupeKeys(trail.dedupeSecret);
    this.#whole = whole;
    this.#most = most;
  }

  /** The bytes of the file that are left unread. */
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
    return drafts.map((draft) => {
      const event = prepare(draft, this.#options);
      event.fromLog = true;
      if (draft.yields !== undefined) event.yields = draft.yields;
      return keyed(event, traitsOf(draft), this.#keys);
    });
  }

  /** The tool of a call whose line an earlier hook read: its name stands on record. */
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
