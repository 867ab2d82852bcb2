// Joins the items of `codex exec --json` with the calls that hooks or the session log told. An item has a number and no call

// id, so its call is found by tool and arguments, in the order of the calls. A run of `codex exec` is one turn of its thread.
// Where several turns on record may be that turn, nothing is joined: an exit code at the wrong call would be worse than a call
// told twice.
import { callRole, type EventDraft } from "@sealtrail/sources/event";
import { callIdentity, field, fieldsOf, RecentMap, shellScript, text } from "@sealtrail/sources/host";
import type { PreparedEvent, RecordedToolEvent } from "../event/prepared.js";

/** Tool events of a session with a sequence above `after`, in order; a page of them. */
export type ToolEvents = (source: string, sessionId: string, after: number) => readonly RecordedToolEvent[];

/** Calls of one thread that are remembered. In a thread with more, nothing is joined. */
const most = 20_000;

interface Call {
  id: string;
  turn: string;
  /** A hook told its end. */
  ended: boolean;
  /** The session log told its end. */
  logged: boolean;
}

interface Thread {
  after: number;
  calls: Map<string, Call>;
  /** By tool and arguments, in the order in which they were asked for. */
  alike: Map<string, Call[]>;
  /** Turns that have calls, and those of them that a run of `codex exec` was joined with. */
  turns: Set<string>;
  told: Set<string>;
  /** The turn that this run is. */
  turn: string | undefined;
  /** Items of this run; null for one of no call on record. */
  items: Map<string, Call | null>;
}

export class RecordedCalls {
  readonly #threads = new RecentMap<string, Thread>(100);
  readonly #read: ToolEvents;

  constructor(read: ToolEvents) {
    this.#read = read;
  }

  /**
   * Returns "known" where the call's own events say it already, a draft with the call's id where the item adds something,
   * undefined where no call on record matches.
   * @param ready makes of a draft the event as it would be written; it is compared with recorded events, which are redacted
   */
  join(draft: EventDraft, ready: (draft: EventDraft) => PreparedEvent): EventDraft | "known" | undefined {
    const { toolCallId: item, toolName, origin } = draft.metadata ?? {};
    const { sessionId } = draft;
    if (origin !== "exec" || sessionId === undefined) return undefined;
    const role = callRole(draft.type);
    if (draft.type === "session.start") this.#begin(sessionId);
    if ((role !== "asked" && role !== "outcome") || typeof item !== "string") return undefined;
    const asCall: EventDraft = { ...draft, metadata: { ...draft.metadata, args: asAsked(draft.metadata?.args) } };
    const event = ready(asCall);
    const call = this.#callOf(event.sessionId ?? sessionId, item, keyOf(JSON.parse(event.metadata)), role);
    if (call === undefined) return undefined;
    if (role === "asked" || call.logged) return "known";
    const { args, exitCode } = asCall.metadata ?? {};
    return {
      ...asCall,
      metadata: { ...asCall.metadata, toolCallId: call.id, itemId: item },
      ...(call.turn === "" ? {} : { runId: call.turn }),
      dedupeKey: callIdentity(sessionId, call.id, "outcome"),
      essence: [toolName, args ?? null, exitCode ?? null],
      fromLog: true,
    };
  }

  /** A run begins. Its items are numbered from 0 again. */
  #begin(sessionId: string): void {
    const thread = this.#threads.get(sessionId);
    if (thread === undefined) return;
    if (thread.turn !== undefined) thread.told.add(thread.turn);
    thread.turn = undefined;
    thread.items.clear();
  }

  #callOf(sessionId: string, item: string, key: string | undefined, role: "asked" | "outcome"): Call | undefined {
    const thread = this.#threads.get(sessionId) ?? {
      after: 0,
      calls: new Map(),
      alike: new Map(),
      turns: new Set(),
      told: new Set(),
      turn: undefined,
      items: new Map(),
    };
    this.#threads.set(sessionId, thread);
    this.#look(sessionId, thread);
    const known = role === "outcome" ? thread.items.get(item) : undefined;
    if (known !== undefined) return known ?? undefined;
    const found = key === undefined || thread.calls.size > most ? undefined : next(thread, key);
    if (thread.items.size < most) thread.items.set(item, found ?? null);
    return found;
  }

  /** Reads the events that were recorded since the last look. */
  #look(sessionId: string, thread: Thread): void {
    for (;;) {
      const page = this.#read("codex", sessionId, thread.after);
      for (const event of page) note(thread, event);
      thread.after = page.at(-1)?.sequence ?? thread.after;
      if (page.length === 0 || thread.calls.size > most) return;
    }
  }
}

function note(thread: Thread, { type, runId, metadata }: RecordedToolEvent): void {
  const { toolCallId, origin } = metadata;
  if (typeof toolCallId !== "string") return;
  const call = thread.calls.get(toolCallId);
  const role = callRole(type);
  if (call !== undefined) {
    if (origin === "exec") {
      if (call.turn !== thread.turn) thread.told.add(call.turn);
    } else if (origin === "rollout") call.logged ||= role === "outcome" || type === "tool.detail";
    else call.ended ||= role === "outcome";
    return;
  }
  const key = keyOf(metadata);
  if (role !== "asked" || origin === "exec" || key === undefined) return;
  const made = { id: toolCallId, turn: runId ?? "", ended: false, logged: false };
  thread.calls.set(toolCallId, made);
  thread.turns.add(made.turn);
  const alike = thread.alike.get(key);
  if (alike === undefined) thread.alike.set(key, [made]);
  else alike.push(made);
}

/** The next call of this run with this tool and these arguments. */
function next(thread: Thread, key: string): Call | undefined {
  if (thread.turn === undefined) {
    if (thread.turns.size - thread.told.size !== 1) return undefined;
    for (const turn of thread.turns) if (!thread.told.has(turn)) thread.turn = turn;
  }
  const alike = thread.alike.get(key) ?? [];
  for (let call = alike[0]; call !== undefined; call = alike[0]) {
    if (call.turn !== thread.turn && !thread.told.has(call.turn)) return undefined;
    alike.shift();
    // The host describes a patch in other words than the model. Where a hook told the outcome, that is a detail of it; else the
    // item stays an event of its own.
    if (call.turn === thread.turn && (call.ended || !key.startsWith("apply_patch "))) return call;
  }
  return undefined;
}

/** The arguments without the shell that the host wraps around the model's command. */
function asAsked(args: unknown): unknown {
  const command = text(fieldsOf(args), "command");
  return command === undefined ? args : { ...fieldsOf(args), command: shellScript(command) ?? command };
}

/** Tool and redacted arguments; for a patch, its files. Undefined where they cannot be compared. */
function keyOf(metadata: Record<string, unknown>): string | undefined {
  const { toolName, args } = metadata;
  if (typeof toolName !== "string") return undefined;
  if (toolName !== "apply_patch") return `${toolName} ${JSON.stringify(args)}`;
  const files = filesOf(fieldsOf(args));
  return files.length === 0 ? undefined : `apply_patch ${JSON.stringify(files)}`;
}

/** The names of the files that a patch changes, without their folders: the model's are relative, the host's are not. */
function filesOf(args: Record<string, unknown>): string[] {
  const changes = field(args, "changes");
  const paths = Array.isArray(changes)
    ? changes.map((change) => text(fieldsOf(change), "path") ?? "")
    : [...(text(args, "command") ?? "").matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.{1,4096})$/gm)].map(
        ([, path]) => path!.trim(),
      );
  return paths.map((path) => path.slice(path.lastIndexOf("/") + 1)).sort();
}
