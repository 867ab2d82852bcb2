// Codex's session log ("rollout"), versions 0.40 to 0.169: who asked for what, which calls the model made, how each ended, what it
// used. Calls and prompts are told as its hooks tell them, so that what a hook recorded is known again by its ids; an outcome
// that a hook recorded gets what the log adds, such as the exit code.
//
// The reader keeps the state of one file: its session, the turn, the calls in flight. A line that says again what another line of
// the file said is passed over for that reason. A fork of older versions begins with a copy of its parent's log: what it holds of
// calls and messages stands under the parent, where the same line of the parent's own log is known again.
import { hash } from "node:crypto";
import type { EventDraft, Normalised, Sealable, Source } from "../../../event/draft.js";
import { hostTime, isoTime } from "../../../event/time.js";
import {
  compact,
  contentOf,
  count,
  errorText,
  type Fields,
  field,
  fieldsOf,
  length,
  number,
  pick,
  text,
} from "../../fields.js";
import { nearestType } from "../../nearest.js";
import {
  type ToolCall,
  toolCancelled,
  toolDenied,
  toolDetail,
  toolInvoked,
  toolPermissionRequest,
  toolResult,
  toolUnknown,
} from "../../toolcall.js";
import { type Asked, answerOf, askedFor, callIdOf, spawnedIn } from "./calls.js";
import { endIdentity, said as saidOnce, startIdentity } from "./identity.js";
import { agentsOf, commandOf, itemKind, snake, spawned, toolItem } from "./items.js";
import { TokenCounter, totalsIn, usageOf } from "./usage.js";
import { abortOf, type Cell, cellOf, failureOf, firstLine, framed, refusalOf, structured } from "./words.js";

const ORIGIN = "rollout";

/** Line types of the log; `response_item` and `event_msg` hold everything that happens. */
const LINES = new Set([
  "session_meta",
  "turn_context",
  "response_item",
  "event_msg",
  "compacted",
  "token_usage_record",
  "world_state",
]);

export function isRolloutLine(value: unknown): boolean {
  const line = fieldsOf(value);
  const type = text(line, "type");
  return type !== undefined && LINES.has(type) && Object.keys(fieldsOf(field(line, "payload"))).length > 0;
}

export function codexRollout(): Source {
  const reader = new Rollout();
  return {
    name: "codex",
    normalise: (value) => reader.take(value),
    recognises: isRolloutLine,
  };
}

interface Call {
  asked: Asked | undefined;
  /** How often this id was asked for before in this session. */
  again: number;
  turn: string | undefined;
  ended: boolean;
  /** Its process goes on after its answer. */
  running: boolean;
  spawned: boolean;
}

type Told = EventDraft[] | { skipped: string };

/** Says the same as another line of this file. */
const AGAIN = { skipped: "says-again-what-another-line-says" } as const;
/** How the host was set up; nothing that happened. */
const CONTEXT = { skipped: "context-of-the-host" } as const;
const COPIED = { skipped: "copied-from-another-session" } as const;

/** Calls and texts that are kept in mind; beyond that the oldest are forgotten. */
const most = 20_000;

class Rollout {
  /** The file's own session. */
  #own: string | undefined;
  /** Whose lines these are: the file's own session, or the one that they were copied from. */
  #session: string | undefined;
  #forked = false;
  /** Sessions whose heads a copied history brought along: of a fork of a fork its parent, and its parent's parent. */
  #copiedFrom: string[] = [];
  #forkedAt: number | undefined;
  /** The file's own lines have begun: no head of a copied history comes any more. */
  #ownBegun = false;
  #lastTime: number | undefined;
  #turn: string | undefined;
  #model: string | undefined;
  #setting = "";
  #calls = new Map<string, Call>();
  /** Process number -> call id, of commands that outlive their answer. */
  #running = new Map<string, string>();
  #tokens: TokenCounter | undefined;
  #reasoning = 0;
  /** How often each text was told, by each of the two kinds of line that tell it. */
  #texts = new Map<string, { item: number; event: number }>();
  #counts = new Map<string, number>();

