// Claude Code's session files (`~/.claude/projects/<folder>/<session>.jsonl`, one a subagent beside them) and what `claude -p
// --output-format stream-json` prints: prompts, answers with their usage, tool calls and how they ended.
//
// The files are no stable interface: everything may be missing. A line is one block of a model's answer, so an answer is put
// together from several; its usage stands on each of them, and the last one counts. A forked session begins with a copy of the
// parent's lines under the new session's id. Events of copied lines get the session in which they happened, so that they are
// recognised as the same events.
import type { EventDraft, Normalised, Source } from "../event/draft.js";
import { isoTime } from "../event/time.js";
import { compact, contentOf, type Fields, field, fieldsOf, pick, text } from "../shared/fields.js";
import { RecentMap } from "../shared/recent-map.js";
import { callIdentity, type ToolCall, toolInvoked } from "../shared/tool-call.js";
import { AskedCalls } from "./asked.js";
import { isHostGenerated } from "./host-generated.js";
import { invokedEssence, outcomeEssence, promptAlike, promptIdentity } from "./identity.js";
import { approval, decisionOf, outcomeOf } from "./outcome.js";
import { usageOf } from "./usage.js";

/** Answers that were told already, and prompts at work: more than any session has at a time. */
const remembered = 4_096;
/** Characters of one answer that are kept: far beyond the cap of an event's content. */
const mostText = 4 * 1024 * 1024;

/** A model's answer of which more lines may come. */
interface Answer {
  key: string;
  at: number;
  /** The request has an id: lines of the same answer may stand behind results of its calls. */
  named: boolean;
  draft: EventDraft;
  texts: string[];
  length: number;
  toolCalls: number;
  thinking: number;
}

export function claudeTranscript(): Source {
  const reader = new TranscriptReader();
  return {
    name: "claude-code",
    normalise: (value) => reader.line(value),
    rest: () => reader.rest(),
    recognises,
  };
}

/** A session's line names the session and who spoke; the host's own lines have types that nobody else uses. */
function recognises(value: unknown): boolean {
  const line = fieldsOf(value);
  const type = text(line, "type");
  if (type === undefined || text(line, "sessionId", "session_id") === undefined) return false;
  if (type === "user" || type === "assistant") return field(line, "message") !== undefined;
  return HOST_LINES.has(type) || type.startsWith("api-request");
}

const HOST_LINES = new Set([
  "attachment",
  "atis-latch",
  "cost-state",
  "file-history-snapshot",
  "last-prompt",
  "queue-operation",
  "summary",
  "tools-used",
]);

/** Finds the tool of a call whose own line was not read. */
type ToolOf = (sessionId: string | undefined, toolCallId: string) => string | undefined;

/** One for each file. */
export class TranscriptReader {
  readonly #asked = new AskedCalls();
  /** Answers whose usage was told, by message and request. */
  readonly #told = new RecentMap<string, true>(remembered);
  /** The prompt that a session or subagent is at work on. */
  readonly #prompts = new RecentMap<string, string>(remembered);
  /** Prompts that wait for the answer, which says in which session they were given. */
  #waiting: { draft: EventDraft; at: number }[] = [];
  #at = 0;
  readonly #answers = new Map<string, Answer>();
  readonly #toolOf: ToolOf | undefined;

  /** @param toolOf for callers that read a file in pieces, each with a new reader */
  constructor(toolOf?: ToolOf) {
    this.#toolOf = toolOf;
  }

  /** @param at where the line begins in its file; only for `heldFrom` */
  line(value: unknown, at = 0): Normalised {
    const told = this.#lineAt(value, at);
    return "events" in told ? { events: told.events.map(fromTranscript) } : told;
  }

