// What the plugin does with each hook: normalise, redact, hand to the writing thread. Nothing of the host's is kept or
// passed on whole: a context holds live objects, the host's configuration and its tokens.

import { randomFillSync } from "node:crypto";
import { prepare, type SpooledEvent, sourceOf, traitsOf } from "@sealtrail/trail";
import { HOOKS } from "./hooks.js";
import type { PluginApi, ToolCallAnswer } from "./host-api.js";
import { type Settings, settingsOf } from "./settings.js";
import { sharedWriter, type Writer, type Written, within } from "./writer.js";

export const PLUGIN_ID = "sealtrail";

/** The time a hook may wait for its event to be on record. */
const budgetMs = 50;
/** The host gives `gateway_stop` 5 s. */
const stopMs = 3_000;
/** Before every other plugin: what they change or block is seen in what comes after. */
const PRIORITY = 1_000_000;

/** Written before the hook returns (events.md, "Rate and pressure"). */
const DIRECT = new Set(["tool", "security", "config", "session"]);

const NOTHING: Written = { id: 0, recorded: Promise.resolve(false) };

const random = (size: number) => randomFillSync(new Uint8Array(size));

/** Captures of one process are told apart by it, whichever copy of the plugin made them. */
const RUN = Symbol.for("@sealtrail/openclaw run 1");

function runOf(): { inst: string; n: number } {
  const shared = globalThis as { [RUN]?: { inst: string; n: number } };
  shared[RUN] ??= { inst: Buffer.from(random(6)).toString("hex"), n: 0 };
  return shared[RUN];
}

class Recorder {
  readonly #settings: Settings;
  readonly #writer: Writer;
  readonly #source = sourceOf("openclaw");
  readonly #run = runOf();

  constructor(settings: Settings, writer: Writer) {
    this.#settings = settings;
    this.#writer = writer;
  }

  /** Never throws: the host would block the tool call for it. */
  record(hook: string, event: unknown, ctx: unknown): { written: Written; direct: boolean } {
    try {
      const { inst } = this.#run;
      const capture = { hook, event, ctx, ts: Date.now(), pid: process.pid, inst, n: ++this.#run.n };
      const normalised = this.#source.normalise(capture);
      if (!("events" in normalised)) return { written: NOTHING, direct: false };
      let written = NOTHING;
      let direct = false;
      for (const draft of normalised.events) {
        const { redaction, userId } = this.#settings;
        const ready: SpooledEvent = prepare(draft, {
          source: this.#source.name,
          redaction,
          ...(userId !== undefined && { userId }),
        });
        ready.traits = traitsOf(draft);
        written = this.#writer.write(ready);
        direct ||= DIRECT.has(ready.category);
      }
      return { written, direct };
    } catch (error) {
      this.degraded("hook-failed", { hook, error: error instanceof Error ? error.name : typeof error });
      return { written: NOTHING, direct: false };
    }
  }

  degraded(reason: string, more: Readonly<Record<string, string | number>>): void {
    const members = Object.entries({ ...more, reason }).sort(([a], [b]) => (a < b ? -1 : 1));
    this.#writer.write({
      type: "system.degraded",
      category: "system",
      source: "sealtrail",
      description: `not everything is recorded: ${reason}`,
      metadata: JSON.stringify(Object.fromEntries(members)),
      contentSalt: random(32),
    });
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

function hasConversationAccess(config: unknown): boolean {
  let at: unknown = config;
  for (const name of ["plugins", "entries", PLUGIN_ID, "hooks", "allowConversationAccess"]) {
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  }
  return at === true;
}

/** Must be synchronous, and subscribes in every mode: the host splits hooks among the copies that it registers. */
export function register(api: PluginApi, workerUrl: URL): void {
  const settings = settingsOf(api.pluginConfig, process.env);
  const warn = (text: string) => api.logger?.warn(text);
  if (settings.trouble !== undefined) warn(`sealtrail: ${settings.trouble}`);
  const recorder = new Recorder(settings, sharedWriter({ db: settings.db, sink: settings.sink, workerUrl, warn }));

  for (const [hook, kind] of HOOKS) api.on(hook, handlerOf(hook, kind === "sync"), { priority: PRIORITY });

  api.registerService?.({
    id: PLUGIN_ID,
    start() {},
    async stop() {
      await recorder.park();
    },
  });

  function handlerOf(hook: string, sync: boolean): (event: unknown, ctx: unknown) => unknown {
    if (sync) {
      return (event, ctx) => {
        const { written, direct } = recorder.record(hook, event, ctx);
        if (direct) recorder.waitSync(written);
      };
    }
    return async (event, ctx) => {
      const { written, direct } = recorder.record(hook, event, ctx);
      if (hook === "gateway_start" && !hasConversationAccess(api.config)) {
        recorder.degraded("conversation-hooks-not-granted", {
          grant: `plugins.entries.${PLUGIN_ID}.hooks.allowConversationAccess`,
        });
      }
      if (hook === "gateway_stop") await recorder.park();
      if (!direct) return undefined;
      const recorded = await within(written.recorded, budgetMs);
      if (hook !== "before_tool_call" || recorded || !settings.failClosed) return undefined;
      return recorder.answerUnrecorded(toolNameOf(event));
    };
  }
}

function toolNameOf(event: unknown): string {
  const name = (event as { toolName?: unknown } | null | undefined)?.toolName;
  return typeof name === "string" ? name.slice(0, 100) : "a tool";
}
