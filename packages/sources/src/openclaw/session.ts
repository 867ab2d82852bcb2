// OpenClaw's own session files: a head `{type: "session", id, cwd}`, then a line for each message and change. Hosts before 2026.6
// write them as they go; newer ones keep the same entries in a database and write them out when a session is archived or exported.
//
// An entry has its own id and time, so a copy of it in a forked session's file is known again.
import { hash } from "node:crypto";
import type { EventDraft, Normalised, Source } from "../event/draft.js";
import { hostTime } from "../event/time.js";
import { fallbackType } from "../shared/fallback-type.js";
import {
  compact,
  contentOf,
  type Fields,
  field,
  fieldsOf,
  firstLine,
  length,
  number,
  pick,
  text,
} from "../shared/fields.js";
import { RecentMap } from "../shared/recent-map.js";
import { type ToolCall, toolCancelled, toolDenied, toolInvoked, toolResult } from "../shared/tool-call.js";
import { parentOf, statedDenial } from "./tools.js";
import { TurnUsage } from "./usage.js";

const ENTRIES = new Set(
  "session,message,custom,custom_message,compaction,branch_summary,model_change,thinking_level_change,label,session_info".split(
    ",",
  ),
);

/** Calls that wait for their result; beyond that the oldest are forgotten. */
const most = 10_000;

function isSessionEntry(value: unknown): boolean {
  const entry = fieldsOf(value);
  const type = text(entry, "type");
  if (type === undefined || !ENTRIES.has(type) || text(entry, "id") === undefined) return false;
  if (type === "session") return text(entry, "cwd") !== undefined || number(entry, "version") !== undefined;
  // Claude Code's transcripts have `uuid` and `sessionId` instead.
  return Object.hasOwn(entry, "parentId") && text(entry, "uuid") === undefined;
}

export function openclawSession(): Source {
  const reader = new SessionFile();
  return { name: "openclaw", normalise: (value) => reader.take(value), recognises: isSessionEntry };
}

class SessionFile {
  #session: string | undefined;
  readonly #usage = new TurnUsage();
  readonly #calls = new RecentMap<string, { toolName: string | undefined; args: unknown }>(most);

  take(value: unknown): Normalised {
    const entry = fieldsOf(value);
    const type = text(entry, "type");
    if (type === undefined) return { refused: "no type: not a line of an OpenClaw session file" };
    if (type === "session") this.#session = text(entry, "id") ?? this.#session;
    const told = this.#tell(entry, type);
    if ("skipped" in told) return told;
    const time = field(entry, "timestamp") ?? field(fieldsOf(field(entry, "message")), "timestamp");
    const occurredAt = hostTime(time);
    const place = [text(entry, "id") ?? null, time ?? null, hash("sha256", JSON.stringify(entry), "base64url")];
    return {
      events: told.map((draft, i) => ({
        ...draft,
        metadata: compact({
          origin: "session-file",
          ...draft.metadata,
          hostTime: occurredAt === undefined && time !== undefined ? String(time) : undefined,
        }),
        fromLog: true,
        ...(this.#session === undefined ? {} : { sessionId: this.#session }),
        ...(occurredAt === undefined ? {} : { occurredAt }),
        dedupeKey: JSON.stringify(["entry", ...place, i]),
        essence: "entry",
      })),
    };
  }

  #tell(entry: Fields, type: string): EventDraft[] | { skipped: string } {
    switch (type) {
      case "session":
        return [
          {
            type: "session.start",
            description: "session started",
            metadata: pick(entry, ["cwd", "version>formatVersion", "parentSession>forkedFrom"]),
          },
        ];
      case "message":
        return this.#message(fieldsOf(field(entry, "message")));
      case "compaction":
      case "branch_summary": {
        const summary = text(entry, "summary");
        return [
          {
            type: type === "compaction" ? "agent.compaction_end" : "agent.branch_summary",
            description: type === "compaction" ? "compaction ended" : "a branch of the session summed up",
            metadata: compact({ ...pick(entry, ["tokensBefore", "firstKeptEntryId"]), summaryLength: length(summary) }),
            ...(summary === undefined ? {} : { content: summary }),
          },
        ];
      }
      case "model_change":
        return [
          {
            type: "agent.model_change",
            description: `model ${text(entry, "modelId") ?? ""}`,
            metadata: pick(entry, ["provider", "modelId>model"]),
          },
        ];
      case "thinking_level_change":
      case "label":
      case "session_info":
        return { skipped: "context-of-the-host" };
      case "custom_message": {
        const content = contentOf(field(entry, "content"));
        return [
          {
            type: "message.write",
            description: "custom message written to the transcript",
            metadata: compact({
              role: "custom",
              ...pick(entry, ["customType", "display"]),
              contentLength: length(content),
            }),
            content,
            contentKind: "prompt",
          },
        ];
      }
      case "custom":
        return [
          {
            type: "session.custom_entry",
            description: `entry of ${text(entry, "customType") ?? "an extension"}`,
            metadata: pick(entry, ["customType"]),
            content: field(entry, "data"),
            contentKind: "result",
          },
        ];
      default:
        return [{ type: fallbackType(type), description: type, metadata: { hook: type, ...pick(entry, ["id"]) } }];
    }
  }

