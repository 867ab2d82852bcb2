// What `codex exec --json` prints: threads, turns, items. No times, and item ids that count from 0 in each run.
import type { EventDraft, Normalised } from "../event/draft.js";
import { fallbackType } from "../shared/fallback-type.js";
import { compact, errorText, type Fields, field, fieldsOf, length, text } from "../shared/fields.js";
import { itemKind, toolItem } from "./items.js";
import { unknown } from "./told.js";
import { tokensOf, usageOf } from "./usage.js";

const ORIGIN = "exec";

/** `error` and the lines of threads, turns and items; whatever a newer version adds has a dot in its name as well. */
export function isExecLine(value: unknown): boolean {
  const line = fieldsOf(value);
  const type = text(line, "type") ?? "";
  if (/^(?:thread|turn|item)\.[a-z_.]{1,40}$/.test(type)) return true;
  return type === "error" && text(line, "message") !== undefined && field(line, "payload") === undefined;
}

export function execLine(line: Fields, type: string, threadId: string | undefined): Normalised {
  const drafts = draftsOf(line, type);
  if (drafts.length === 0) return { skipped: "part-of-a-later-line" };
  return {
    events: drafts.map((draft) => ({
      ...draft,
      metadata: { origin: ORIGIN, ...draft.metadata },
      ...(threadId === undefined ? {} : { sessionId: threadId }),
      // No identity: item ids count from 0 in each process, also where a thread is resumed.
    })),
  };
}

function draftsOf(line: Fields, type: string): EventDraft[] {
  switch (type) {
    case "thread.started":
      return [{ type: "session.start", description: "session started", metadata: {} }];
    case "turn.started":
      return [{ type: "agent.turn_started", description: "turn started", metadata: {} }];
    case "turn.completed": {
      const tokens = tokensOf(field(line, "usage"));
      return [
        {
          type: "agent.end",
          description: "agent turn complete",
          // The host prints the thread's running total, not what this turn used: under the turn's names it would be summed.
          metadata: compact({ success: true, threadUsage: tokens === undefined ? undefined : usageOf(tokens) }),
        },
      ];
    }
    case "turn.failed":
    case "error":
      return [
        {
          type: type === "error" ? "agent.error" : "agent.end",
          description: "agent failed",
          metadata: compact({ success: false, error: errorText(field(line, "error")) ?? text(line, "message") }),
        },
      ];
    case "item.started":
    case "item.completed":
      return items(fieldsOf(field(line, "item")), type === "item.started");
    case "item.updated":
      return []; // item.completed holds all of it
    default:
      return [{ type: fallbackType(type), description: type, metadata: { hook: type } }];
  }
}

function items(fields: Fields, started: boolean): EventDraft[] {
  const tool = toolItem(fields, ORIGIN, started);
  if (tool !== undefined) return tool;
  if (started) return [];
  const kind = itemKind(fields);
  if (kind === "agent_message") {
    const said = text(fields, "text");
    return [
      {
        type: "prompt.response",
        description: "response",
        detail: { text: said ?? "", kind: "prompt" },
        metadata: compact({ responseLength: length(said) }),
        content: said,
      },
    ];
  }
  if (kind === "error") {
    return [
      {
        type: "agent.error",
        description: "agent reported an error",
        metadata: compact({ error: text(fields, "message") }),
      },
    ];
  }
  const { id: _, text: __, items: list, ...more } = fields;
  const other = unknown(kind, more);
  return [
    {
      ...other,
      metadata: compact({ ...other.metadata, itemId: text(fields, "id"), textLength: length(field(fields, "text")) }),
      content: text(fields, "text") ?? list,
    },
  ];
}
