// Claude Code: hook payloads, one on stdin or many in a file.
import type { Source } from "../../event/draft.js";
import { normalisePayload } from "./hook-payload.js";

export const claudeCode: Source = { name: "claude-code", normalise: normalisePayload };
