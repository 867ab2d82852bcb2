/** `audit setup`: trail, redaction, key, anchoring, hooks and timer, in one go. Every answer is also a flag. */
import { existsSync, readFileSync, statSync, unlinkSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { anchorPolicyOf } from "../anchor-policy.js";
import { anchoringOf, anchorPlan, askedIdentity, defaultKeyFile, isAnchor } from "../anchoring.js";
import { defineCommand } from "../command.js";
import { ANCHORS, changedConfig, configPath } from "../config.js";
import { canAsk } from "../confirm.js";
import { Context } from "../context.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { HOST_SETTINGS, isHookHost } from "../hook/hosts.js";
import { installPlan } from "../hook/install.js";
import { ownTargets } from "../hook/launcher.js";
import type { Change } from "../hook/settings-file.js";
import { withTrail } from "../open.js";
import { makeFolders, writeOutFile } from "../outfile.js";
import { type Answers, asked, type Given, SETUP_HOSTS, type SetupHost, unasked } from "../setup/answers.js";
import type { Installed } from "../setup/openclaw.js";
import { TIMERS, type TimerKind, timerOf } from "../setup/timer.js";
import { clean } from "../text.js";
import { whole } from "../values.js";
import { command as status } from "./status.js";

/** Organisation and tenant; `anew`: asked of the network itself, whatever was signed for another account before. And whether the key is good. */
async function account(context: Context, anew: boolean): Promise<{ orgId?: string; tenantId?: string }> {
  const plan = await anchorPlan(context);
  if (!plan.on || plan.anchor === "ledger") return {};
  return withTrail(context, {}, async (trail) => {
    const { signer, target } = await anchoringOf(context, trail, plan);
    if (anew && target.network !== "ledger" && target.client.hasApiKey) return askedIdentity(target.client);
    const { orgId, tenantId } = signer;
    return orgId === undefined || tenantId === undefined ? {} : { orgId, tenantId };
  });
}

async function makeKey(context: Context, answers: Answers): Promise<{ file: string; publicKey: string } | undefined> {
  const file = defaultKeyFile(context);
  if (answers.anchor === "off" || answers.signingKeyFile !== undefined || existsSync(file)) return undefined;
  if (context.io.env.SEALTRAIL_SIGNING_KEY || context.io.env.SEALTRAIL_SIGNING_KEY_FILE) return undefined;
  const { generateKeyFile } = await import("@sealtrail/anchor");
  return { file, publicKey: generateKeyFile(file, (n) => context.io.random(n)).signerId };
}

function hooksFrom(hosts: readonly string[]): SetupHost[] | undefined {
  if (hosts.length === 0) return undefined;
  const known = hosts.filter((host) => host !== "none");
  return known.map((host) => {
    const found = SETUP_HOSTS.find((one) => one === host);
    if (found !== undefined) return found;
    throw usage(`--hook cannot be ${JSON.stringify(host)}`, `it is one of ${SETUP_HOSTS.join(", ")}, or none`);
  });
}

/** A threshold for anchoring. */
function threshold(name: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : whole(text, `--${name}`, 1);
}

async function openclaw(context: Context, plugin: string | undefined): Promise<Installed> {
  const { hostCommand, installPlugin } = await import("../setup/openclaw.js");
  const run = hostCommand(context.io.env, context.io.cwd);
  return installPlugin(context, run, { plugin, program: ownTargets().program });
}

/** Better now than by a timer that nobody looks at. */
function checkLedger(context: Context, name: string): void {
  const path = resolve(dirname(context.db), name);
  const folder = dirname(path);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw usage(`the ledger file ${path} is a folder`, "name a file in it");
  const beside = folder === dirname(context.db);
  if (!beside && !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new CliError("no-folder", EXIT.missing, `there is no folder ${folder} for the ledger file`, "make it first");
}

export const command = defineCommand({
  about:
    "Sets everything up: the trail, what is sealed, the signing key, where roots are anchored, agent hooks, a timer. It asks on a terminal; each answer is also a flag, and with --yes (or without a terminal) nothing is asked.",
  positionals: {},
  options: {
    "user-id": { kind: "value", hint: "id", about: "recorded as userId" },
    "redact-prompt-text": { kind: "flag", about: "keep prompts and answers only as sealed hashes" },
    "redact-tool-args": { kind: "flag", about: "keep tool arguments only as sealed hashes" },
    "redact-tool-results": { kind: "flag", about: "keep tool results only as sealed hashes" },
    durable: { kind: "flag", about: "flush every append to disk" },
    anchor: { kind: "value", hint: "where", about: "where roots are anchored", choices: ANCHORS },
    "ledger-file": { kind: "value", hint: "file", about: "the ledger file, better on another mount" },
    "signing-key-file": { kind: "value", hint: "file", about: "an existing signing key (default: one is made)" },
    "api-key-file": { kind: "value", hint: "file", about: "a file with the network's API key" },
    "wallet-key-file": { kind: "value", hint: "file", about: "pays per request, where there is no account" },
    "payment-to": { kind: "value", hint: "address", about: "the recipient, confirmed by giving it here" },
    "max-per-payment": { kind: "value", hint: "units", about: "cap of one payment, in atomic units" },
    "max-per-day": { kind: "value", hint: "units", about: "cap of a day, in atomic units" },
    hook: { kind: "values", hint: "host", about: "record this agent: claude-code, codex, openclaw; none for none" },
    "openclaw-plugin": {
      kind: "value",
      hint: "file",
      about: "a tarball or folder of the OpenClaw plugin (default: @sealtrail/openclaw of npm)",
    },
    "anchor-every-events": { kind: "value", hint: "n", about: "an anchor is due after so many events" },
    "anchor-every-seconds": { kind: "value", hint: "n", about: "or so long after the oldest event without one" },
    "anchor-timer-min-events": { kind: "value", hint: "n", about: "if so many events wait by then" },
    timer: { kind: "value", hint: "kind", about: "what runs audit due every 5 minutes", choices: TIMERS },
    yes: { kind: "flag", about: "ask nothing: flags, what is configured, defaults" },
  },
  exits: {
    [EXIT.retryLater]: "the network could not be asked whose the API key is; the rest is done",
    [EXIT.interrupted]: "stopped while it asked; nothing was changed",
  },
  notes: [
    "Keys come from files or the environment, never from the command line. Without a key that you name, one is made beside the trail and said so.",
  ],
  examples: [
    ["audit setup", "be asked"],
    ["audit setup --yes --hook openclaw", "an OpenClaw gateway on this machine"],
    ["audit setup --yes --anchor ledger --ledger-file /mnt/audit/ledger.jsonl --hook claude-code", "for a script"],
  ],
  async run(args, context, program) {
    if (args.anchor !== undefined && !isAnchor(args.anchor)) throw usage("--anchor is not right", ANCHORS.join(", "));
    // In config.json a relative name counts from its own folder; on the command line from the reader's.
    const file = (name: string | undefined) => (name === undefined ? undefined : resolve(context.io.cwd, name));
    const flag = (on: boolean) => (on ? true : undefined);
    const given: Given = {
      userId: args["user-id"],
      redactPromptText: flag(args["redact-prompt-text"]),
      redactToolArgs: flag(args["redact-tool-args"]),
      redactToolResults: flag(args["redact-tool-results"]),
      durable: flag(args.durable),
      anchor: args.anchor,
      ledgerFile: file(args["ledger-file"]),
      signingKeyFile: file(args["signing-key-file"]),
      apiKeyFile: file(args["api-key-file"]),
      walletKeyFile: file(args["wallet-key-file"]),
      paymentTo: args["payment-to"],
      paymentMaxPerPayment: args["max-per-payment"],
      paymentMaxPerDay: args["max-per-day"],
      anchorEveryEvents: threshold("anchor-every-events", args["anchor-every-events"]),
      anchorEverySeconds: threshold("anchor-every-seconds", args["anchor-every-seconds"]),
      anchorTimerMinEvents: threshold("anchor-timer-min-events", args["anchor-timer-min-events"]),
      hooks: hooksFrom(args.hook),
      timer: args.timer as TimerKind | undefined,
    };
    const { io } = context;
    const answers =
      canAsk(context) && !args.yes ? await asked(context, given, process.platform) : unasked(given, context.config);

    if (answers.anchor === "ledger" && answers.ledgerFile !== undefined) checkLedger(context, answers.ledgerFile);
    const { anchor, apiKeyFile, walletKeyFile } = context.config;
    // Another network or credential is another account: what was known of the old one must not be signed for it.
    const anew =
      answers.anchor !== anchor || answers.apiKeyFile !== apiKeyFile || answers.walletKeyFile !== walletKeyFile;

    // Checked before anything is written: a hook or timer that points into npm's cache would stop working.
    if (answers.hooks.length > 0 || answers.timer !== "none") ownTargets();
    const created = !existsSync(context.db);
    if (created) {
      const { Trail } = await import("@sealtrail/trail");
      makeFolders(dirname(context.db), 0o700);
      Trail.create(context.db, { clock: () => io.now(), random: (n) => io.random(n) }).close();
    }
    const { hooks: hosts, timer: kind, ...settings } = answers;
    const hooks = hosts.filter((host) => isHookHost(host));
    const withOpenclaw = hosts.includes("openclaw");
    // A gateway writes all day, so the anchoring thresholds are written into the configuration, where an operator finds them.
    const { everyEvents, everyMs, timerMinEvents } = anchorPolicyOf(settings);
    const thresholds = withOpenclaw
      ? {
          anchorEveryEvents: everyEvents,
          anchorEverySeconds: everyMs / 1000,
          anchorTimerMinEvents: timerMinEvents,
        }
      : {};
    const on = (value: boolean) => (value ? true : undefined);
    const config = {
      ...settings,
      ...thresholds,
      durable: on(settings.durable),
      redactPromptText: on(settings.redactPromptText),
      redactToolArgs: on(settings.redactToolArgs),
      redactToolResults: on(settings.redactToolResults),
      ...(anew ? { orgId: undefined, tenantId: undefined } : {}),
    };
    const path = configPath(context.db);
    const before = existsSync(path) ? readFileSync(path) : undefined;
    writeOutFile(io, path, changedConfig(context.db, config), { mode: 0o600 });
    const key = await makeKey(context, answers);
    // Read anew: the configuration has changed.
    const fresh = new Context(io, { db: context.db, json: context.json, quiet: context.quiet }, context.paint);
    let unreachable: CliError | undefined;
    try {
      const { orgId, tenantId } = await account(fresh, anew);
      if (orgId !== undefined) writeOutFile(io, path, changedConfig(context.db, { orgId, tenantId }), { mode: 0o600 });
    } catch (error) {
      if (!(error instanceof CliError) || error.exit !== EXIT.retryLater) {
        // A setting is wrong: nothing of this run shall stay in force.
        if (before === undefined) unlinkSync(path);
        else writeOutFile(io, path, before, { mode: 0o600 });
        throw error;
      }
      unreachable = error;
    }
    const changed: Change[] = [];
    for (const host of hooks) {
      const plan = installPlan(context, host, "user", context.db);
      await plan.run();
      changed.push(plan.change);
    }
    const plugin = withOpenclaw ? await openclaw(context, file(args["openclaw-plugin"])) : undefined;
    const timer = timerOf(kind, { home: io.home, configHome: io.env.XDG_CONFIG_HOME }, context.db);
    for (const [file, text] of timer?.files ?? []) {
      makeFolders(dirname(file), 0o755);
      writeOutFile(io, file, text, { mode: 0o644 });
    }
    if (unreachable) throw unreachable;

    const files = timer?.files.map(([file]) => file) ?? [];
    if (context.json) {
      await context.object({
        db: context.db,
        created,
        config: path,
        anchor: answers.anchor,
        madeKey: key ?? null,
        hooks: hooks.map((host, i) => ({ host, settings: changed[i]!.path })),
        openclaw: plugin ?? null,
        timer: timer ? { kind, files, start: timer.start } : null,
      });
      return EXIT.ok;
    }
    const { bold } = context.color;
    await context.lines([
      `${bold(created ? "made" : "kept")} ${context.db}`,
      `${bold("wrote")} ${path}`,
      ...(key ? [`${bold("made")} a signing key: ${key.file}`, `  public key ${key.publicKey}`] : []),
      ...changed.map((change) => `${bold("hook in")} ${clean(change.path)}`),
      ...hooks.flatMap((host) =>
        HOST_SETTINGS[host].afterwards === undefined ? [] : [`  ${HOST_SETTINGS[host].afterwards}`],
      ),
      ...(plugin === undefined
        ? []
        : [
            `${bold("plugin in")} OpenClaw ${plugin.version}: ${clean(plugin.plugin)}`,
            ...plugin.settings.map((setting) => `  set ${setting}`),
          ]),
      ...files.map((file) => `${bold("wrote")} ${file}`),
      ...(timer ? [`  to start it: ${timer.start}`] : []),
      "",
    ]);
    const shown = new Context(io, { db: context.db, json: false, quiet: context.quiet }, context.paint);
    await status.run({}, shown, program);
    return EXIT.ok;
  },
});