  take(value: unknown): Normalised {
    const line = fieldsOf(value);
    const type = text(line, "type");
    const payload = fieldsOf(field(line, "payload"));
    if (type === undefined || field(line, "payload") === undefined)
      return { refused: "no type and payload: not a line of a Codex session log" };
    const time = hostTime(field(line, "timestamp"));
    if (type !== "session_meta") this.#leaveCopy(type, payload, time);
    const copied = this.#isCopied();
    const told = type === "session_meta" ? this.#meta(payload, time) : this.#tell(type, payload);
    this.#lastTime = time === undefined ? this.#lastTime : Date.parse(time);
    if ("skipped" in told) return told;
    const kept = copied ? told.filter(({ dedupeKey }) => dedupeKey !== undefined) : told;
    if (kept.length === 0) return copied ? COPIED : CONTEXT;
    return { events: kept.map((draft, i) => this.#placed(draft, line, payload, i, copied)) };
  }

  #placed(draft: EventDraft, line: Fields, payload: Fields, index: number, copied: boolean): EventDraft {
    const run = this.#turnOf(payload);
    const told = field(line, "timestamp");
    const occurredAt = isoTime(number(payload, "completed_at_ms")) ?? hostTime(told);
    const hostsOwn = occurredAt === undefined && told !== undefined && told !== null ? String(told) : undefined;
    const metadata = {
      origin: ORIGIN,
      ...draft.metadata,
      hostTime: hostsOwn,
      copiedInto: copied ? this.#own : undefined,
    };
    return {
      ...draft,
      metadata: compact(metadata),
      fromLog: true,
      ...(this.#session === undefined ? {} : { sessionId: this.#session }),
      ...(run === undefined ? {} : { runId: run }),
      // A copied line bears the time of the copy, which is not when it happened.
      ...(occurredAt === undefined || copied ? {} : { occurredAt }),
      dedupeKey: draft.dedupeKey ?? this.#lineKey(line, index),
    };
  }

  /** Of a line without an id of its own: session, time, place and bytes, and how often all that came before. */
  #lineKey(line: Fields, index: number): string {
    const said = hash("sha256", JSON.stringify(line), "base64url");
    const key = JSON.stringify([
      this.#session ?? null,
      "line",
      field(line, "timestamp") ?? null,
      field(line, "ordinal") ?? null,
      said,
      index,
    ]);
    const n = this.#next(key);
    return n === 0 ? key : `${key} ${n}`;
  }

  #next(key: string): number {
    const n = this.#counts.get(key) ?? 0;
    this.#counts.delete(key);
    this.#counts.set(key, n + 1);
    forgetOldest(this.#counts);
    return n;
  }

  // --- Forks ---------------------------------------------------------------------------------------------------------

  #isCopied(): boolean {
    return this.#own !== undefined && this.#session !== this.#own;
  }

  /** Whether this line is the file's own again, after a copied history. Any one sign is enough. */
  #leaveCopy(type: string, payload: Fields, time: string | undefined): void {
    if (!this.#isCopied()) {
      this.#ownBegun = true;
      return;
    }
    const at = time === undefined ? undefined : Date.parse(time);
    const thread = text(payload, "thread_id");
    const begins = type === "turn_context" || (type === "event_msg" && text(payload, "type") === "task_started");
    const turn = begins ? madeAt(text(payload, "turn_id")) : undefined;
    const forked = madeAt(this.#own);
    const younger =
      turn !== undefined && forked !== undefined && nearby(turn, at) && nearby(forked, at) && turn >= forked;
    // Copies are written at one go, with the time of the copy or with their own, older one.
    const later = at !== undefined && at >= Math.max(this.#lastTime ?? at, this.#forkedAt ?? at) + copyPauseMs;
    if (thread !== this.#own && !younger && !later) {
      this.#leaveOlderCopy(thread, turn);
      return;
    }
    this.#session = this.#own;
    this.#ownBegun = true;
    this.#turn = undefined;
    this.#texts.clear();
  }

  /** In the copy of a fork's log: its own lines come behind those that it had copied itself. */
  #leaveOlderCopy(thread: string | undefined, turn: number | undefined): void {
    const since = madeAt(this.#session);
    let next = thread !== undefined && this.#copiedFrom.includes(thread) ? thread : undefined;
    for (const id of this.#copiedFrom) {
      const made = madeAt(id);
      if (thread !== undefined || turn === undefined || made === undefined || since === undefined) continue;
      if (made > Math.max(since, madeAt(next) ?? since) && turn >= made) next = id;
    }
    if (next === undefined || next === this.#session) return;
    this.#session = next;
    this.#turn = undefined;
    this.#texts.clear();
  }

  #meta(payload: Fields, time: string | undefined): Told {
    const id = text(payload, "id", "session_id");
    if (id === undefined) return CONTEXT;
    if (id === this.#own) {
      this.#session = id;
      return AGAIN;
    }
    // The heads that a copied history brings along; of a fork of a fork also its parent's parent.
    if (this.#own !== undefined && this.#forked && !this.#ownBegun) {
      this.#session = id;
      if (this.#copiedFrom.length < 100) this.#copiedFrom.push(id);
      return CONTEXT;
    }
    return this.#begin(payload, id, time);
  }

  /** A session's own head: the first of the file, or of another log that was put behind it. */
  #begin(payload: Fields, id: string, time: string | undefined): Told {
    const forkedFrom = text(payload, "forked_from_id", "forked_from");
    this.#own = id;
    this.#session = id;
    this.#forked = forkedFrom !== undefined;
    this.#copiedFrom = [];
    this.#ownBegun = false;
    this.#forkedAt = time === undefined ? undefined : Date.parse(time);
    this.#turn = undefined;
    this.#setting = "";
    this.#reasoning = 0;
    this.#calls.clear();
    this.#running.clear();
    this.#texts.clear();
    this.#tokens = new TokenCounter(!this.#forked);
    return [this.#started(payload, id, forkedFrom)];
  }

  #started(payload: Fields, id: string, forkedFrom: string | undefined): EventDraft {
    const source = field(payload, "source");
    const spawn = fieldsOf(field(fieldsOf(field(fieldsOf(source), "subagent")), "thread_spawn"));
    const root = text(payload, "session_id");
    return {
      type: "session.start",
      description: forkedFrom === undefined ? "session started" : "session started as a fork",
      metadata: compact({
        ...pick(payload, [
          "cwd",
          "originator",
          "cli_version>hostVersion",
          "model_provider>provider",
          "thread_source>threadSource",
        ]),
        hostSource: typeof source === "string" ? source : Object.keys(fieldsOf(source))[0],
        forkedFrom,
        parentSession: text(payload, "parent_thread_id") ?? text(spawn, "parent_thread_id"),
        rootSession: root === id ? undefined : root,
        ...pick(spawn, ["agent_nickname>agentName", "agent_role>agentType", "depth"]),
        ...pick(fieldsOf(field(payload, "git")), ["commit_hash>commit", "branch"]),
      }),
      // As the hook SessionStart of a session that begins.
      ...startIdentity(id),
    };
  }

  // --- What each line tells ------------------------------------------------------------------------------------------

  #tell(type: string, payload: Fields): Told {
    switch (type) {
      case "turn_context":
        return this.#turnContext(payload);
      case "response_item":
        return this.#item(payload);
      case "event_msg":
        return this.#event(payload, snake(text(payload, "type") ?? ""));
      case "token_usage_record":
        return this.#used(payload);
      case "compacted":
        return [
          {
            type: "agent.compaction_end",
            description: "compaction ended",
            metadata: compact({
              summaryLength: length(field(payload, "message")),
              historyCount: count(field(payload, "replacement_history")),
            }),
            content: text(payload, "message"),
          },
        ];
      case "world_state":
        return CONTEXT;
      default:
        return [unknown(type, payload)];
    }
  }

