// The loopback server below every mock model provider, and the scripts that a mock model plays: a prompt that
// holds `script:<name>` is answered by that script's steps, one per request, then by its final text.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Call {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Each step is what the model asks for in one answer; several calls in a step run in parallel. */
export interface Script {
  readonly steps: readonly (readonly Call[])[];
  readonly final: string;
}

export type Scripts = Readonly<Record<string, Script>>;

export interface MockProvider {
  readonly url: string;
  /** One line per request, for the failure report of a run. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

export type Answer = (request: { path: string; body: unknown }, reply: Reply) => void;

export interface Reply {
  json(value: unknown, status?: number): void;
  /** Starts a stream of server-sent events; `name` is left out where the protocol has unnamed events. */
  events(): { send(value: unknown, name?: string): void; end(last?: string): void };
  note(line: string): void;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    return undefined;
  }
}

function replyOn(response: ServerResponse, log: string[]): Reply {
  return {
    json(value, status = 200) {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    },
    events() {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      return {
        send(value, name) {
          if (name !== undefined) response.write(`event: ${name}\n`);
          response.write(`data: ${JSON.stringify(value)}\n\n`);
        },
        end(last) {
          response.end(last === undefined ? undefined : `data: ${last}\n\n`);
        },
      };
    },
    note: (line) => log.push(line),
  };
}

export async function serve(answer: Answer): Promise<MockProvider> {
  const log: string[] = [];
  const server = createServer(async (request, response) => {
    const path = (request.url ?? "/").split("?")[0]!;
    answer({ path, body: await readBody(request) }, replyOn(response, log));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** All texts in a value, wherever the protocol hides them. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).join("\n");
  if (typeof value === "object" && value !== null) return Object.values(value).map(textOf).join("\n");
  return "";
}

export function scriptNamed(text: string, scripts: Scripts): Script | undefined {
  const name = /script:([a-z-]+)/.exec(text)?.[1];
  return name === undefined ? undefined : scripts[name];
}

export function listOf(value: unknown, member: string): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null) return [];
  const list = (value as Record<string, unknown>)[member];
  return Array.isArray(list) ? list.filter((item) => typeof item === "object" && item !== null) : [];
}
