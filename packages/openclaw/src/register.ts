// What the plugin does with each hook: normalise, redact, hand to the writing thread. Nothing of the host's is kept or
// passed on whole: a context holds live objects, the host's configuration and its tokens.

import { type EventOptions, eventOf, trailSecret, writtenAtOnce } from "@sealtrail/trail/recorder";
import { ABOUT, registerCommand } from "./command.js";
import type { Diagnostic, DiagnosticRuntime } from "./diagnostics.js";
import { HOOKS } from "./hooks.js";
import type { PluginApi, ToolCallAnswer } from "./host-api.js";
import { hasConversationAccess, hostPatterns, PLUGIN_ID, REMOVED, removalOf } from "./host-config.js";
import { type Settings, settingsOf } from "./settings.js";
import { sharedOf } from "./shared.js";
import { sharedWriter, type Writer, type Written, within } from "./writer.js";

export { PLUGIN_ID } from "./host-config.js";

/** The time a hook may wait for its event to be on record. */
const budgetMs = 50;
/** The host gives `gateway_stop` 5 s. */
const stopMs = 3_000;
/** Before every other plugin: what they change or block is seen in what comes after. */
const PRIORITY = 1_000_000;

const NOTHING: Written = { id: 0, recorded: Promise.resolve(false) };

class HostRecorder {
  readonly #settings: Settings;
  readonly #writer: Writer;
  readonly #shared = sharedOf();

  constructor(settings: Settings, writer: Writer) {
    this.#settings = settings;
    this.#writer = writer;
  }

  /** Never throws: the host would block the tool call for it. */
  record(hook: string, event: unknown, ctx: unknown, diagnostic?: Diagnostic): { written: Written; direct: boolean } {
    try {
      const { inst, source } = this.#shared;
      const capture = { hook, event, ctx, diagnostic, ts: Date.now(), pid: process.pid, inst, n: ++this.#shared.n };
      const normalised = source.normalise(capture);
      if (!("events" in normalised)) return { written: NOTHING, direct: false };
      let written = NOTHING;
      let direct = false;
      for (const draft of normalised.events) {
        const ready = eventOf(draft, this.#options(source.name));
        written = this.#writer.write(ready);
        direct ||= writtenAtOnce(ready);
      }
      return { written, direct };
    } catch (error) {
      this.degraded("hook-failed", { hook, error: error instanceof Error ? error.name : typeof error });
      return { written: NOTHING, direct: false };
    }
  }

  degraded(reason: string, more: Readonly<Record<string, string | number>>): void {
    this.own("system.degraded", `not everything is recorded: ${reason}`, { ...more, reason });
  }

  /** Records that the host does not let the plugin subscribe, once in a process for each hook. */
  unavailable(hook: string, reason: string, more: Readonly<Record<string, string>>): void {
    const { refused } = this.#shared;
    if (refused.has(hook)) return;
    refused.add(hook);
    this.own("system.install_hook_unavailable", `the host refuses the hook ${hook}`, { ...more, hook, reason });
  }

  /** An event of the source `sealtrail`. */
  own(type: `system.${string}`, description: string, metadata: Readonly<Record<string, string | number>>): void {
    const draft = { type, description, metadata: { ...metadata, host: "openclaw" } };
    this.#writer.write(eventOf(draft, this.#options("sealtrail")));
  }

  #options(source: EventOptions["source"]): EventOptions {
    const { db, redaction, userId } = this.#settings;
    return { source, redaction, secret: () => trailSecret(db), ...(userId !== undefined && { userId }) };
  }

  answerUnrecorded(toolName: string): ToolCallAnswer {
    if (this.#settings.whenUnrecorded === "block") {
      return { block: true, blockReason: "this call could not be recorded (sealtrail: no record, no action)" };
    }
    return {
      requireApproval: {
        title: "Run without a record?",
        description: `Sealtrail could not record this call of ${toolName} in time.`,
        severity: "warning",
      },
    };
  }

  waitSync(written: Written): void {
    this.#writer.waitSync(written, budgetMs);
  }

