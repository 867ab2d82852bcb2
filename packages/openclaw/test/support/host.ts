// A host in the test's own process, as OpenClaw was seen to behave: several copies of the plugin, each hook on one of them.
import type { CommandLike } from "../../src/command.js";
import type { DiagnosticRuntime } from "../../src/diagnostics.js";
import type { PluginApi } from "../../src/host-api.js";
import { register } from "../../src/register.js";
import type { Writer } from "../../src/writer.js";

/** The machine may be busy. */
export const SOON = { timeout: 60_000, interval: 100 };

/** One file, as it is shipped: a thread that loads two hundred takes seconds to begin on a busy machine. */
const WORKER = new URL("../../bundle/worker.js", import.meta.url);

/** Where the plugin keeps the writers of this process. */
const WRITERS = Symbol.for("@sealtrail/openclaw writer 1");

/** What a host may do besides. */
export interface Manners {
  /** Throws where one of these hooks is subscribed to. */
  readonly refuses?: readonly string[];
  readonly redactPatterns?: readonly string[];
  readonly diagnostics?: () => Promise<DiagnosticRuntime>;
}

export class FakeHost {
  readonly cleanups: ((why: { reason?: string }) => Promise<void>)[] = [];
  /** What `openclaw <name>` runs. */
  readonly commands = new Map<string, (args: readonly string[]) => Promise<void>>();
  readonly #manners: Manners;
  readonly handlers = new Map<string, ((event: unknown, ctx: unknown) => unknown)[]>();
  readonly warnings: string[] = [];
  readonly stops: (() => Promise<void>)[] = [];
  readonly #config: object;
  readonly #granted: boolean;

  constructor(config: object, granted = true, manners: Manners = {}) {
    this.#config = config;
    this.#manners = manners;
    this.#granted = granted;
  }

  /** One more copy of the plugin, as each registration mode makes one. */
  load(): this {
    const api: PluginApi = {
      pluginConfig: this.#config,
      config: {
        gateway: { auth: { token: "gateway-token-in-clear" } },
        logging: { redactPatterns: this.#manners.redactPatterns },
        plugins: { entries: { sealtrail: { hooks: { allowConversationAccess: this.#granted } } } },
      },
      logger: { warn: (text) => this.warnings.push(text), info() {} },
      on: (hook, handler) => {
        if (this.#manners.refuses?.includes(hook)) throw new Error(`no ${hook} for you`);
        this.handlers.set(hook, [...(this.handlers.get(hook) ?? []), handler]);
      },
      registerService: (service) => {
        if (service.stop) this.stops.push(() => service.stop!({}));
      },
      registerCli: (registrar) => registrar({ program: this.#commander() }),
      lifecycle: {
        registerRuntimeLifecycle: ({ cleanup }) => {
          this.cleanups.push(cleanup);
        },
      },
    };
    const { diagnostics } = this.#manners;
    register(api, { workerUrl: WORKER, ...(diagnostics && { diagnostics }) });
    return this;
  }

  #commander(): CommandLike {
    let name = "";
    const self: CommandLike = {
      command: (given) => {
        name = given;
        return self;
      },
      description: () => self,
      argument: () => self,
      allowUnknownOption: () => self,
      helpOption: () => self,
      action: (run) => {
        this.commands.set(name, run);
        return self;
      },
    };
    return self;
  }

  /** No event was ever seen to be delivered twice: one copy has each hook. */
  fire(hook: string, event: unknown, ctx: unknown = {}, copy = 0): unknown {
    return this.handlers.get(hook)![copy]!(event, ctx);
  }

  /** On a busy machine the thread goes on after the time that a stop has: it is waited for. */
  async stop(): Promise<void> {
    for (const stop of this.stops) await stop();
    const writers = (globalThis as { [WRITERS]?: Map<string, Writer> })[WRITERS];
    const { db } = this.#config as { db?: string };
    if (db !== undefined) await writers?.get(db)?.park(SOON.timeout);
  }
}

export const context = () => ({
  agentId: "main",
  sessionKey: "agent:main:main",
  sessionId: "host-1",
  runId: "run-1",
  abortSignal: new AbortController().signal,
  config: { gateway: { auth: { token: "gateway-token-in-clear" } } },
  getCron: () => ({}),
});
export const call = (id: string, params: unknown = { command: "echo hi" }) => ({
  toolName: "exec",
  toolCallId: id,
  params,
});