  #turnContext(payload: Fields): Told {
    this.#turn = text(payload, "turn_id") ?? this.#turn;
    this.#model = text(payload, "model") ?? this.#model;
    const policy = (name: string) => {
      const value = field(payload, name);
      return typeof value === "string" ? value : text(fieldsOf(value), "type", "mode");
    };
    const setting = compact({
      approvalPolicy: policy("approval_policy"),
      sandbox: policy("sandbox_policy"),
      permissions: policy("permission_profile"),
      model: this.#model,
      ...pick(payload, ["cwd", "effort", "approvals_reviewer>approvalsReviewer"]),
    });
    const text_ = JSON.stringify(setting);
    if (text_ === this.#setting) return AGAIN;
    this.#setting = text_;
    return [
      {
        type: "agent.turn_context",
        description: "approval policy, sandbox and model of the turns that follow",
        metadata: setting,
      },
    ];
  }

  #item(payload: Fields): Told {
    const kind = text(payload, "type") ?? "";
    const asked = askedFor(payload);
    if (asked !== undefined) return this.#asked(payload, asked);
    switch (kind) {
      case "message":
        return this.#message(payload);
      case "agent_message":
        return this.#said("agent", textIn(field(payload, "content")), "item", pick(payload, ["author", "recipient"]));
      case "function_call_output":
      case "custom_tool_call_output":
      case "tool_search_output":
      case "local_shell_call_output":
        return this.#answered(payload);
      case "web_search_call":
        return this.#searched(payload);
      case "reasoning":
        this.#reasoning++;
        return { skipped: "reasoning" };
      case "ghost_snapshot":
      case "additional_tools":
      case "compaction":
      case "context_compaction":
        return CONTEXT;
      default:
        return [unknown(kind, payload)];
    }
  }

  #event(payload: Fields, kind: string): Told {
    switch (kind) {
      case "item_completed":
      case "item_started":
        return this.#completed(fieldsOf(field(payload, "item")), kind === "item_started");
      case "exec_command_begin":
      case "patch_apply_begin":
      case "mcp_tool_call_begin":
      case "dynamic_tool_call_request":
        return this.#begun(toolItem({ ...payload, type: LEGACY[kind] }, ORIGIN, true), payload);
      case "exec_command_end":
      case "patch_apply_end":
      case "mcp_tool_call_end":
      case "dynamic_tool_call_response":
        return this.#outcome(toolItem(legacyEnd(payload, LEGACY[kind]!), ORIGIN, false) ?? [], callIdOf(payload));
      case "web_search_end":
        return this.#searched(payload);
      case "exec_approval_request":
      case "apply_patch_approval_request":
      case "request_permissions":
      case "elicitation_request":
        return [this.#permission(payload, kind)];
      case "user_message":
        return this.#said("user", text(payload, "message") ?? "", "event", {
          imagesCount: count(field(payload, "images")),
        });
      case "agent_message":
        return this.#said("assistant", text(payload, "message") ?? "", "event", pick(payload, ["phase"]));
      case "token_count":
        return this.#used(payload);
      case "task_started":
      case "turn_started":
        this.#turn = text(payload, "turn_id") ?? this.#turn;
        return [
          {
            type: "agent.turn_started",
            description: "turn started",
            metadata: pick(fieldsOf(field(payload, "turn_attribution")), [
              "turn_trigger>trigger",
              "parent_turn_id>parentRunId",
            ]),
          },
        ];
      case "task_complete":
      case "turn_complete":
        return [this.#turnEnded(payload)];
      case "turn_aborted":
        return this.#aborted(payload);
      case "error":
      case "stream_error":
      case "warning":
        return [
          {
            type: kind === "error" ? "agent.error" : `agent.${kind}`,
            description: kind === "error" ? "agent reported an error" : `agent reported: ${kind.replace("_", " ")}`,
            metadata: compact({
              error: errorText(field(payload, "message")),
              kind: errorText(field(payload, "codex_error_info")),
            }),
          },
        ];
      case "thread_rolled_back":
        return [
          { type: "agent.rolled_back", description: "turns taken back", metadata: pick(payload, ["num_turns>turns"]) },
        ];
      default:
        return this.#otherEvent(payload, kind);
    }
  }

  #otherEvent(payload: Fields, kind: string): Told {
    if (/^agent_reasoning/.test(kind)) return { skipped: "reasoning" };
    if (/_delta$/.test(kind)) return { skipped: "part-of-a-later-line" };
    if (/^collab_/.test(kind)) return this.#collab(payload, kind);
    if (/^(?:web_search|image_generation|view_image|hook)_(?:begin|started)$/.test(kind)) return AGAIN;
    if (QUIET.has(kind)) return CONTEXT;
    return [unknown(kind, payload)];
  }

  // --- Calls ---------------------------------------------------------------------------------------------------------

  #asked(payload: Fields, asked: Asked): Told {
    const id = callIdOf(payload);
    const known = id === undefined ? undefined : this.#calls.get(id);
    if (known?.asked === undefined && known?.ended === false) {
      known.asked = asked; // its begin came first
      return AGAIN;
    }
    const draft = this.#remember(id, asked, payload);
    const status = snake(text(payload, "status") ?? "");
    if (text(payload, "type") !== "local_shell_call" || status !== "incomplete") return [draft];
    return [draft, ...this.#close(id, (call) => toolCancelled(call))];
  }

  /** A call that is asked for; one of an id that this session had before is another call. */
  #remember(id: string | undefined, asked: Asked, payload: Fields): EventDraft {
    const again = id === undefined ? 0 : this.#next(JSON.stringify([this.#session ?? null, "call", id]));
    if (id !== undefined) {
      this.#calls.delete(id);
      this.#calls.set(id, { asked, again, turn: this.#turnOf(payload), ended: false, running: false, spawned: false });
      forgetOldest(this.#calls);
    }
    const draft = toolInvoked({
      toolName: asked.toolName,
      toolCallId: id,
      args: asked.args,
      more: compact({ hostArgs: asked.request, ...(again > 0 ? { idReused: true } : {}) }),
    });
    return {
      ...draft,
      ...(asked.request === undefined ? {} : { sealable: { ...draft.sealable, hostArgs: "args" } }),
      ...(id === undefined
        ? {}
        : { dedupeKey: this.#callKey(id, again, "invoked"), essence: [asked.toolName, asked.args ?? null] }),
    };
  }

  #callKey(id: string, again: number, step: string): string {
    return JSON.stringify([this.#session ?? null, id, step, ...(again > 0 ? [again] : [])]);
  }

  #begun(drafts: EventDraft[] | undefined, payload: Fields): Told {
    const id = callIdOf(payload);
    const [draft] = drafts ?? [];
    if (id === undefined || draft === undefined) return CONTEXT;
    if (this.#calls.has(id)) return AGAIN;
    const { toolName, args } = draft.metadata ?? {};
    const asked = this.#remember(id, { toolName: String(toolName), args, byHost: true }, payload);
    this.#calls.get(id)!.asked = undefined; // the model's own call may follow
    return [asked];
  }

  #completed(item: Fields, started: boolean): Told {
    const kind = itemKind(item);
    if (kind === "user_message") return this.#said("user", textIn(field(item, "content")), "event", {});
    if (kind === "agent_message") return this.#said("assistant", textIn(field(item, "content")), "event", {});
    if (kind === "reasoning" || kind === "plan") return { skipped: "reasoning" };
    if (kind === "web_search") return started ? AGAIN : this.#searched(item);
    if (kind === "sub_agent_activity") return [subagentActivity(item)];
    const drafts = toolItem(item, ORIGIN, started);
    if (drafts === undefined) return started ? CONTEXT : [unknown(kind === "" ? "item" : kind, item)];
    return started ? this.#begun(drafts, item) : this.#outcome(drafts, callIdOf(item));
  }

  /** An outcome that the host states itself, in an item or event of its own. */
  #outcome(drafts: EventDraft[], id: string | undefined): Told {
    const [first, ...rest] = drafts;
    if (first === undefined) return CONTEXT;
    if (id === undefined) return drafts;
    const call = this.#callOf(id);
    if (call.ended) return AGAIN;
    call.ended = true;
    if (call.running) this.#forget(id);
    const children = rest.filter(() => !call.spawned);
    call.spawned ||= children.length > 0;
    return [this.#keyed(this.#asAsked(first, call), id, call), ...children];
  }

  /** The model's arguments, where they are known: the host's item may say the same in other words. */
  #asAsked(draft: EventDraft, { asked, again }: Call): EventDraft {
    const own = asked === undefined ? {} : { toolName: asked.toolName, args: asked.args };
    const { args, toolName } = draft.metadata ?? {};
    const extra = asked !== undefined && toolName === "apply_patch" ? fieldsOf(args) : {};
    return {
      ...draft,
      metadata: compact({
        ...draft.metadata,
        ...own,
        changes: field(extra, "changes"),
        ...(again > 0 ? { idReused: true } : {}),
      }),
    };
  }

  #keyed(draft: EventDraft, id: string, { asked, again }: Call): EventDraft {
    const exitCode = draft.metadata?.exitCode ?? null;
    return {
      ...draft,
      ...(field(fieldsOf(draft.metadata), "changes") === undefined
        ? {}
        : { sealable: { ...draft.sealable, changes: "args" } }),
      dedupeKey: this.#callKey(id, again, "outcome"),
      essence: [asked?.toolName ?? null, asked?.args ?? null, exitCode],
    };
  }

  #callOf(id: string): Call {
    let call = this.#calls.get(id);
    if (call === undefined) {
      call = { asked: undefined, again: 0, turn: this.#turn, ended: false, running: false, spawned: false };
      this.#calls.set(id, call);
      forgetOldest(this.#calls);
    }
    return call;
  }

  #close(id: string | undefined, made: (call: ToolCall) => EventDraft): EventDraft[] {
    if (id === undefined) return [];
    const call = this.#callOf(id);
    if (call.ended) return [];
    call.ended = true;
    const { asked, again } = call;
    const more = again > 0 ? { idReused: true } : {};
    return [this.#keyed(made({ toolName: asked?.toolName, toolCallId: id, args: asked?.args, more }), id, call)];
  }

  /** What the model was given as the call's answer. */
  #answered(payload: Fields): Told {
    const id = callIdOf(payload);
    const said = answerOf(payload);
    if (id === undefined) return [unknown(text(payload, "type") ?? "output", payload)];
    const call = this.#callOf(id);
    const cell = said !== undefined && isScript(call.asked) ? cellOf(said) : undefined;
    const extra =
      said === undefined
        ? []
        : [...this.#processEnded(call, said), ...this.#scriptEnded(call, cell), ...this.#child(call, said)];
    if (call.ended) return extra.length > 0 ? extra : AGAIN;
    const content = said ?? contentOf(field(payload, "output"));
    if (cell !== undefined && call.asked?.toolName === "exec")
      return [...this.#script(id, call, cell, content), ...extra];
    const frame = said === undefined ? undefined : frameOf(call.asked, said);
    if (frame?.runningAs !== undefined) {
      call.running = true;
      this.#running.set(frame.runningAs, id);
      forgetOldest(this.#running);
      const more = { processId: frame.runningAs, running: true };
      return [
        toolDetail({
          toolName: call.asked?.toolName,
          toolCallId: id,
          content: frame.body === "" ? undefined : frame.body,
          more,
        }),
        ...extra,
      ];
    }
    return [
      ...this.#close(id, (asked) => {
        const ended: ToolCall = { ...asked, content };
        // Where a server answers, a text that reads like the host's refusal may be either's: how the call ended is not known.
        if (
          said !== undefined &&
          frame === undefined &&
          call.asked?.byHost === false &&
          refusalOf(said) !== undefined
        ) {
          return toolUnknown({ ...ended, more: { ...ended.more, reason: firstLine(said) } });
        }
        if (said === undefined || frame !== undefined || call.asked?.byHost !== true) {
          return toolResult({
            ...ended,
            exitCode: frame?.exitCode,
            durationMs: frame?.durationMs,
            content: frame?.body ?? content,
          });
        }
        const denial = refusalOf(said);
        if (denial !== undefined) return toolDenied(ended, denial);
        const abort = abortOf(said);
        if (abort !== undefined) return toolCancelled({ ...ended, ...abort }, { by: "user", reason: said.trim() });
        const failure = failureOf(said);
        return toolResult(failure === undefined ? ended : { ...ended, error: failure });
      }),
      ...extra,
    ];
  }

  /** The answer to input for a process that runs may tell how the call that began it ended. */
  #processEnded(call: Call, said: string): EventDraft[] {
    if (call.asked?.toolName !== "write_stdin") return [];
    const { exitCode } = framed(said) ?? {};
    const process = field(fieldsOf(call.asked.args), "session_id");
    const id = this.#running.get(String(process));
    if (exitCode === undefined || id === undefined) return [];
    this.#forget(id);
    return this.#close(id, (asked) => toolResult({ ...asked, exitCode }));
  }

  /** A script's own answer: it may go on behind it, and then ends with a later call that waits for it. */
  #script(id: string, call: Call, cell: Cell, content: unknown): EventDraft[] {
    if (cell.runningAs === undefined) return this.#close(id, (asked) => scriptEnd({ ...asked, content }, cell));
    call.running = true;
    this.#running.set(cellName(cell.runningAs), id);
    forgetOldest(this.#running);
    const { toolName, args } = call.asked ?? {};
    return [toolDetail({ toolName, toolCallId: id, args, content, more: { cellId: cell.runningAs, running: true } })];
  }

  /** The answer to a wait tells how the script ended. What it printed until then stands in that answer. */
  #scriptEnded(call: Call, cell: Cell | undefined): EventDraft[] {
    if (call.asked?.toolName !== "wait" || cell === undefined || cell.runningAs !== undefined) return [];
    const id = this.#running.get(cellName(String(field(fieldsOf(call.asked.args), "cell_id"))));
    if (id === undefined) return [];
    this.#forget(id);
    return this.#close(id, (asked) => scriptEnd(asked, { ...cell, durationMs: undefined }));
  }

  #forget(id: string): void {
    for (const [process, call] of this.#running) if (call === id) this.#running.delete(process);
  }

  #child(call: Call, said: string): EventDraft[] {
    if (call.asked?.toolName !== "spawn_agent" || call.spawned) return [];
    const child = spawnedIn(said);
    if (child === undefined) return [];
    call.spawned = true;
    return [spawned({ ...child, prompt: text(fieldsOf(call.asked.args), "message", "prompt") })];
  }

  /** Older versions tell collaboration in pairs of events. */
  #collab(payload: Fields, kind: string): Told {
    const parts = /^collab_(?:agent_)?(\w{1,40}?)_(begin|end)$/.exec(kind);
    if (parts === null) return [unknown(kind, payload)];
    const tool = COLLAB[parts[1]!] ?? parts[1]!;
    const drafts = toolItem({ ...payload, type: "collab_tool_call", tool }, ORIGIN, parts[2] === "begin");
    if (parts[2] === "begin") return this.#begun(drafts, payload);
    return this.#outcome(drafts ?? [], callIdOf(payload));
  }

  #searched(payload: Fields): Told {
    const action = fieldsOf(field(payload, "action"));
    const query = text(payload, "query") ?? text(action, "query");
    const id = callIdOf(payload);
    const kind = text(payload, "type") === "web_search_call" ? "item" : "event";
    if (!this.#first(kind, `web_search ${id ?? ""} ${query ?? ""}`)) return AGAIN;
    const call: ToolCall = {
      toolName: "web_search",
      toolCallId: id,
      args: compact({ query, action: field(payload, "action") }),
      more: pick(payload, ["status"]),
    };
    if (id === undefined) return [toolResult(call)];
    const known = this.#callOf(id);
    if (known.ended) return AGAIN;
    known.ended = true;
    return [this.#keyed(toolResult(call), id, known)];
  }

  #permission(payload: Fields, kind: string): EventDraft {
    const id = callIdOf(payload);
    const asked = id === undefined ? undefined : this.#calls.get(id)?.asked;
    const command = field(payload, "command");
    return {
      ...toolPermissionRequest({
        toolName: asked?.toolName ?? (command === undefined ? undefined : "Bash"),
        toolCallId: id,
        args:
          asked?.args ??
          compact({
            command: command === undefined ? undefined : commandOf(command),
            changes: field(payload, "changes"),
          }),
        more: compact({ reason: text(payload, "reason"), request: kind }),
      }),
      sealable: { reason: "args" },
    };
  }

  // --- Turns, texts, tokens ------------------------------------------------------------------------------------------

  #turnEnded(payload: Fields): EventDraft {
    const last = text(payload, "last_agent_message");
    return {
      type: "agent.end",
      description: "agent turn complete",
      metadata: compact({
        success: true,
        ...pick(payload, ["duration_ms>durationMs", "time_to_first_token_ms>timeToFirstTokenMs"]),
        responseLength: last?.length,
      }),
      ...(last === undefined ? {} : { content: last }),
      ...endIdentity(this.#session, this.#turnOf(payload), last),
    };
  }

  /** Somebody stopped the turn: the calls of it that have no end have none. */
  #aborted(payload: Fields): Told {
    const reason = text(payload, "reason") ?? "unknown";
    const turn = this.#turnOf(payload);
    const open = [...this.#calls].filter(
      ([, call]) =>
        !call.ended && !call.running && (call.turn === undefined || turn === undefined || call.turn === turn),
    );
    return [
      ...open.flatMap(([id]) =>
        this.#close(id, (call) => toolCancelled(call, { by: reason === "interrupted" ? "user" : "host", reason })),
      ),
      {
        type: "agent.end",
        description: `agent turn aborted: ${reason}`,
        metadata: compact({ success: false, aborted: true, reason, ...pick(payload, ["duration_ms>durationMs"]) }),
      },
    ];
  }

  #message(payload: Fields): Told {
    const role = text(payload, "role") ?? "unknown";
    const said = textIn(field(payload, "content"));
    if (role === "assistant") return this.#said("assistant", said, "item", pick(payload, ["phase"]));
    if (role === "user" && !isHostText(said))
      return this.#said("user", said, "item", { imagesCount: imagesIn(field(payload, "content")) });
    // Instructions are the vendor's, long, and the same in every session; what was put in the user's mouth is kept.
    return [
      {
        type: "prompt.context",
        description: `the host told the model about its surroundings as ${role}`,
        metadata: compact({ role, hostGenerated: true, textLength: said.length }),
        ...(role === "user" ? { content: said } : {}),
      },
    ];
  }

  #said(role: "user" | "assistant" | "agent", said: string, by: "item" | "event", more: Record<string, unknown>): Told {
    if (role === "user" && by === "event" && isHostText(said)) return AGAIN;
    if (!this.#first(by, `${role} ${hash("sha256", said, "base64url")}`)) return AGAIN;
    const what = role === "user" ? "prompt" : "response";
    const once = saidOnce(this.#session, this.#turn, what, said, 0);
    const n = this.#next(once.dedupeKey!);
    const identity = n === 0 ? once : saidOnce(this.#session, this.#turn, what, said, n);
    if (role === "user") {
      return [
        {
          type: "prompt.input",
          description: "prompt",
          detail: { text: said, kind: "prompt" },
          metadata: compact({ promptLength: said.length, ...more }),
          content: said,
          ...identity,
        },
      ];
    }
    return [
      {
        type: "prompt.response",
        description: "response",
        detail: { text: said, kind: "prompt" },
        metadata: compact({ responseLength: said.length, model: this.#model, ...more }),
        content: said,
        ...identity,
      },
    ];
  }

  /** Both the model's item and the host's event tell a text; whichever comes first counts. */
  #first(by: "item" | "event", what: string): boolean {
    const told = this.#texts.get(what) ?? { item: 0, event: 0 };
    const before = Math.max(told.item, told.event);
    told[by]++;
    this.#texts.delete(what);
    this.#texts.set(what, told);
    forgetOldest(this.#texts);
    return Math.max(told.item, told.event) > before;
  }

  #used(payload: Fields): Told {
    const { total, last } = totalsIn(payload);
    this.#tokens ??= new TokenCounter(true);
    if (this.#isCopied()) {
      this.#tokens.inherit(total);
      return COPIED;
    }
    const tokens = this.#tokens.next(total, last);
    if (tokens === undefined) return total === undefined && last === undefined ? CONTEXT : AGAIN;
    const reasoningItems = this.#reasoning > 0 ? this.#reasoning : undefined;
    this.#reasoning = 0;
    return [
      {
        type: "prompt.response",
        description: `tokens used by ${this.#model ?? "the model"}`,
        metadata: compact({
          ...usageOf(tokens),
          model: this.#model,
          responseId: text(payload, "response_id"),
          reasoningItems,
        }),
        // A resumed session's new file may begin with the old one's lines: the totals tell them.
        ...(total === undefined
          ? {}
          : { dedupeKey: JSON.stringify([this.#session ?? null, "usage", total]), essence: usageOf(tokens) }),
      },
    ];
  }

  #turnOf(payload: Fields): string | undefined {
    return (
      text(payload, "turn_id") ??
      text(fieldsOf(field(payload, "internal_chat_message_metadata_passthrough")), "turn_id") ??
      this.#turn
    );
  }
}

const LEGACY: Readonly<Record<string, string>> = {
  exec_command_begin: "command_execution",
  exec_command_end: "command_execution",
  patch_apply_begin: "file_change",
  patch_apply_end: "file_change",
  mcp_tool_call_begin: "mcp_tool_call",
  mcp_tool_call_end: "mcp_tool_call",
  dynamic_tool_call_request: "dynamic_tool_call",
  dynamic_tool_call_response: "dynamic_tool_call",
};

const COLLAB: Readonly<Record<string, string>> = {
  spawn: "spawn_agent",
  interaction: "send_input",
  waiting: "wait",
  close: "close_agent",
  resume: "resume_agent",
};

/** Events that say nothing of their own: settings, notices to the screen, ends of streams. */
const QUIET = new Set(
  "thread_settings_applied,session_configured,thread_name_updated,turn_diff,plan_update,background_event,mcp_startup_update,mcp_startup_complete,list_skills_response,skills_update_available,raw_response_item,context_compacted,shutdown_complete,deprecation_notice,terminal_interaction,thread_goal_updated,model_verification,safety_buffering".split(
    ",",
  ),
);

/** `patch_apply_end` has no status in older versions, only whether it went well. */
function legacyEnd(payload: Fields, type: string): Fields {
  return { ...payload, type, aggregated_output: text(payload, "aggregated_output", "formatted_output") };
}

const cellName = (id: string) => `cell ${id}`;

/** The host's own tools that run scripts and wait for them. */
function isScript(asked: Asked | undefined): boolean {
  return asked?.toolName === "exec" || asked?.toolName === "wait";
}

function scriptEnd(
  call: ToolCall,
  { error, terminated, durationMs }: Omit<Cell, "durationMs"> & { durationMs?: number | undefined },
): EventDraft {
  const ended = { ...call, durationMs };
  return terminated === true
    ? toolCancelled(ended, { by: "host", reason: "terminated" })
    : toolResult({ ...ended, error });
}

function frameOf(asked: Asked | undefined, said: string) {
  if (asked === undefined) return said.startsWith("Chunk ID: ") ? framed(said) : undefined;
  if (!asked.byHost) return undefined;
  return structured(said) ?? framed(said);
}

/** Context that the host writes as if the user had said it. */
function isHostText(said: string): boolean {
  return /^\s{0,20}(?:<(?:environment_context|user_instructions|turn_aborted|permissions instructions|skills?|subagent_notification|user_shell_command|collaboration_mode|personality_spec|model_switch|apps_instructions|plugins_instructions|skills_instructions|INSTRUCTIONS)>|# AGENTS\.md instructions for )/.test(
    said.slice(0, 200),
  );
}

function textIn(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part) => text(fieldsOf(part), "text"))
    .filter((part) => part !== undefined)
    .join("\n");
}

function imagesIn(content: unknown): number | undefined {
  const images = Array.isArray(content)
    ? content.filter((part) => /image/i.test(text(fieldsOf(part), "type") ?? "")).length
    : 0;
  return images === 0 ? undefined : images;
}

function subagentActivity(item: Fields): EventDraft {
  const kind = snake(text(item, "kind") ?? "activity");
  const [childSession] = agentsOf(item);
  const started = kind === "started" || kind === "spawned";
  const ended = kind === "completed" || kind === "ended" || kind === "closed";
  return {
    type: started ? "agent.subagent_spawned" : ended ? "agent.subagent_ended" : "agent.subagent_activity",
    description: `subagent ${kind}`,
    metadata: compact({ kind, childSession, ...pick(item, ["agent_path>agentPath", "agentPath"]) }),
  };
}

/** What a newer version tells: its scalars and small objects are kept under its own name, lists counted. */
function unknown(kind: string, payload: Fields): EventDraft {
  const metadata: Record<string, unknown> = { hook: kind };
  const sealable: Record<string, Sealable> = {};
  for (const name of Object.keys(payload).slice(0, 200)) {
    if (name === "type" || name === "encrypted_content" || name === "internal_chat_message_metadata_passthrough")
      continue;
    const value = field(payload, name);
    if (Array.isArray(value)) metadata[`${name}_count`] = value.length;
    else {
      metadata[name] = value;
      sealable[name] = ["prompt", "args", "result"];
    }
  }
  return {
    type: nearestType(kind === "" ? "item" : kind),
    description: kind === "" ? "item" : kind,
    metadata,
    sealable,
  };
}

/** Between the last copied line and the first own one somebody types, or a process starts. */
const copyPauseMs = 1_000;

/** Milliseconds in an id of UUID version 7. */
function madeAt(id: string | undefined): number | undefined {
  if (id === undefined || !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/i.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

function nearby(one: number, other: number | undefined): boolean {
  return other !== undefined && Math.abs(one - other) < 86_400_000;
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= most) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
