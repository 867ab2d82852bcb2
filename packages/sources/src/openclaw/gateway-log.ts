// OpenClaw's gateway log: a JSON object a line, as its logger writes it: what was said under "0", "1", ..., about the place
// under `_meta`, and the time. It holds events of the gateway and not of agents: starts, errors, warnings, refused requests.
import type { EventDraft, Normalised, Source } from "../event/draft.js";
import { hostTime } from "../event/time.js";
import { compact, type Fields, field, fieldsOf, pick, text } from "../shared/fields.js";

/** The log may quote prompts, arguments and answers anywhere. */
const ANY = ["prompt", "args", "result"] as const;

function isGatewayLogLine(value: unknown): boolean {
  const line = fieldsOf(value);
  const meta = fieldsOf(field(line, "_meta"));
  return text(meta, "logLevelName") !== undefined && (Object.hasOwn(line, "0") || text(line, "message") !== undefined);
}

export const openclawGatewayLog: Source = {
  name: "openclaw",
  standalone: true,
  recognises: isGatewayLogLine,
  normalise(value: unknown): Normalised {
    if (!isGatewayLogLine(value)) return { refused: "no _meta.logLevelName: not a line of OpenClaw's gateway log" };
    const line = fieldsOf(value);
    const meta = fieldsOf(field(line, "_meta"));
    const time = field(line, "time") ?? field(meta, "date");
    const occurredAt = hostTime(time);
    const draft = draftOf(line, meta);
    return {
      events: [
        {
          ...draft,
          metadata: compact({
            ...draft.metadata,
            hostTime: occurredAt === undefined && time !== undefined ? String(time) : undefined,
          }),
          fromLog: true,
          ...(occurredAt === undefined ? {} : { occurredAt }),
        },
      ],
    };
  },
};

function draftOf(line: Fields, meta: Fields): EventDraft {
  const level = (text(meta, "logLevelName") ?? "info").toLowerCase().slice(0, 20);
  const said = saidIn(line);
  const subsystem = subsystemOf(line) ?? text(meta, "name")?.slice(0, 200);
  const type =
    level === "error" || level === "fatal" ? "gateway.error" : level === "warn" ? "gateway.warning" : "gateway.log";
  return {
    type,
    description: type === "gateway.log" ? "the gateway's log" : `the gateway's log: ${level}`,
    detail: { text: said, kind: ANY },
    metadata: compact({
      level,
      subsystem,
      ...pick(meta, ["hostname"]),
      ...pick(line, ["runId", "sessionId", "sessionKey", "toolCallId", "traceId", "spanId"]),
      messageLength: said.length,
    }),
    content: said,
    contentKind: ANY,
  };
}

/** The first part may name the subsystem, as JSON in a string. */
function subsystemOf(line: Fields): string | undefined {
  const first = field(line, "0");
  if (typeof first !== "string" || !first.startsWith("{") || first.length > 2_000) return undefined;
  try {
    return text(fieldsOf(JSON.parse(first)), "subsystem", "module");
  } catch {
    return undefined;
  }
}

function saidIn(line: Fields): string {
  const parts: string[] = [];
  for (let n = 0; n < 50 && Object.hasOwn(line, String(n)); n++) {
    const part = field(line, String(n));
    if (n === 0 && subsystemOf(line) !== undefined) continue;
    parts.push(typeof part === "string" ? part : (JSON.stringify(part) ?? ""));
  }
  return parts.length === 0 ? (text(line, "message") ?? "") : parts.join(" ");
}
