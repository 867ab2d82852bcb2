// The sources by the names that the command line gives them.
import type { Source } from "../../event/draft.js";
import { claudeCode } from "./claude-code.js";
import { codex } from "./codex.js";
import { codexRollout } from "./codex-rollout.js";
import { gatewayJsonl } from "./gateway-jsonl.js";
import { ndjson } from "./ndjson.js";
import { openclaw } from "./openclaw.js";

const SOURCES = {
  openclaw,
  "claude-code": () => claudeCode,
  codex,
  "codex-rollout": codexRollout,
  "gateway-jsonl": () => gatewayJsonl,
  ndjson: () => ndjson,
} satisfies Record<string, () => Source>;

export type SourceName = keyof typeof SOURCES;

export const SOURCE_NAMES = Object.keys(SOURCES) as SourceName[];

/** A reader of that source's lines; a fresh one for each input, some keep the session that an early line named. */
export function sourceOf(name: SourceName): Source {
  if (!Object.hasOwn(SOURCES, name))
    throw new TypeError(`source: ${JSON.stringify(name)} is none of ${SOURCE_NAMES.join(", ")}`);
  return SOURCES[name]();
}
