// Reads the answer to a call, as the model was given it. It tells how the call ended, or that its process or script goes on, or
// how an earlier process or script ended.
import type { EventDraft } from "../event/draft.js";
import { contentOf, type Fields, field, fieldsOf, firstLine, text } from "../shared/fields.js";
import { type ToolCall, toolCancelled, toolDenied, toolDetail, toolResult, toolUnknown } from "../shared/tool-call.js";
import { type Asked, answerOf, callIdOf, spawnedIn } from "./calls.js";
import { spawned } from "./items.js";
import type { Call, OpenCalls } from "./open-calls.js";
import { AGAIN, type Told, unknown } from "./told.js";
import { abortOf, type Cell, cellOf, failureOf, framed, refusalOf, structured } from "./words.js";

export class Answers {
  readonly #calls: OpenCalls;

  constructor(calls: OpenCalls) {
    this.#calls = calls;
  }

  /** The answer to a call, as the model was given it. */
  answered(payload: Fields): Told {
    const id = callIdOf(payload);
    const said = answerOf(payload);
    if (id === undefined) return [unknown(text(payload, "type") ?? "output", payload)];
    const call = this.#calls.of(id);
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
      this.#calls.running.add(frame.runningAs, id);
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
      ...this.#calls.close(id, (asked) => {
        const ended: ToolCall = { ...asked, content };
        // The text reads like a refusal by the host, but an MCP server may have written it. How the call ended is not known.
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
    const id = this.#calls.running.callOf(String(process));
    if (exitCode === undefined || id === undefined) return [];
    this.#calls.running.forget(id);
    return this.#calls.close(id, (asked) => toolResult({ ...asked, exitCode }));
  }

  /** A script's own answer: it may go on behind it, and then ends with a later call that waits for it. */
  #script(id: string, call: Call, cell: Cell, content: unknown): EventDraft[] {
    if (cell.runningAs === undefined) return this.#calls.close(id, (asked) => scriptEnd({ ...asked, content }, cell));
    call.running = true;
    this.#calls.running.add(cellName(cell.runningAs), id);
    const { toolName, args } = call.asked ?? {};
    return [toolDetail({ toolName, toolCallId: id, args, content, more: { cellId: cell.runningAs, running: true } })];
  }

  /** The answer to a wait tells how the script ended. What it printed until then stands in that answer. */
  #scriptEnded(call: Call, cell: Cell | undefined): EventDraft[] {
    if (call.asked?.toolName !== "wait" || cell === undefined || cell.runningAs !== undefined) return [];
    const id = this.#calls.running.callOf(cellName(String(field(fieldsOf(call.asked.args), "cell_id"))));
    if (id === undefined) return [];
    this.#calls.running.forget(id);
    return this.#calls.close(id, (asked) => scriptEnd(asked, { ...cell, durationMs: undefined }));
  }

  #child(call: Call, said: string): EventDraft[] {
    if (call.asked?.toolName !== "spawn_agent" || call.spawned) return [];
    const child = spawnedIn(said);
    if (child === undefined) return [];
    call.spawned = true;
    return [spawned({ ...child, prompt: text(fieldsOf(call.asked.args), "message", "prompt") })];
  }
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
