// Reads what Codex itself writes in place of a tool's answer: the head of a command's output, and sentences that say why a call
// did not run. A tool's own text must not be taken for either, so each is read only where the host puts it.
import { firstLine } from "../shared/fields.js";
import type { Denial } from "../shared/tool-call.js";

/** The head that Codex puts before what a command printed. */
export interface Framed {
  exitCode?: number;
  durationMs?: number;
  /** The process goes on; its end comes later, under this number. */
  runningAs?: string;
  /** What the command printed. */
  body: string;
}

const headLines = 12;
const headBytes = 2_000;

/**
 * Reads the head, line by line, down to `Output:`. Undefined where the head holds a line that the host does not write: then the
 * text is not the host's, and its numbers are not used.
 */
export function framed(output: string): Framed | undefined {
  const frame: Framed = { body: "" };
  let at = 0;
  for (let n = 0; n < headLines && at < headBytes; n++) {
    const end = output.indexOf("\n", at);
    const line = output.slice(at, end < 0 ? Math.min(output.length, at + 200) : end).replace(/\r$/, "");
    at = end < 0 ? output.length : end + 1;
    if (line === "Output:") {
      frame.body = output.slice(at);
      return n === 0 ? undefined : frame;
    }
    if (!headLine(line, frame)) return undefined;
    if (end < 0) return frame;
  }
  return undefined;
}

function headLine(line: string, frame: Framed): boolean {
  const exit = /^(?:Process exited with code|Exit code:) (-?\d{1,10})$/.exec(line);
  if (exit !== null) {
    frame.exitCode = Number(exit[1]);
    return true;
  }
  const running = /^Process running with session ID (\d{1,20})$/.exec(line);
  if (running !== null) {
    frame.runningAs = running[1]!;
    return true;
  }
  const wall = /^Wall time: (\d{1,9}(?:\.\d{1,9})?) seconds?$/.exec(line);
  if (wall !== null) {
    frame.durationMs = Math.round(Number(wall[1]) * 1000);
    return true;
  }
  return /^(?:Chunk ID: \w{1,40}|Original token count: \d{1,15}|Total output lines: \d{1,15})$/.test(line);
}

/** The head of a script's answer (code mode). */
export interface Cell {
  /** The script goes on, and is waited for under this name. */
  runningAs?: string;
  error?: string;
  terminated?: boolean;
  durationMs?: number;
}

/** The head that Codex puts before what a script printed. Call it for the answers of `exec` and `wait` only. */
export function cellOf(output: string): Cell | undefined {
  const found =
    /^Script (?:running with cell ID ([\w-]{1,64})|(completed|failed|terminated))\r?\nWall time:? (\d{1,9}(?:\.\d{1,9})?) seconds?\r?\nOutput:/.exec(
      output.slice(0, 200),
    );
  if (found === null) return undefined;
  const [, runningAs, end, seconds] = found;
  return {
    durationMs: Math.round(Number(seconds) * 1000),
    ...(runningAs === undefined ? {} : { runningAs }),
    ...(end === "failed" ? { error: "the script failed" } : {}),
    ...(end === "terminated" ? { terminated: true } : {}),
  };
}

/** Answers of versions that wrote no head: `{"output": text, "metadata": {"exit_code": n, "duration_seconds": n}}`. */
export function structured(output: string): Framed | undefined {
  if (!output.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(output) as {
      output?: unknown;
      metadata?: { exit_code?: unknown; duration_seconds?: unknown };
    };
    const { exit_code: exitCode, duration_seconds: seconds } = value.metadata ?? {};
    if (typeof value.output !== "string" || typeof exitCode !== "number") return undefined;
    return {
      exitCode,
      body: value.output,
      ...(typeof seconds === "number" ? { durationMs: Math.round(seconds * 1000) } : {}),
    };
  } catch {
    return undefined;
  }
}

type Said = (text: string) => boolean;
const starts =
  (...heads: string[]): Said =>
  (text) =>
    heads.some((head) => text.startsWith(head));
const both =
  (head: string, part: string): Said =>
  (text) =>
    text.startsWith(head) && text.includes(part);

/** In the host's order of precedence: the first that fits counts. */
const REFUSALS: readonly (readonly [Said, Omit<Denial, "reason">])[] = [
  [
    starts("Command blocked by PreToolUse hook", "Tool call blocked by PreToolUse hook"),
    { deniedReason: "policy", by: "policy" },
  ],
  [starts("PermissionRequest hook denied approval"), { deniedReason: "approval", by: "policy" }],
  [starts("This action was rejected due to unacceptable risk"), { deniedReason: "approval", by: "policy" }],
  [both("approval policy is ", "reject command"), { deniedReason: "policy", by: "policy" }],
  [starts("MCP tool call requires approval, but approval policy is never"), { deniedReason: "policy", by: "policy" }],
  [both("`", "` rejected: "), { deniedReason: "policy", by: "policy" }],
  [both("patch rejected", "sandbox"), { deniedReason: "sandbox", by: "sandbox" }],
  [starts("patch rejected by user"), { deniedReason: "approval", by: "user" }],
  [both("patch rejected", "rejected by user approval settings"), { deniedReason: "policy", by: "policy" }],
  [starts("patch rejected"), { deniedReason: "host", by: "host" }],
  [
    starts(
      "exec command rejected by user",
      "command rejected by user",
      "rejected by user",
      "user rejected MCP tool call",
    ),
    { deniedReason: "approval", by: "user" },
  ],
  [starts("user cancelled MCP tool call"), { deniedReason: "approval", by: "cancelled" }],
  [
    starts("sandbox denied exec error", "failed in sandbox", "Command denied by sandbox", "execution error: Sandbox"),
    { deniedReason: "sandbox", by: "sandbox" },
  ],
  [
    starts("Network access was denied by the Codex sandbox", "Network access was blocked by policy"),
    { deniedReason: "sandbox", by: "sandbox" },
  ],
];

/** The refusal that a text of the host tells, if there is one. Call it for texts of the host only. */
export function refusalOf(said: string): Denial | undefined {
  const head = said.slice(0, 20_000);
  const found = REFUSALS.find(([fits]) => fits(head));
  return found === undefined ? undefined : { ...found[1], reason: firstLine(said) };
}

/** A call that somebody stopped, and how long it ran until then. */
export function abortOf(said: string): { durationMs?: number } | undefined {
  const found =
    /^(?:Wall time: (\d{1,9}(?:\.\d{1,9})?) seconds?\r?\n)?(?:command )?aborted(?: by user)?(?: after (\d{1,9}(?:\.\d{1,9})?)s)?\.?\s{0,9}$/.exec(
      said.slice(0, 200),
    );
  if (found === null || said.length > 200) return undefined;
  const seconds = found[1] ?? found[2];
  return seconds === undefined ? {} : { durationMs: Math.round(Number(seconds) * 1000) };
}

/** The error of a call that the host could not begin: no such tool, or arguments that it cannot read. */
export function failureOf(said: string): string | undefined {
  return /^(?:unsupported (?:custom tool )?call|failed to parse function arguments|write_stdin failed|exec_command failed|apply_patch verification failed|unable to )/.test(
    said.slice(0, 100),
  )
    ? firstLine(said)
    : undefined;
}
