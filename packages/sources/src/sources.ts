// The sources by the names that the command line gives them, and which of them an input belongs to.

import { claudeCode } from "./claude-code/claude-code.js";
import { claudeTranscript } from "./claude-code/transcript.js";
import { codex } from "./codex/codex.js";
import { codexRollout } from "./codex/rollout.js";
import type { Source } from "./event/draft.js";
import { SOURCE_NAMES, type SourceName } from "./event/sources.js";
import { gatewayJsonl } from "./gateway/gateway.js";
import { ndjson } from "./ndjson/ndjson.js";
import { openclawGatewayLog } from "./openclaw/gateway-log.js";
import { openclaw } from "./openclaw/openclaw.js";
import { openclawSession } from "./openclaw/session.js";

interface Registered {
  make: () => Source;
  /** A short description of its input for messages, such as "a Codex session log". */
  is: string;
}

const SOURCES = {
  openclaw: { make: openclaw, is: "a capture of OpenClaw's hooks" },
  "openclaw-session": { make: openclawSession, is: "an OpenClaw session file" },
  "openclaw-gateway-log": { make: () => openclawGatewayLog, is: "a log of OpenClaw's gateway" },
  "claude-code": { make: () => claudeCode, is: "a file of Claude Code's hook payloads" },
  "claude-transcript": { make: claudeTranscript, is: "a Claude Code session file" },
  codex: { make: codex, is: "Codex's hook payloads, or what codex exec --json printed" },
  "codex-rollout": { make: codexRollout, is: "a Codex session log (rollout)" },
  "gateway-jsonl": { make: () => gatewayJsonl, is: "a gateway's JSON Lines log" },
  ndjson: { make: () => ndjson, is: "a file of events in this program's own terms" },
} satisfies Record<SourceName, Registered>;

export { SOURCE_NAMES, type SourceName } from "./event/sources.js";

export function isSourceName(name: string): name is SourceName {
  return Object.hasOwn(SOURCES, name);
}

/**
 * A reader of that source's lines; a fresh one for each input, some keep the session that an early line named.
 *
 * @public
 */
export function sourceOf(name: SourceName): Source {
  if (!isSourceName(name)) throw new TypeError(`source: ${JSON.stringify(name)} is none of ${SOURCE_NAMES.join(", ")}`);
  return SOURCES[name].make();
}

/** A short description of a source's input. @public */
export function inputOf(name: SourceName): string {
  return SOURCES[name].is;
}

/** Which source the lines of a file are from. @public */
export interface Recognised {
  /** The source that knows most of the values; undefined where none knows any. */
  source: SourceName | undefined;
  /** How many of the values each source knows for its own. */
  counts: ReadonlyMap<SourceName, number>;
}

/**
 * Which source the first lines of an input belong to. Where two know as many, the one that is named first above.
 *
 * @public
 */
export function recognise(values: Iterable<unknown>): Recognised {
  const sources = SOURCE_NAMES.map((name) => [name, sourceOf(name)] as const);
  const counts = new Map<SourceName, number>();
  for (const value of values) {
    for (const [name, source] of sources) {
      if (source.recognises(value)) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  let source: SourceName | undefined;
  for (const name of SOURCE_NAMES) {
    const count = counts.get(name) ?? 0;
    if (count > (source === undefined ? 0 : counts.get(source)!)) source = name;
  }
  return { source, counts };
}
