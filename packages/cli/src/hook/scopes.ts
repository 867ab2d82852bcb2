/** Where a host's settings stand: the user's own, a project's, and those that an administrator manages. */
import { join } from "node:path";
import { HOST_SETTINGS, type HookHost } from "./hosts.js";

export const SCOPES = ["user", "project", "managed"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Place {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  /** Stands before the folders of managed settings; "" but in tests. */
  readonly root?: string;
  readonly platform?: NodeJS.Platform;
}

/** The folder of the settings that an administrator manages. */
export function managedFolder(host: HookHost, { root = "", platform = process.platform }: Place): string {
  if (host === "codex") return join(root, "/etc/codex");
  return join(root, platform === "darwin" ? "/Library/Application Support/ClaudeCode" : "/etc/claude-code");
}

export function projectFolder(host: HookHost, { cwd }: Place): string {
  return join(cwd, host === "codex" ? ".codex" : ".claude");
}

/** The file that our hook is written into. */
export function settingsFile(host: HookHost, scope: Scope, place: Place): string {
  if (scope === "user") return HOST_SETTINGS[host].settingsPath(place);
  const name = host === "codex" ? "hooks.json" : scope === "managed" ? "managed-settings.json" : "settings.json";
  return join(scope === "managed" ? managedFolder(host, place) : projectFolder(host, place), name);
}
