/** The answers of the wizard: from flags, else asked for on a terminal, else what stands in the configuration, else a default. */
import type { Anchor, Config } from "../config.js";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { HOOK_HOSTS, HOST_SETTINGS, type HookHost } from "../hook/hosts.js";
import { type TimerKind, usualTimer } from "./timer.js";

export interface Answers {
  readonly userId: string | undefined;
  readonly redactPromptText: boolean;
  readonly redactToolArgs: boolean;
  readonly redactToolResults: boolean;
  readonly durable: boolean;
  readonly anchor: Anchor;
  readonly ledgerFile: string | undefined;
  readonly signingKeyFile: string | undefined;
  readonly apiKeyFile: string | undefined;
  readonly hooks: readonly HookHost[];
  readonly timer: TimerKind;
}

/** What flags said; absent: not said. */
export type Given = { readonly [K in keyof Answers]?: Answers[K] | undefined };

/** Questions are no data: they go to stderr. */
const output = process.stderr;

function taken<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer !== "symbol") return answer as Exclude<T, symbol>;
  throw new CliError("stopped", EXIT.stopped, "stopped", "nothing was changed");
}

const REDACTIONS = {
  redactPromptText: "prompts and answers",
  redactToolArgs: "tool arguments",
  redactToolResults: "tool results",
} as const;

/** Without a question: for scripts. */
export function unasked(given: Given, config: Config): Answers {
  const anchor = given.anchor ?? (config.anchor as Anchor | undefined) ?? "ledger";
  return {
    userId: given.userId ?? config.userId,
    redactPromptText: given.redactPromptText ?? config.redactPromptText ?? false,
    redactToolArgs: given.redactToolArgs ?? config.redactToolArgs ?? false,
    redactToolResults: given.redactToolResults ?? config.redactToolResults ?? false,
    durable: given.durable ?? config.durable ?? false,
    anchor,
    ledgerFile: given.ledgerFile ?? config.ledgerFile,
    signingKeyFile: given.signingKeyFile ?? config.signingKeyFile,
    apiKeyFile: given.apiKeyFile ?? config.apiKeyFile,
    hooks: given.hooks ?? [],
    timer: given.timer ?? "none",
  };
}

/** On a terminal: what flags did not say is asked for, with what would be taken otherwise as the first choice. */
export async function asked(context: Context, given: Given, platform: NodeJS.Platform): Promise<Answers> {
  const { intro, multiselect, select, text } = await import("@clack/prompts");
  const usual = unasked(given, context.config);
  intro(`audit setup: ${context.db}`, { output });
  const userId =
    given.userId ??
    taken(
      await text({
        output,
        message: "Who is recorded as userId? (empty: USER)",
        initialValue: usual.userId ?? "",
        defaultValue: "",
      }),
    );
  const redactions = Object.keys(REDACTIONS) as (keyof typeof REDACTIONS)[];
  const sealedNow = redactions.filter((name) => usual[name]);
  const sealed = redactions.some((name) => given[name] !== undefined)
    ? sealedNow
    : taken(
        await multiselect({
          output,
          message: "Secrets are always masked. Keep some only as sealed hashes?",
          options: redactions.map((value) => ({ value, label: REDACTIONS[value] })),
          initialValues: sealedNow,
          required: false,
        }),
      );
  const anchor =
    given.anchor ??
    taken(
      await select<Anchor>({
        output,
        message: "Where are roots anchored?",
        initialValue: usual.anchor,
        options: [
          { value: "ledger", label: "a ledger file", hint: "no account; attests, but proves no time to a stranger" },
          { value: "mainnet", label: "Digital Evidence", hint: "an account, or pay per request" },
          { value: "integration", label: "Digital Evidence, integration network" },
          { value: "off", label: "nowhere", hint: "whoever can write the file can rebuild it unseen" },
        ],
      }),
    );
  const onNetwork = anchor !== "off" && anchor !== "ledger";
  const ledgerFile =
    given.ledgerFile ??
    (anchor === "ledger"
      ? taken(
          await text({
            output,
            message: "The ledger file (better on another mount)",
            initialValue: usual.ledgerFile ?? "ledger.jsonl",
          }),
        )
      : usual.ledgerFile);
  const apiKeyFile =
    given.apiKeyFile ??
    (onNetwork && !context.io.env.SEALTRAIL_API_KEY
      ? taken(
          await text({
            output,
            message: "A file (mode 0600) that holds the API key",
            initialValue: usual.apiKeyFile ?? "api.key",
          }),
        )
      : usual.apiKeyFile);
  const hooks =
    given.hooks ??
    taken(
      await multiselect<HookHost>({
        output,
        message: "Which agents on this machine are recorded?",
        options: HOOK_HOSTS.map((value) => ({ value, label: HOST_SETTINGS[value].name })),
        required: false,
      }),
    );
  const likely = usualTimer(platform);
  const timer =
    given.timer ??
    (anchor === "off"
      ? "none"
      : taken(
          await select<TimerKind>({
            output,
            message: "Hooks never send. Write a timer that runs audit anchor now every 5 minutes?",
            initialValue: likely,
            options: [
              { value: likely, label: `yes, ${likely}` },
              ...(likely === "cron" ? [] : [{ value: "cron" as const, label: "yes, cron" }]),
              { value: "none", label: "no" },
            ],
          }),
        ));
  return {
    ...usual,
    userId: userId === "" ? undefined : userId,
    redactPromptText: sealed.includes("redactPromptText"),
    redactToolArgs: sealed.includes("redactToolArgs"),
    redactToolResults: sealed.includes("redactToolResults"),
    anchor,
    ledgerFile: ledgerFile === "ledger.jsonl" ? undefined : ledgerFile,
    apiKeyFile,
    hooks,
    timer,
  };
}
