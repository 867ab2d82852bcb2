/** A hook's payload, read as far as it can be. */
import { type Damage, parseJson, salvage } from "@sealtrail/trail/record";

export interface ReadPayload {
  readonly value: unknown;
  /** What is wrong with it; absent for one that is whole. */
  readonly damage?: Damage;
  /** The text behind the damage. */
  readonly rest?: string;
}

/** Members by which a damaged payload is recognised as a payload. */
const KNOWN = ["hook_event_name", "session_id", "tool_name", "prompt", "tool_input"];

/** Undefined where nothing could be read. */
export function readPayload(bytes: Uint8Array): ReadPayload | undefined {
  const payload = asUtf8(bytes);
  try {
    return { value: parseJson(new TextDecoder("utf-8", { fatal: true }).decode(payload)) };
  } catch {
    const salvaged = salvage(payload);
    // What Codex hands to its `notify` program.
    if (salvaged?.value.type === "agent-turn-complete") return salvaged;
    if (salvaged === undefined || !KNOWN.some((name) => Object.hasOwn(salvaged.value, name))) return undefined;
    // Cut off before the name of the hook, so the hook is not known.
    return { ...salvaged, value: { hook_event_name: "unknown", ...salvaged.value } };
  }
}

/** A pipe of PowerShell 5 makes UTF-16 of a payload, which begins with a byte order mark. */
function asUtf8(bytes: Uint8Array): Uint8Array {
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  if (mark !== 0xfffe && mark !== 0xfeff) return bytes;
  return new TextEncoder().encode(new TextDecoder(mark === 0xfffe ? "utf-16le" : "utf-16be").decode(bytes));
}
