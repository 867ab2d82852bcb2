// Codex's session log ("rollout"), versions 0.40 to 0.169: who asked for what, which calls the model made, how each ended, what
// it used. Calls and prompts are told as its hooks tell them, so that what a hook recorded is known again by its ids; an
// outcome that a hook recorded gets what the log adds, such as the exit code.
//
// The reader keeps the state of one file: its session, the turn, the calls in flight. A line that repeats another line of the
// file is skipped, and counted with that reason. A fork of older versions begins with a copy of its parent's log: its calls and
// messages are recorded under the parent's session, so that they are the same events as those of the parent's own log.
import { hash } from "node:crypto";
import type { EventDraft, Normalised, Source } from "../event/draft.js";
import { hostTime, isoTime } from "../event/time.js";
import {
  compact,
  count,
  errorText,
  type Fields,
  field,
  fieldsOf,
  length,
  number,
  pick,
  text,
} from "../shared/fields.js";
import { Answers } from "./answers.js";
import { askedFor, callIdOf } from "./calls.js";
import { Forks } from "./forks.js";
import { itemKind, snake, subagentActivity, toolItem } from "./items.js";
import { ModelCalls } from "./model-calls.js";
import { OpenCalls } from "./open-calls.js";
import { pairedEvent } from "./paired.js";
import { sessionStarted } from "./session-head.js";
import { Texts, textIn } from "./texts.js";
import { AGAIN, CONTEXT, COPIED, type Here, ORIGIN, type Told, unknown } from "./told.js";
import { Turns } from "./turns.js";

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

