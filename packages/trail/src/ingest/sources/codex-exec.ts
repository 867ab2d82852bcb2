// What `codex exec --json` prints: threads, turns, items. No times, and item ids that count from 0 in each run.
import type { EventDraft, Normalised } from "../../event/draft.js";
import { compact, errorText, type Fields, field, fieldsOf, length, pick, text } from "../fields.js";
import { nearestType } from "../nearest.js";
import { itemKind, toolItem } from "./codex-items.js";

const ORIGIN = "exec";

export function execLine(line: Fields, type: string, threadId: string | undefined): Normalised {
  const draft = draftOf(line, type);
  if (draft === undefined) return { skipped: "part-of-a-later-line" };
  return {
    events: [
      {
        ...draft,
        metadata: { origin: ORIGIN, ...draft.metadata },
        ...(threadId === undefined ? {} : { sessionId: threadId }),
        // No identity: item ids count from 0 in each process, also where a thread is resumed.
      },
    ],
  };
}

function draftOf(line: Fields, type: string): EventDraft | undefined {
  switch (type) {
    case "thread.started":
      return { type: "session.start", description: "session started", metadata: {} };
    case "turn.started":
      return { type: "agent.turn_started", description: "turn started", metadata: {} };
    case "turn.completed": {
      const usage = fieldsOf(field(line, "usage"));
      return {
        type: "agent.end",
        description: "agent turn complete",
        metadata: {
          success: true,
          ...pick(usage, [
            "input_tokens>inputTokens",
            "output_tokens>outputTokens",
            "cached_input_tokens>cacheReadTokens",
            "cache_write_input_tokens>cacheWriteTokens",
            "reasoning_output_tokens>reasoningTokens",
          ]),
        },
      };
    }
    case "turn.failed":
    case "error":
      return {
        type: type === "error" ? "agent.error" : "agent.end",
        description: "agent failed",
        metadata: compact({ success: false, error: errorText(field(line, "error")) ?? text(line, "message") }),
      };
    case "item.started":
    case "item.completed":
      return item(fieldsOf(field(line, "item")), type === "item.started");
    case "item.updated":
      return undefined; // a part of what item.completed says whole
    default:
      return { type: nearestType(type), description: type, metadata: { hook: type } };
  }
}

function item(fields: Fields, started: boolean): EventDraft | undefined {
  const tool = toolItem(fields, ORIGIN, started);
  if (tool !== undefined) return tool;
  if (started) return undefined;
  const kind = itemKind(fields);
  if (kind === "agent_message") {
    const said = text(fields, "text");
    return {
      type: "prompt.response",
      description: "response",
      detail: { text: said ?? "", kind: "prompt" },
      metadata: compact({ responseLength: length(said) }),
      content: said,
    };
  }
  if (kind === "error") {
    return {
      type: "agent.error",
      description: "agent reported an error",
      metadata: compact({ error: text(fields, "message") }),
    };
  }
  return {
    type: nearestType(kind === "" ? "item" : kind),
    description: kind === "" ? "item" : kind,
    metadata: compact({ itemId: text(fields, "id"), textLength: length(field(fields, "text")) }),
    content: text(fields, "text") ?? field(fields, "items"),
  };
}
