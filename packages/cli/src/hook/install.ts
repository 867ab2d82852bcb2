/** Installing a hook: the launcher, the host's settings, and the event that says so. `hook install` and `setup` share it. */
import { dirname, join } from "node:path";
import type { Context } from "../context.js";
import { type Recorded, recordOwn } from "../system-event.js";
import { hookCommandLine } from "./command-line.js";
import { HOST_SETTINGS, type HookHost } from "./hosts.js";
import { launcherFile, ownTargets, writeLauncher } from "./launcher.js";
import { type Scope, settingsFile } from "./scopes.js";
import { LAUNCHER_NAME } from "./settings.js";
import { type Change, isChange, type Plan, planInstall, planUninstall } from "./settings-file.js";

export interface InstallPlan extends Plan {
  readonly launcher: string;
  /** Writes launcher and settings, then records it. */
  run(): Promise<Recorded | "unchanged">;
}

/** Where others than this user run the host, the launcher stands beside the managed settings. */
function launcherOf(context: Context, host: HookHost, scope: Scope): string {
  if (scope !== "managed") return launcherFile(context.io.home);
  return join(dirname(settingsFile(host, scope, context.io)), LAUNCHER_NAME);
}

function said(change: Change, host: HookHost, scope: Scope) {
  return { host, scope, path: change.path, added: change.added.length, removed: change.removed.length };
}

/** @param db the trail that the hook names; undefined leaves it to whoever runs the host. Throws CliError `npx-cache`. */
export function installPlan(context: Context, host: HookHost, scope: Scope, db: string | undefined): InstallPlan {
  const targets = ownTargets();
  const launcher = launcherOf(context, host, scope);
  const path = settingsFile(host, scope, context.io);
  const plan = planInstall(context, host, path, hookCommandLine(launcher, host, db));
  return {
    ...plan,
    launcher,
    async run() {
      writeLauncher(context.io, launcher, targets);
      plan.save();
      if (!isChange(plan.change)) return "unchanged";
      const description = `${HOST_SETTINGS[host].name}: the hook was installed in its ${scope} settings`;
      const metadata = { ...said(plan.change, host, scope), launcher, program: targets.program, node: targets.node };
      return recordOwn(context, { type: "system.hook_installed", description, metadata });
    },
  };
}

export interface UninstallPlan extends Plan {
  run(): Promise<Recorded | "unchanged">;
  /** Records that an installation was asked for and not done. */
  refuse(): Promise<Recorded>;
}

export function uninstallPlan(context: Context, host: HookHost, scope: Scope): UninstallPlan {
  const { name } = HOST_SETTINGS[host];
  const plan = planUninstall(context, host, settingsFile(host, scope, context.io));
  const record = (type: `system.${string}`, description: string) =>
    recordOwn(context, { type, description, metadata: said(plan.change, host, scope) });
  return {
    ...plan,
    async run() {
      plan.save();
      if (!isChange(plan.change)) return "unchanged";
      return record("system.hook_removed", `${name}: the hook was taken out of its ${scope} settings`);
    },
    refuse: () =>
      record(
        "system.hook_removal_refused",
        `${name}: hook uninstall was asked for without --yes and without a terminal: nothing was removed`,
      ),
  };
}
