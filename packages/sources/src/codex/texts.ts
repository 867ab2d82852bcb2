// Prompts, answers and what the host writes in the user's name.
import { hash } from "node:crypto";
import { compact, type Fields, field, fieldsOf, pick, text } from "../shared/fields.js";
import { said as saidOnce } from "./identity.js";
import { Tellings } from "./tellings.js";
import { AGAIN, type Here, type Told } from "./told.js";

export class Texts {
  readonly #tellings = new Tellings();
  readonly #here: Here;

  constructor(here: Here) {
    this.#here = here;
  }

  /** The lines of another session begin. */
  forget(): void {
    this.#tellings.forget();
  }

  message(payload: Fields): Told {
    const role = text(payload, "role") ?? "unknown";
    const content = field(payload, "content");
    const said = textIn(content);
    if (role === "assistant") return this.said("assistant", said, "item", pick(payload, ["phase"]));
    if (role === "user" && !isHostText(said)) {
      return this.said("user", said, "item", { imagesCount: imagesIn(content) });
    }
    // The vendor's instructions are long and the same in every session, so they are left out. Text in the user's name is kept.
    return [
      {
        type: "prompt.context",
        description: `the host told the model about its surroundings as ${role}`,
        metadata: compact({ role, hostGenerated: true, textLength: said.length }),
        ...(role === "user" ? { content: said } : {}),
      },
    ];
  }

  /** @param by the kind of line that tells it: the model's item, or the host's event */
  said(
    role: "user" | "assistant" | "agent",
    said: string,
    by: "item" | "event",
    more: Record<string, unknown> = {},
  ): Told {
    if (role === "user" && by === "event" && isHostText(said)) return AGAIN;
    if (!this.#tellings.isFirst(by, `${role} ${hash("sha256", said, "base64url")}`)) return AGAIN;
    const isPrompt = role === "user";
    const what = isPrompt ? "prompt" : "response";
    const { alike, ...identity } = saidOnce(this.#here.session, this.#here.turn, what, said);
    return [
      {
        type: isPrompt ? "prompt.input" : "prompt.response",
        description: what,
        detail: { text: said, kind: "prompt" },
        metadata: compact({
          [`${what}Length`]: said.length,
          ...(isPrompt ? {} : { model: this.#here.model }),
          ...more,
        }),
        content: said,
        ...identity,
        // No hook tells a response.
        ...(isPrompt ? { alike } : {}),
        recurs: true,
      },
    ];
  }
}

const HOST_TAGS = new Set(
  "environment_context|user_instructions|turn_aborted|permissions instructions|skill|skills|subagent_notification|user_shell_command|collaboration_mode|personality_spec|model_switch|apps_instructions|plugins_instructions|skills_instructions|INSTRUCTIONS".split(
    "|",
  ),
);

/** Context that the host writes as if the user had said it. */
function isHostText(said: string): boolean {
  const start = said.slice(0, 200).replace(/^\s{1,20}/, "");
  if (start.startsWith("# AGENTS.md instructions for ")) return true;
  const tag = /^<([A-Za-z_ ]{1,40})>/.exec(start)?.[1];
  return tag !== undefined && HOST_TAGS.has(tag);
}

export function textIn(content: unknown): string {
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