  #lineAt(value: unknown, at: number): Normalised {
    this.#at = at;
    const line = fieldsOf(value);
    const type = text(line, "type");
    if (type === undefined) return { refused: "no type: not a line of a Claude Code session" };
    if (type === "assistant") return this.#answered(line);
    if (type === "user") return this.#user(line);
    if (type === "attachment") return this.#attachment(line);
    return { skipped: "bookkeeping" };
  }

  /**
   * Offset of the first line that `rest` would still return events of. A caller that does not call `rest` reads again from
   * here.
   */
  get heldFrom(): number | undefined {
    const held = [...this.#waiting, ...this.#answers.values()].map(({ at }) => at);
    return held.length === 0 ? undefined : Math.min(...held);
  }

  /** What waited for more lines. */
  rest(): EventDraft[] {
    const drafts = [...this.#release(undefined), ...[...this.#answers.values()].map((answer) => this.#whole(answer))];
    this.#answers.clear();
    return drafts.map(fromTranscript);
  }

  #answered(line: Fields): Normalised {
    const message = fieldsOf(field(line, "message"));
    if (field(line, "message") === undefined) return { refused: "an answer without a message" };
    const sessionId = originOf(line);
    const where = whereOf(line, sessionId);
    const drafts = this.#release(sessionId);
    const messageId = text(message, "id");
    const requestId = text(line, "requestId", "requestRef", "request_id");
    const key = JSON.stringify([sessionId, messageId, requestId]);
    let answer = this.#answers.get(where);
    if (answer === undefined || answer.key !== key || messageId === undefined) {
      if (answer !== undefined) drafts.push(this.#whole(answer));
      answer = this.#begun(line, message, key, sessionId);
      answer.named = requestId !== undefined;
      this.#answers.set(where, answer);
    }
    const blocks = field(message, "content");
    for (const part of Array.isArray(blocks) ? blocks : [blocks]) {
      const block = fieldsOf(part);
      const kind = typeof part === "string" ? "text" : text(block, "type");
      if (kind === "text") addText(answer, typeof part === "string" ? part : (text(block, "text") ?? ""));
      if (kind === "thinking") answer.thinking += (text(block, "thinking") ?? "").length;
      if (kind?.endsWith("_tool_result") === true) drafts.push(...this.#result(line, asResult(block), 2));
      if (kind !== "tool_use" && kind !== "server_tool_use" && kind !== "mcp_tool_use") continue;
      answer.toolCalls++;
      drafts.push(this.#invoked(line, block, sessionId));
    }
    const { metadata = {} } = answer.draft;
    if (!this.#told.has(key)) Object.assign(metadata, usageOf(line, message));
    Object.assign(metadata, pick(message, ["stop_reason>stopReason"]));
    return { events: drafts };
  }

  #begun(line: Fields, message: Fields, key: string, sessionId: string | undefined): Answer {
    const model = text(message, "model");
    const failed = field(line, "isApiErrorMessage") === true;
    const uuid = text(line, "uuid");
    const draft: EventDraft = {
      ...this.#common(line, sessionId),
      type: "prompt.response",
      description: failed ? "the model could not be asked" : `response of ${model ?? "the model"}`,
      metadata: compact({
        provider: "anthropic",
        model,
        ...pick(message, ["id>responseId"]),
        ...pick(line, ["requestId", "requestRef>requestId"]),
        ...(failed ? { hostGenerated: true, error: text(line, "error") ?? "api error" } : {}),
      }),
    };
    // A line keeps its uuid in a copy, even where older versions put the fork's session on it and name no other. So its usage
    // counts once. The essence names the answer, so that further lines of it are no other event.
    if (uuid !== undefined) {
      draft.dedupeKey = JSON.stringify(["response", uuid]);
      draft.essence = [text(message, "id") ?? null, text(line, "requestId", "requestRef", "request_id") ?? null];
    }
    return { key, at: this.#at, named: false, draft, texts: [], length: 0, toolCalls: 0, thinking: 0 };
  }

  #whole(answer: Answer): EventDraft {
    const { draft, texts, toolCalls, thinking, key } = answer;
    const said = texts.filter((part) => part !== "").join("\n");
    const usage = draft.metadata?.outputTokens !== undefined;
    if (usage && answer.named) this.#told.set(key, true);
    return {
      ...draft,
      detail: { text: said, kind: "prompt" },
      metadata: compact({
        ...draft.metadata,
        responseLength: said.length,
        toolCallsCount: toolCalls || undefined,
        thinkingLength: thinking || undefined,
      }),
      ...(said === "" ? {} : { content: said }),
    };
  }

  #invoked(line: Fields, block: Fields, sessionId: string | undefined): EventDraft {
    const toolCallId = text(block, "id");
    const call: ToolCall = { toolName: text(block, "name"), toolCallId, args: field(block, "input") };
    if (toolCallId !== undefined) this.#asked.add(placeOf(line, toolCallId), { call, sessionId });
    const draft = toolInvoked(call);
    return {
      ...draft,
      ...this.#common(line, sessionId),
      ...(toolCallId === undefined
        ? {}
        : {
            dedupeKey: callIdentity(sessionId, toolCallId, "invoked"),
            essence: invokedEssence(call),
            ...lineOf(line, toolCallId, "invoked"),
          }),
    };
  }

  #user(line: Fields): Normalised {
    const content = field(fieldsOf(field(line, "message")), "content");
    if (typeof content !== "string" && !Array.isArray(content)) return { refused: "a message without content" };
    const blocks = typeof content === "string" ? [] : content.map(fieldsOf);
    const results = blocks.filter((block) => text(block, "type") === "tool_result");
    const closed = this.#unnamed(line);
    const drafts = results.flatMap((block) => this.#result(line, block, results.length));
    if (results.length > 0) return { events: [...closed, ...drafts] };
    const said = contentOf(content);
    const words = typeof said === "string" ? said : "";
    if (field(line, "isCompactSummary") === true) {
      return closed.length > 0 ? { events: closed } : { skipped: "bookkeeping" };
    }
    const isMark = words.startsWith("[Request interrupted by user") && words.length < 100;
    return { events: [...closed, ...(isMark ? this.#interrupted(line) : this.#prompted(line, said, words))] };
  }

  /** Ends an answer whose request has no id: something else follows it. */
  #unnamed(line: Fields): EventDraft[] {
    const where = whereOf(line, originOf(line));
    const answer = this.#answers.get(where);
    if (answer === undefined || answer.named) return [];
    this.#answers.delete(where);
    return [this.#whole(answer)];
  }

  #result(line: Fields, block: Fields, results: number): EventDraft[] {
    const toolCallId = text(block, "tool_use_id");
    const own = originOf(line);
    // A copied result belongs to the session in which the call was asked for.
    const place = toolCallId === undefined ? undefined : placeOf(line, toolCallId);
    const asked = place === undefined ? undefined : this.#asked.take(place);
    const sessionId = asked?.sessionId ?? own;
    const askedEarlier = asked === undefined && toolCallId !== undefined;
    const toolName = askedEarlier ? this.#toolOf?.(sessionId, toolCallId) : asked?.call.toolName;
    const call: ToolCall = { ...asked?.call, toolName, toolCallId, ...moreOf(line) };
    // The members beside the message describe its result. With several results they cannot be assigned to one.
    const about = results === 1 ? line : withoutJudgement(line);
    const common = this.#common(line, sessionId);
    const drafts = [...this.#release(sessionId)];
    const decision = decisionOf(about);
    if (decision?.accepted === true) {
      drafts.push({
        ...approval(call, decision),
        ...common,
        ...(toolCallId === undefined
          ? {}
          : {
              dedupeKey: callIdentity(sessionId, toolCallId, "approved"),
              essence: [call.toolName ?? null, decision.by, decision.route ?? null],
              ...lineOf(line, toolCallId, "approved"),
            }),
      });
    }
    const outcome = outcomeOf(about, block, call);
    drafts.push({
      ...outcome,
      ...common,
      // That a call ran adds nothing to an outcome from a hook. Without the call's own line it adds nothing to any outcome.
      ...(asked === undefined ? { yields: "all" } : outcome.type === "tool.result" ? { yields: "hooks" } : {}),
      ...(toolCallId === undefined
        ? {}
        : {
            dedupeKey: callIdentity(sessionId, toolCallId, "outcome"),
            essence: outcomeEssence(outcome),
            ...lineOf(line, toolCallId, "outcome"),
          }),
    });
    return drafts;
  }

  #interrupted(line: Fields): EventDraft[] {
    const sessionId = originOf(line);
    const uuid = text(line, "uuid");
    return [
      ...this.#release(sessionId),
      {
        ...this.#common(line, sessionId),
        type: "agent.interrupted",
        description: "the user stopped the turn",
        metadata: { by: "user" },
        ...(uuid === undefined ? {} : { dedupeKey: JSON.stringify(["interrupted", uuid]) }),
      },
    ];
  }

  #prompted(line: Fields, said: unknown, words: string): EventDraft[] {
    const promptId = text(line, "promptId", "prompt_id");
    const uuid = text(line, "uuid");
    const sessionId = originOf(line);
    if (promptId !== undefined) this.#prompts.set(whereOf(line, text(line, "sessionId", "session_id")), promptId);
    const byAgent = field(line, "isSidechain") === true;
    const hostGenerated = byAgent || field(line, "isMeta") === true || isHostGenerated(line, words);
    // Lines with the text of a slash command, and with its expansion, have the same prompt id as the prompt.
    const isPrompt =
      !byAgent &&
      field(line, "isMeta") !== true &&
      !words.startsWith("<command-") &&
      !words.startsWith("<local-command-");
    const draft: EventDraft = {
      ...this.#common(line, sessionId),
      type: "prompt.input",
      description: "prompt",
      detail: { text: words, kind: "prompt" },
      metadata: compact({
        promptLength: words.length,
        trigger: byAgent ? "agent" : text(line, "turnOrigin", "promptSource"),
        hostGenerated: hostGenerated || undefined,
        ...(isPrompt ? {} : pick(line, ["isMeta>meta"])),
      }),
      content: said,
    };
    const identity = isPrompt && promptId !== undefined ? promptIdentity(promptId) : uuid;
    if (identity !== undefined) {
      draft.dedupeKey = isPrompt && promptId !== undefined ? identity : JSON.stringify(["prompt", "line", identity]);
      draft.essence = [words];
    }
    if (isPrompt && words !== "") draft.alike = promptAlike(words);
    this.#waiting.push({ draft, at: this.#at });
    // Bounded, because in a file with nothing but prompts no answer ever comes.
    return this.#waiting.length > 64 ? this.#release(undefined) : [];
  }

  /** A prompt that was given while the agent was at work stands in an attachment. Other attachments are the host's own. */
  #attachment(line: Fields): Normalised {
    const attachment = fieldsOf(field(line, "attachment"));
    if (text(attachment, "type") !== "queued_command") return { skipped: "bookkeeping" };
    const said = contentOf(field(attachment, "prompt"));
    return { events: this.#prompted({ ...line, turnOrigin: "queued" }, said, typeof said === "string" ? said : "") };
  }

  /** The prompts that waited for an answer, under the answer's session where it is given, else under their own. */
  #release(sessionId: string | undefined): EventDraft[] {
    const drafts = this.#waiting.map(({ draft }) => draft);
    this.#waiting = [];
    return sessionId === undefined ? drafts : drafts.map((draft) => ({ ...draft, sessionId }));
  }

  #common(line: Fields, sessionId: string | undefined): Partial<EventDraft> & { fromLog: true } {
    const agentId = text(line, "agentId");
    const where = whereOf(line, text(line, "sessionId", "session_id"));
    const runId = text(line, "promptId", "prompt_id") ?? this.#prompts.get(where);
    const occurredAt = isoTime(field(line, "timestamp"));
    return {
      fromLog: true,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(agentId === undefined ? {} : { agentId }),
      ...(runId === undefined ? {} : { runId }),
      ...(occurredAt === undefined ? {} : { occurredAt }),
    };
  }
}

/** Older versions copy a session's lines into the file of the one that resumes it, under its id and with their own uuids. */
function lineOf(line: Fields, toolCallId: string, step: string): Pick<EventDraft, "lineKey"> {
  const uuid = text(line, "uuid");
  return uuid === undefined ? {} : { lineKey: JSON.stringify([uuid, toolCallId, step]) };
}

/** Says where the event was read, which tells it from one that a hook told. */
function fromTranscript(draft: EventDraft): EventDraft {
  return { ...draft, metadata: { origin: "transcript", ...draft.metadata } };
}

/** The session in which a line was first written. A fork's copy names it beside the fork's own. */
function originOf(line: Fields): string | undefined {
  return (
    text(line, "requestSessionId") ??
    text(fieldsOf(field(line, "forkedFrom")), "sessionId") ??
    text(line, "sessionId", "session_id")
  );
}

/** Each subagent has answers and prompts of its own. */
function whereOf(line: Fields, sessionId: string | undefined): string {
  return JSON.stringify([sessionId, text(line, "agentId", "parent_tool_use_id")]);
}

function placeOf(line: Fields, toolCallId: string): string {
  return JSON.stringify([text(line, "sessionId", "session_id"), toolCallId]);
}

function addText(answer: Answer, words: string): void {
  if (answer.length < mostText) answer.texts.push(words);
  answer.length += words.length;
}

function moreOf(line: Fields): Pick<ToolCall, "more"> {
  return field(line, "sandboxed") === true ? { more: { sandboxed: true } } : {};
}

function withoutJudgement(line: Fields): Fields {
  const { toolUseResult: _, toolDenialKind: __, permissionDecision: ___, ...rest } = line;
  return rest;
}

/** A result inside an answer, from a tool that the model's provider runs, such as web search. */
function asResult(block: Fields): Fields {
  const failed = text(fieldsOf(field(block, "content")), "type")?.endsWith("_error") === true;
  return { ...block, ...(failed ? { is_error: true } : {}) };
}
