// The calls of a session log, from the line that asks for one to the line that tells its end. Several lines may tell either: the
// first one counts. Each call has one outcome.
import type { EventDraft } from "../event/draft.js";
import { compact, type Fields, field, fieldsOf, pick, text } from "../shared/fields.js";
import { RecentMap } from "../shared/recent-map.js";
import {
  callIdentity,
  type ToolCall,
  toolCancelled,
  toolInvoked,
  toolPermissionRequest,
  toolResult,
} from "../shared/tool-call.js";
import { type Asked, callIdOf } from "./calls.js";
import { commandOf } from "./items.js";
import { Running } from "./running.js";
import { Tellings } from "./tellings.js";
import { AGAIN, CONTEXT, type Here, type Told } from "./told.js";

export interface Call {
  /** Undefined where only the host's line about its beginning was read so far. */
  asked: Asked | undefined;
  turn: string | undefined;
  ended: boolean;
  /** Its process goes on after its answer. */
  running: boolean;
  spawned: boolean;
}

export class OpenCalls {
  readonly running = new Running();
  readonly #calls = new RecentMap<string, Call>(20_000);
  readonly #searches = new Tellings();
  readonly #here: Here;

  constructor(here: Here) {
    this.#here = here;
  }

  /** A session begins. */
  begin(): void {
    this.#calls.clear();
    this.running.clear();
    this.leave();
  }

  /** The lines of another session begin. */
  leave(): void {
    this.#searches.forget();
  }

  /** The call with this id. It is added where no line has named it yet. */
  of(id: string): Call {
    const known = this.#calls.get(id);
    if (known !== undefined) return known;
    const call = { asked: undefined, turn: this.#here.turn, ended: false, running: false, spawned: false };
    this.#calls.set(id, call);
    return call;
  }

  /** The model's own call. */
  asked(payload: Fields, asked: Asked): Told {
    const id = callIdOf(payload);
    const known = id === undefined ? undefined : this.#calls.get(id);
    if (known?.asked === undefined && known?.ended === false) {
      known.asked = asked; // its begin came first
      return AGAIN;
    }
    const draft = this.#remember(id, asked, payload);
    // The model's output was cut off. The host runs the call all the same, so this status is no outcome.
    const isCutOff = text(payload, "type") === "local_shell_call" && text(payload, "status") === "incomplete";
    return [isCutOff ? { ...draft, metadata: { ...draft.metadata, status: "incomplete" } } : draft];
  }

  /** The host's line that a call begins. @param drafts of the item */
  begun(drafts: EventDraft[] | undefined, payload: Fields): Told {
    const id = callIdOf(payload);
    const [draft] = drafts ?? [];
    if (id === undefined || draft === undefined) return CONTEXT;
    if (this.#calls.has(id)) return AGAIN;
    const { toolName, args } = draft.metadata ?? {};
    const asked = this.#remember(id, { toolName: String(toolName), args, byHost: true }, payload);
    this.of(id).asked = undefined; // the model's own call may follow
    return [asked];
  }

  /** Remembers a call that is asked for. An id that the session had before then names another call. */
  #remember(id: string | undefined, asked: Asked, payload: Fields): EventDraft {
    if (id !== undefined) {
      const turn = this.#here.turnOf(payload);
      this.#calls.set(id, { asked, turn, ended: false, running: false, spawned: false });
    }
    const draft = toolInvoked({
      toolName: asked.toolName,
      toolCallId: id,
      args: asked.args,
      more: compact({ hostArgs: asked.request }),
    });
    return {
      ...draft,
      ...(asked.request === undefined ? {} : { sealable: { ...draft.sealable, hostArgs: "args" } }),
      ...(id === undefined
        ? {}
        : {
            dedupeKey: callIdentity(this.#here.session, id, "invoked"),
            essence: [asked.toolName, asked.args ?? null],
            recurs: true,
          }),
    };
  }

  /** An outcome that the host states itself, in an item or event of its own. */
  outcome(drafts: EventDraft[], id: string | undefined): Told {
    const [first, ...rest] = drafts;
    if (first === undefined) return CONTEXT;
    if (id === undefined) return drafts;
    const call = this.of(id);
    if (call.ended) return AGAIN;
    call.ended = true;
    if (call.running) this.running.forget(id);
    const children = rest.filter(() => !call.spawned);
    call.spawned ||= children.length > 0;
    return [this.#keyed(asAsked(first, call), id, call), ...children];
  }

  /** Ends the call, unless it has ended already. @param made makes the outcome from the call that was asked for */
  close(id: string | undefined, made: (call: ToolCall) => EventDraft): EventDraft[] {
    if (id === undefined) return [];
    const call = this.of(id);
    if (call.ended) return [];
    call.ended = true;
    const { asked } = call;
    return [this.#keyed(made({ toolName: asked?.toolName, toolCallId: id, args: asked?.args }), id, call)];
  }

  /** Somebody stopped the turn: its open calls are cancelled. */
  cancel(turn: string | undefined, reason: string): EventDraft[] {
    const by = reason === "interrupted" ? "user" : "host";
    return [...this.#calls]
      .filter(([, call]) => !call.ended && !call.running)
      .filter(([, call]) => call.turn === undefined || turn === undefined || call.turn === turn)
      .flatMap(([id]) => this.close(id, (call) => toolCancelled(call, { by, reason })));
  }

  searched(payload: Fields): Told {
    const action = fieldsOf(field(payload, "action"));
    const query = text(payload, "query") ?? text(action, "query");
    const id = callIdOf(payload);
    const by = text(payload, "type") === "web_search_call" ? "item" : "event";
    if (!this.#searches.isFirst(by, `${id ?? ""} ${query ?? ""}`)) return AGAIN;
    const call: ToolCall = {
      toolName: "web_search",
      toolCallId: id,
      args: compact({ query, action: field(payload, "action") }),
      more: pick(payload, ["status"]),
    };
    if (id === undefined) return [toolResult(call)];
    const known = this.of(id);
    if (known.ended) return AGAIN;
    known.ended = true;
    return [this.#keyed(toolResult(call), id, known)];
  }

  permission(payload: Fields, kind: string): EventDraft {
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

  #keyed(draft: EventDraft, id: string, { asked }: Call): EventDraft {
    const { changes, exitCode } = draft.metadata ?? {};
    return {
      ...draft,
      ...(changes === undefined ? {} : { sealable: { ...draft.sealable, changes: "args" } }),
      dedupeKey: callIdentity(this.#here.session, id, "outcome"),
      essence: [asked?.toolName ?? null, asked?.args ?? null, exitCode ?? null],
    };
  }
}

/** Puts the model's arguments into the outcome, where they are known: the host's item may hold them in another form. */
function asAsked(draft: EventDraft, { asked }: Call): EventDraft {
  if (asked === undefined) return draft;
  const { args, toolName } = draft.metadata ?? {};
  const changes = toolName === "apply_patch" ? field(fieldsOf(args), "changes") : undefined;
  return { ...draft, metadata: compact({ ...draft.metadata, toolName: asked.toolName, args: asked.args, changes }) };
}
