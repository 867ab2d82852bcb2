// A headless OpenClaw gateway on loopback with the mock model: its folder, its configuration, starting and stopping it.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Finished, type Scratch, until } from "../lib/scratch.ts";

const TOKEN = "synthetic-e2e-token-0123456789";

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

export class Gateway {
  readonly #scratch: Scratch;
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(scratch: Scratch, port: number) {
    this.#scratch = scratch;
    this.#port = port;
  }

  /** Writes the configuration; nothing runs yet. */
  static async prepare(scratch: Scratch, modelUrl: string): Promise<Gateway> {
    const port = await freePort();
    const state = scratch.path("state");
    const model = {
      id: "mock-1",
      name: "Mock",
      reasoning: false,
      input: ["text"],
      cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
      contextWindow: 128_000,
      maxTokens: 8_192,
    };
    scratch.write("state/openclaw.json", {
      gateway: {
        mode: "local",
        bind: "loopback",
        port,
        auth: { mode: "token", token: TOKEN },
        http: { endpoints: { chatCompletions: { enabled: true } } },
      },
      logging: { file: scratch.path("gateway.log") },
      models: {
        mode: "replace",
        providers: { mock: { baseUrl: `${modelUrl}/v1`, apiKey: "x", api: "openai-completions", models: [model] } },
      },
      agents: { defaults: { workspace: scratch.workspace, skipBootstrap: true, model: { primary: "mock/mock-1" } } },
    });
    Object.assign(scratch.env, {
      OPENCLAW_STATE_DIR: state,
      OPENCLAW_CONFIG_PATH: join(state, "openclaw.json"),
      OPENCLAW_GATEWAY_TOKEN: TOKEN,
      OPENCLAW_OFFLINE: "1",
      OPENCLAW_NO_AUTO_UPDATE: "1",
      OPENCLAW_DISABLE_BONJOUR: "1",
    });
    return new Gateway(scratch, port);
  }

  /** The host's own command. */
  command(args: readonly string[], seconds = 300): Promise<Finished> {
    return this.#scratch.run("openclaw", args, { seconds });
  }

  async start(): Promise<void> {
    this.#process = this.#scratch.start("openclaw", ["gateway", "run"], "gateway.out");
    await until("gateway ready", 300, async () => {
      if (this.#process?.exitCode !== null) throw new Error(`the gateway ended: ${this.output()}`);
      try {
        const { status } = await fetch(`http://127.0.0.1:${this.#port}/readyz`, { signal: AbortSignal.timeout(2_000) });
        return status === 200 ? true : undefined;
      } catch {
        return undefined;
      }
    });
  }

  /** The exit code after SIGTERM, or of a kill. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return null;
    const ended = once(child, "exit");
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), 90_000);
    const [code] = (await ended) as [number | null];
    clearTimeout(timer);
    return code;
  }

  async post(path: string, body: unknown, seconds = 300): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(seconds * 1000),
    });
    return { status: response.status, body: await response.text() };
  }

  /** One turn of the agent over HTTP: no CLI start to wait for. */
  turn(prompt: string): Promise<{ status: number; body: string }> {
    return this.post("/v1/chat/completions", { model: "openclaw/main", messages: [{ role: "user", content: prompt }] });
  }

  output(): string {
    return readFileSync(this.#scratch.path("gateway.out"), "utf8").slice(-3_000);
  }
}
