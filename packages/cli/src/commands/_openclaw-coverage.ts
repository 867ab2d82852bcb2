/** What OpenClaw's plugin cannot see, and whether it may run, by the host's own configuration. Part of `audit status`. */
import { join } from "node:path";
import { seenOf } from "@sealtrail/trail/marker";
import type { Context } from "../context.js";
import { hostFiles, openclawState } from "../hook/host-files.js";
import { textOf } from "../hook/switches.js";
import type { Problem } from "./_coverage.js";

export interface OpenclawCoverage {
  readonly problems: readonly Problem[];
  readonly notCovered: readonly string[];
  /** The host does not give prompts and answers to the plugin. */
  readonly conversationOff: boolean;
}

/** A host writes its session file before the plugin gets the event, and the model may take this long in between. */
const slackMs = 15 * 60_000;

/** Returns nothing where the plugin was never installed. */
export function openclawCoverage(context: Context): OpenclawCoverage {
  const problems: Problem[] = [];
  const notCovered: string[] = [];
  const seen = seenOf(context.db, "openclaw");
  const path = context.io.env.OPENCLAW_CONFIG_PATH || join(openclawState(context.io), "openclaw.json");
  const text = textOf(path);
  const names = text?.includes("sealtrail") === true;
  let conversationOff = false;
  if (seen === undefined && !names) return { problems, notCovered, conversationOff };
  const wrong = (code: string, what: string, hint: string) => problems.push({ code, what: `OpenClaw: ${what}`, hint });
  if (seen !== undefined && !names)
    wrong("plugin-removed", `the plugin recorded until ${seen.lastAt} and is no longer in ${path}`, "install it again");
  notCovered.push("OpenClaw: openclaw agent exec runs without plugins' hooks: nothing of it is recorded");
  if (names) {
    try {
      const config: unknown = JSON.parse(text ?? "");
      const plugins = at(config, "plugins");
      const [allow, deny] = [at(plugins, "allow"), at(plugins, "deny")];
      if (at(plugins, "enabled") === false)
        wrong("plugin-off", `all plugins are switched off in ${path}`, "set plugins.enabled to true");
      else if (at(plugins, "entries", "sealtrail", "enabled") === false)
        wrong("plugin-off", `the plugin is switched off in ${path}`, "openclaw plugins enable sealtrail");
      else if (Array.isArray(deny) && deny.includes("sealtrail"))
        wrong("plugin-off", `plugins.deny in ${path} names the plugin`, "remove it there");
      else if (Array.isArray(allow) && allow.length > 0 && !allow.includes("sealtrail"))
        wrong("plugin-off", `plugins.allow in ${path} leaves the plugin out`, "add sealtrail there");
      if (at(plugins, "entries", "sealtrail", "hooks", "allowConversationAccess") !== true) {
        conversationOff = true;
        notCovered.push(
          "OpenClaw: prompts and answers: openclaw config set plugins.entries.sealtrail.hooks.allowConversationAccess true",
        );
      }
    } catch {
      notCovered.push(`OpenClaw: ${path} is not plain JSON, so its grants were not checked`);
    }
  }
  if (seen !== undefined) {
    const { env, home, cwd } = context.io;
    const newest = hostFiles("openclaw", { env, home, cwd }, Date.parse(seen.lastAt) + slackMs).at(-1);
    if (newest !== undefined) {
      const written = `${newest.path} was written ${new Date(newest.at).toISOString()}`;
      wrong(
        "host-silent",
        `the plugin last recorded ${seen.lastAt}, and ${written}`,
        "openclaw plugins list; audit reconcile openclaw",
      );
    }
  }
  return { problems, notCovered, conversationOff };
}

function at(value: unknown, ...names: string[]): unknown {
  let found = value;
  for (const name of names) {
    found = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[name] : undefined;
  }
  return found;
}