  park(): Promise<boolean> {
    return this.#writer.park(stopMs);
  }
}

export interface Loaders {
  readonly workerUrl: URL;
  /** The host's module of diagnostics; absent where there is none to be had. */
  readonly diagnostics?: () => Promise<DiagnosticRuntime>;
}

/** Must be synchronous, and subscribes in every mode: the host splits hooks among the copies that it registers. */
export function register(api: PluginApi, { workerUrl, diagnostics }: Loaders): void {
  const settings = settingsOf(api.pluginConfig, process.env, hostPatterns(api.config));
  const warn = (text: string) => api.logger?.warn(`sealtrail: ${text}`);
  for (const trouble of settings.troubles) warn(trouble);
  const { db, cli, durable, sink, limits } = settings;
  // The plugin is loaded only to list commands or to run one, so there is nothing to record.
  const forCommands = api.registrationMode === "cli-metadata";
  const shared = sharedOf();
  const recorder = new HostRecorder(settings, sharedWriter({ db, durable, sink, limits, workerUrl, warn }));
  if (diagnostics !== undefined && !forCommands) void shared.diagnostics.listen(diagnostics);

  for (const [hook, kind] of HOOKS) {
    attempt(hook, () => api.on(hook, handlerOf(hook, kind === "sync"), { priority: PRIORITY }));
  }
  attempt("service", () => {
    api.registerService?.({
      id: PLUGIN_ID,
      start() {},
      async stop() {
        await recorder.park();
      },
    });
  });
  attempt("lifecycle", () => {
    api.lifecycle?.registerRuntimeLifecycle?.({
      id: PLUGIN_ID,
      async cleanup({ reason }) {
        if (reason !== "disable" || shared.stopping) return;
        const removal = removalOf(process.env);
        recorder.own("system.hook_removed", `OpenClaw: ${REMOVED[removal]}`, { reason: removal });
        await recorder.park();
      },
    });
  });
  attempt("command line", () => {
    api.registerCli?.(({ program }) => registerCommand(program, PLUGIN_ID, { db, ...(cli !== undefined && { cli }) }), {
      descriptors: [{ name: PLUGIN_ID, description: ABOUT, hasSubcommands: true }],
    });
  });

  /** A hook that the host refuses must not stop the others, and is reported. */
  function attempt(what: string, registration: () => void): void {
    try {
      registration();
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      warn(`the host refuses ${what}: ${said}`);
      if (!forCommands) recorder.unavailable(what, "refused", { error: said });
    }
  }

  function started(): void {
    shared.stopping = false;
    for (const { pattern, why } of settings.hostPatternsIgnored) {
      warn(`logging.redactPatterns: ${pattern} can't be honoured here: ${why}`);
      recorder.degraded("host-redact-pattern-ignored", { pattern, why });
    }
    if (hasConversationAccess(api.config)) return;
    const grant = `plugins.entries.${PLUGIN_ID}.hooks.allowConversationAccess`;
    warn(`prompts and answers are not recorded: openclaw config set ${grant} true`);
    recorder.degraded("conversation-hooks-not-granted", { grant });
    for (const [hook, kind] of HOOKS) {
      if (kind === "conversation") recorder.unavailable(hook, "not-granted", { grant });
    }
  }

  function handlerOf(hook: string, sync: boolean): (event: unknown, ctx: unknown) => unknown {
    if (sync) {
      return (event, ctx) => {
        const { written, direct } = recorder.record(hook, event, ctx);
        if (direct) recorder.waitSync(written);
      };
    }
    return async (event, ctx) => {
      const diagnostic = hook === "after_tool_call" ? await shared.diagnostics.of(event) : undefined;
      const { written, direct } = recorder.record(hook, event, ctx, diagnostic);
      if (hook === "gateway_start") started();
      if (hook === "gateway_stop") {
        shared.stopping = reasonOf(event) !== "plugin replacement";
        await recorder.park();
      }
      if (!direct) return undefined;
      const recorded = await within(written.recorded, budgetMs);
      if (hook !== "before_tool_call" || recorded || !settings.failClosed) return undefined;
      return recorder.answerUnrecorded(toolNameOf(event));
    };
  }
}

function reasonOf(event: unknown): unknown {
  return (event as { reason?: unknown } | null | undefined)?.reason;
}

function toolNameOf(event: unknown): string {
  const name = (event as { toolName?: unknown } | null | undefined)?.toolName;
  return typeof name === "string" ? name.slice(0, 100) : "a tool";
}
