// Collects the host's own diagnostics of tool calls that failed or were refused: category, HTTP status, and whether the call
// was started. A tool chooses the text of its error but cannot write diagnostics.

/** The part of `openclaw/plugin-sdk/diagnostic-runtime` that is used (2026.9.6). */
export interface DiagnosticRuntime {
  onInternalDiagnosticEvent(
    listener: (event: unknown, metadata: unknown) => void,
    interest?: { include?: readonly string[] },
  ): () => void;
}

export type Diagnostic = Readonly<Record<string, string>>;

const TYPES = ["tool.execution.error", "tool.execution.blocked"];
const KEPT = ["type", "errorCategory", "errorCode", "terminalReason", "deniedReason"];

/** Most diagnostics that are kept until the hook of their call comes. */
const mostHeard = 1_000;
/** The host hands a diagnostic over a few turns of the event loop after the call has ended. */
const turns = 10;

type Members = Readonly<Record<string, unknown>>;

const membersOf = (value: unknown): Members => (typeof value === "object" && value !== null ? (value as Members) : {});

function keyOf({ runId, toolCallId }: Members): string | undefined {
  return typeof toolCallId === "string" ? JSON.stringify([runId ?? null, toolCallId]) : undefined;
}

export class Diagnostics {
  readonly #heard = new Map<string, Diagnostic>();
  #listening = false;

  /**
   * Subscribes once in a process, because the host gives every event to every listener. Never throws; an older host has no such
   * module.
   */
  async listen(load: () => Promise<DiagnosticRuntime>): Promise<void> {
    if (this.#listening) return;
    this.#listening = true;
    try {
      const { onInternalDiagnosticEvent } = await load();
      onInternalDiagnosticEvent((event, metadata) => this.#hear(membersOf(event), membersOf(metadata)), {
        include: TYPES,
      });
    } catch {
      this.#listening = false;
    }
  }

  #hear(event: Members, { trusted }: Members): void {
    const key = keyOf(event);
    // Plugins may emit events of these types, too; only the host's own are marked as trusted.
    if (key === undefined || trusted !== true || !TYPES.includes(String(event.type))) return;
    const kept = KEPT.flatMap((name) => (typeof event[name] === "string" ? [[name, event[name].slice(0, 200)]] : []));
    this.#heard.set(key, Object.fromEntries(kept) as Diagnostic);
    if (this.#heard.size > mostHeard) this.#heard.delete(this.#heard.keys().next().value!);
  }

  /** The diagnostic of the call that an `after_tool_call` event is about. Waits only where the call failed or was refused. */
  async of(event: unknown): Promise<Diagnostic | undefined> {
    const key = this.#listening && didNotEndWell(event) ? keyOf(membersOf(event)) : undefined;
    if (key === undefined) return undefined;
    for (let i = 0; i < turns && !this.#heard.has(key); i++) await new Promise((next) => setImmediate(next));
    const heard = this.#heard.get(key);
    this.#heard.delete(key);
    return heard;
  }
}

function didNotEndWell(event: unknown): boolean {
  try {
    const { error, result } = membersOf(event);
    const { status } = membersOf(membersOf(result).details);
    return error !== undefined || status === "blocked" || status === "denied";
  } catch {
    return false; // a getter of the host's
  }
}