function isRolloutLine(value: unknown): boolean {
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

class Rollout {
  readonly #forks = new Forks();
  readonly #turns = new Turns();
  readonly #here = hereOf(this.#forks, this.#turns);
  readonly #texts = new Texts(this.#here);
  readonly #modelCalls = new ModelCalls(this.#here);
  readonly #calls = new OpenCalls(this.#here);
  readonly #answers = new Answers(this.#calls);

  take(value: unknown): Normalised {
    const line = fieldsOf(value);
    const type = text(line, "type");
    const payload = fieldsOf(field(line, "payload"));
    if (type === undefined || field(line, "payload") === undefined)
      return { refused: "no type and payload: not a line of a Codex session log" };
    const time = hostTime(field(line, "timestamp"));
    const at = time === undefined ? undefined : Date.parse(time);
    const told = type === "session_meta" ? this.#meta(payload, at) : this.#line(type, payload, at);
    if ("skipped" in told) return told;
    const copied = this.#forks.copiedInto !== undefined;
    const kept = copied ? told.filter(({ dedupeKey }) => dedupeKey !== undefined) : told;
    if (kept.length === 0) return copied ? COPIED : CONTEXT;
    return { events: kept.map((draft, i) => this.#placed(draft, line, payload, i)) };
  }

  #placed(draft: EventDraft, line: Fields, payload: Fields, index: number): EventDraft {
    const { session, copiedInto, candidates } = this.#forks;
    const run = this.#turns.of(payload);
    const told = field(line, "timestamp");
    const occurredAt = isoTime(number(payload, "completed_at_ms")) ?? hostTime(told);
    const hostsOwn = occurredAt === undefined && told !== undefined && told !== null ? String(told) : undefined;
    return {
      ...draft,
      metadata: compact({ origin: ORIGIN, ...draft.metadata, hostTime: hostsOwn, copiedInto, copiedFrom: candidates }),
      fromLog: true,
      ...(candidates === undefined ? {} : { sessions: candidates }),
      ...(session === undefined ? {} : { sessionId: session }),
      ...(run === undefined ? {} : { runId: run }),
      // A copied line holds the time of the copy, not the time of the event.
      ...(occurredAt === undefined || copiedInto !== undefined ? {} : { occurredAt }),
      ...(draft.dedupeKey === undefined ? { dedupeKey: this.#lineIdentity(line, index), recurs: true } : {}),
    };
  }

  /** Identity of a line without an id: session, time, place and bytes. */
  #lineIdentity(line: Fields, index: number): string {
    return JSON.stringify([
      this.#here.session ?? null,
      "line",
      field(line, "timestamp") ?? null,
      field(line, "ordinal") ?? null,
      hash("sha256", JSON.stringify(line), "base64url"),
      index,
    ]);
  }

  /** The head of the session, or one that stands in a copied history. */
  #meta(payload: Fields, at: number | undefined): Told {
    const id = text(payload, "id", "session_id");
    if (id === undefined) return CONTEXT;
    const forkedFrom = text(payload, "forked_from_id", "forked_from");
    const begun = hostTime(field(payload, "timestamp"));
    const head = this.#forks.head(id, forkedFrom, at, begun === undefined ? undefined : Date.parse(begun));
    if (head !== "begins") return head === "again" ? AGAIN : CONTEXT;
    this.#turns.begin();
    this.#texts.forget();
    this.#calls.begin();
    this.#modelCalls.begin(forkedFrom !== undefined);
    return [sessionStarted(payload, id, forkedFrom)];
  }

  #line(type: string, payload: Fields, at: number | undefined): Told {
    if (this.#forks.line(type, payload, at)) {
      this.#turns.leave();
      this.#texts.forget();
      this.#calls.leave();
    }
    switch (type) {
      case "turn_context":
        return this.#turns.context(payload);
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

  #item(payload: Fields): Told {
    const kind = text(payload, "type") ?? "";
    const asked = askedFor(payload);
    if (asked !== undefined) return this.#calls.asked(payload, asked);
    switch (kind) {
      case "message":
        return this.#texts.message(payload);
      case "agent_message": {
        const said = textIn(field(payload, "content"));
        return this.#texts.said("agent", said, "item", pick(payload, ["author", "recipient"]));
      }
      case "function_call_output":
      case "custom_tool_call_output":
      case "tool_search_output":
      case "local_shell_call_output":
        return this.#answers.answered(payload);
      case "web_search_call":
        return this.#calls.searched(payload);
      case "reasoning":
        return this.#modelCalls.reasoned();
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
    const paired = pairedEvent(payload, kind);
    if (paired !== undefined) {
      const { isBegin, drafts } = paired;
      return isBegin ? this.#calls.begun(drafts, payload) : this.#calls.outcome(drafts ?? [], callIdOf(payload));
    }
    switch (kind) {
      case "item_completed":
      case "item_started":
        return this.#completed(fieldsOf(field(payload, "item")), kind === "item_started");
      case "web_search_end":
        return this.#calls.searched(payload);
      case "exec_approval_request":
      case "apply_patch_approval_request":
      case "request_permissions":
      case "elicitation_request":
        return [this.#calls.permission(payload, kind)];
      case "user_message": {
        const imagesCount = count(field(payload, "images"));
        return this.#texts.said("user", text(payload, "message") ?? "", "event", { imagesCount });
      }
      case "agent_message":
        return this.#texts.said("assistant", text(payload, "message") ?? "", "event", pick(payload, ["phase"]));
      case "token_count":
        return this.#used(payload);
      case "task_started":
      case "turn_started":
        return [this.#turns.started(payload)];
      case "task_complete":
      case "turn_complete":
        return [this.#turns.ended(payload, this.#here.session)];
      case "turn_aborted": {
        const reason = text(payload, "reason") ?? "unknown";
        return [...this.#calls.cancel(this.#turns.of(payload), reason), this.#turns.aborted(payload, reason)];
      }
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
        return otherEvent(payload, kind);
    }
  }

  #completed(item: Fields, started: boolean): Told {
    const kind = itemKind(item);
    if (kind === "user_message") return this.#texts.said("user", textIn(field(item, "content")), "event");
    if (kind === "agent_message") return this.#texts.said("assistant", textIn(field(item, "content")), "event");
    if (kind === "reasoning" || kind === "plan") return { skipped: "reasoning" };
    if (kind === "web_search") return started ? AGAIN : this.#calls.searched(item);
    if (kind === "sub_agent_activity") return [subagentActivity(item)];
    const drafts = toolItem(item, ORIGIN, started);
    if (drafts === undefined) return started ? CONTEXT : [unknown(kind === "" ? "item" : kind, item)];
    return started ? this.#calls.begun(drafts, item) : this.#calls.outcome(drafts, callIdOf(item));
  }

  #used(payload: Fields): Told {
    return this.#modelCalls.used(payload, this.#forks.copiedInto !== undefined);
  }
}

function hereOf(forks: Forks, turns: Turns): Here {
  return {
    get session() {
      return forks.session;
    },
    get turn() {
      return turns.turn;
    },
    get model() {
      return turns.model;
    },
    turnOf: (payload) => turns.of(payload),
  };
}

function otherEvent(payload: Fields, kind: string): Told {
  if (/^agent_reasoning/.test(kind)) return { skipped: "reasoning" };
  if (/_delta$/.test(kind)) return { skipped: "part-of-a-later-line" };
  if (/^(?:web_search|image_generation|view_image|hook)_(?:begin|started)$/.test(kind)) return AGAIN;
  return QUIET.has(kind) ? CONTEXT : [unknown(kind, payload)];
}

/** Events that are skipped: settings, notices to the screen, ends of streams. */
const QUIET = new Set(
  "thread_settings_applied,session_configured,thread_name_updated,turn_diff,plan_update,background_event,mcp_startup_update,mcp_startup_complete,list_skills_response,skills_update_available,raw_response_item,context_compacted,shutdown_complete,deprecation_notice,terminal_interaction,thread_goal_updated,model_verification,safety_buffering".split(
    ",",
  ),
);