  #message(message: Fields): EventDraft[] {
    const role = text(message, "role") ?? "unknown";
    const content = contentOf(field(message, "content"));
    if (role === "toolResult") return [this.#result(message)];
    if (role === "bashExecution") return [userCommand(message)];
    if (role === "user") {
      const said = typeof content === "string" ? content : undefined;
      return [
        {
          type: "prompt.input",
          description: "prompt",
          detail: { text: said ?? "", kind: "prompt" },
          metadata: compact({ promptLength: said?.length }),
          content,
        },
      ];
    }
    const written: EventDraft = {
      type: "message.write",
      description: `${role} written to the transcript`,
      metadata: compact({
        ...pick(message, ["role", "customType", "provider", "model", "stopReason", "responseId", "errorMessage>error"]),
        ...(role === "assistant" ? this.#usage.ofMessage("", field(message, "usage")) : {}),
        contentLength: length(content),
      }),
      sealable: { error: "result" },
      content: withoutCalls(content),
      contentKind: "prompt",
    };
    return [written, ...this.#calls_(field(message, "content"))];
  }

  #calls_(content: unknown): EventDraft[] {
    if (!Array.isArray(content)) return [];
    return content.slice(0, 1_000).flatMap((part: unknown) => {
      const fields = fieldsOf(part);
      if (text(fields, "type") !== "toolCall") return [];
      const [toolName, toolCallId, args] = [text(fields, "name"), text(fields, "id"), field(fields, "arguments")];
      if (toolCallId !== undefined) this.#calls.set(toolCallId, { toolName, args });
      return [toolInvoked({ toolName, toolCallId, args, more: compact({ parentToolCallId: parentOf(toolCallId) }) })];
    });
  }

  #result(message: Fields): EventDraft {
    const details = fieldsOf(field(message, "details"));
    const toolCallId = text(message, "toolCallId");
    const asked = toolCallId === undefined ? undefined : this.#calls.get(toolCallId);
    const content = contentOf(field(message, "content"));
    const failed = field(message, "isError") === true;
    const said = typeof content === "string" ? content : undefined;
    const call: ToolCall = {
      toolName: text(message, "toolName") ?? asked?.toolName,
      toolCallId,
      args: asked?.args,
      durationMs: number(details, "durationMs"),
      exitCode: number(details, "exitCode"),
      error: failed ? firstLine(said ?? "the tool reported an error") : undefined,
      content,
      more: compact({
        ...pick(details, ["status", "cwd", "exitSignal", "exitReason"]),
        parentToolCallId: parentOf(toolCallId),
      }),
    };
    // Only the details are the host's own, so the tool's output is not looked at.
    const denial = statedDenial(details);
    if (denial !== undefined) return toolDenied(call, denial);
    const status = text(details, "status");
    return status === "cancelled" || status === "aborted" ? toolCancelled(call) : toolResult(call);
  }
}

/** A command that the user ran in the session. */
function userCommand(message: Fields): EventDraft {
  const cancelled = field(message, "cancelled") === true;
  const call: ToolCall = {
    toolName: "bash",
    args: compact({ command: field(message, "command") }),
    exitCode: number(message, "exitCode"),
    content: field(message, "output"),
    more: { commandSource: "user" },
  };
  return cancelled ? toolCancelled(call, { by: "user" }) : toolResult(call);
}

/** The calls are events of their own. */
function withoutCalls(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  const rest = content.filter((part) => text(fieldsOf(part), "type") !== "toolCall");
  return rest.length === 0 ? undefined : contentOf(rest);
}
