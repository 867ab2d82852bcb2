// The turns of a session: their settings, beginnings and ends.
import type { EventDraft } from "../event/draft.js";
import { compact, type Fields, field, fieldsOf, pick, text } from "../shared/fields.js";
import { endIdentity } from "./identity.js";
import { AGAIN, type Told } from "./told.js";

export class Turns {
  #turn: string | undefined;
  #model: string | undefined;
  #setting = "";

  /** The turn at work. */
  get turn(): string | undefined {
    return this.#turn;
  }

  get model(): string | undefined {
    return this.#model;
  }

  /** The turn that a line names, else the one at work. */
  of(payload: Fields): string | undefined {
    return (
      text(payload, "turn_id") ??
      text(fieldsOf(field(payload, "internal_chat_message_metadata_passthrough")), "turn_id") ??
      this.#turn
    );
  }

  /** The lines of another session begin. */
  leave(): void {
    this.#turn = undefined;
  }

  /** A session begins, which tells its settings anew. */
  begin(): void {
    this.leave();
    this.#setting = "";
  }

  context(payload: Fields): Told {
    this.#turn = text(payload, "turn_id") ?? this.#turn;
    this.#model = text(payload, "model") ?? this.#model;
    const policy = (name: string) => {
      const value = field(payload, name);
      return typeof value === "string" ? value : text(fieldsOf(value), "type", "mode");
    };
    const metadata = compact({
      approvalPolicy: policy("approval_policy"),
      sandbox: policy("sandbox_policy"),
      permissions: policy("permission_profile"),
      model: this.#model,
      ...pick(payload, ["cwd", "effort", "approvals_reviewer>approvalsReviewer"]),
    });
    const setting = JSON.stringify(metadata);
    if (setting === this.#setting) return AGAIN;
    this.#setting = setting;
    return [
      {
        type: "agent.turn_context",
        description: "approval policy, sandbox and model of the turns that follow",
        metadata,
      },
    ];
  }

  started(payload: Fields): EventDraft {
    this.#turn = text(payload, "turn_id") ?? this.#turn;
    return {
      type: "agent.turn_started",
      description: "turn started",
      metadata: pick(fieldsOf(field(payload, "turn_attribution")), [
        "turn_trigger>trigger",
        "parent_turn_id>parentRunId",
      ]),
    };
  }

  ended(payload: Fields, session: string | undefined): EventDraft {
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
      ...endIdentity(session, this.of(payload), last),
    };
  }

  aborted(payload: Fields, reason: string): EventDraft {
    return {
      type: "agent.end",
      description: `agent turn aborted: ${reason}`,
      metadata: compact({ success: false, aborted: true, reason, ...pick(payload, ["duration_ms>durationMs"]) }),
    };
  }
}
