// The part of OpenClaw's plugin interface that is used here (2026.9; all of it is marked experimental). Types only.

import type { CommandLike } from "./command.js";

export interface PluginApi {
  /** "full", "discovery" (a second copy in the gateway), "cli-metadata" and others. */
  readonly registrationMode?: string;
  readonly pluginConfig?: unknown;
  /** The host's whole configuration, tokens included: single settings are read from it and nothing kept. */
  readonly config?: unknown;
  readonly logger?: { warn(text: string): void; info(text: string): void };
  on(hook: string, handler: (event: unknown, ctx: unknown) => unknown, options?: { priority?: number }): void;
  registerService?(service: { id: string; start(ctx: unknown): void; stop?(ctx: unknown): Promise<void> }): void;
  registerCli?(
    registrar: (host: { program: CommandLike }) => void,
    options: { descriptors: readonly { name: string; description: string; hasSubcommands: boolean }[] },
  ): void;
  readonly lifecycle?: {
    registerRuntimeLifecycle?(lifecycle: { id: string; cleanup(why: { reason?: string }): Promise<void> }): void;
  };
}

/** What `before_tool_call` may answer. */
export type ToolCallAnswer =
  | { block: true; blockReason: string }
  | { requireApproval: { title: string; description: string; severity: "warning" } };
