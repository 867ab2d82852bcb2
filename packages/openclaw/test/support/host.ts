// A host in the test's own process, as OpenClaw was seen to behave: several copies of the plugin, each hook on one of them.
import type { PluginApi } from "../../src/host-api.js";
import { register } from "../../src/register.js";

/** The machine may be busy. */
export const SOON = { timeout: 20_000 };

const WORKER = new URL("../../dist/worker.js", import.meta.url);

export class FakeHost {
  readonly handlers = new Map<string, ((event: unknown, ctx: unknown) => unknown)[]>();
  readonly warnings: string[] = [];
  readonly stops: (() => Promise<void>)[] = [];
  readonly #config: object;
  readonly #granted: boolean;

  constructor(config: object, granted = true) {
    this.#config = config;
    this.#granted = granted;
  }

  /** One more copy of the plugin, as each registration mode makes one. */
  load(): this {
    const api: PluginApi = {
      pluginConfig: this.#config,
      config: {
        gateway: { auth: { token: "gateway-token-in-clear" } },
        plugins: { entries: { sealtrail: { hooks: { allowConversationAccess: this.#granted } } } },
      },
      logger: { warn: (text) => this.warnings.push(text), info() {} },
      on: (hook, handler) => {
        this.handlers.set(hook, [...(this.handlers.get(hook) ?? []), handler]);
      },
      registerService: (service) => {
        if (service.stop) this.stops.push(() => service.stop!({}));
      },
    };
    register(api, WORKER);
    return this;
  }

  /** No event was ever seen to be delivered twice: one copy has each hook. */
  fire(hook: string, event: unknown, ctx: unknown = {}, copy = 0): unknown {
    return this.handlers.get(hook)![copy]!(event, ctx);
  }

  async stop(): Promise<void> {
    for (const stop of this.stops) await stop();
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
