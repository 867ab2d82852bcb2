/** The answers of the wizard: from flags, else asked for on a terminal, else what stands in the configuration, else a default. */
import { anchorPolicyOf } from "../anchor-policy.js";
import type { Anchor, Config } from "../config.js";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { HOOK_HOSTS, HOST_SETTINGS, type HookHost } from "../hook/hosts.js";
import { OPENCLAW } from "./openclaw.js";
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
  readonly walletKeyFile: string | undefined;
  /** The recipient, confirmed here once and pinned. */
  readonly paymentTo: string | undefined;
  readonly paymentMaxPerPayment: string | undefined;
  readonly paymentMaxPerDay: string | undefined;
  readonly anchorEveryEvents: number | undefined;
  readonly anchorEverySeconds: number | undefined;
  readonly anchorTimerMinEvents: number | undefined;
  readonly hooks: readonly SetupHost[];
  readonly timer: TimerKind;
}

/** Hosts with settings of their own for hooks, and the one that takes a plugin. */
export type SetupHost = HookHost | "openclaw";
export const SETUP_HOSTS: readonly SetupHost[] = [...HOOK_HOSTS, "openclaw"];

/** What flags said; absent: not said. */
export type Given = { readonly [K in keyof Answers]?: Answers[K] | undefined };

/** Questions are no data: they go to stderr. */
const output = process.stderr;

function taken<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer !== "symbol") return answer as Exclude<T, symbol>;
  throw new CliError("stopped", EXIT.interrupted, "stopped", "nothing was changed");
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
    walletKeyFile: given.walletKeyFile ?? config.walletKeyFile,
    paymentTo: given.paymentTo ?? config.paymentTo,
    paymentMaxPerPayment: given.paymentMaxPerPayment ?? config.paymentMaxPerPayment,
    paymentMaxPerDay: given.paymentMaxPerDay ?? config.paymentMaxPerDay,
    anchorEveryEvents: given.anchorEveryEvents ?? config.anchorEveryEvents,
    anchorEverySeconds: given.anchorEverySeconds ?? config.anchorEverySeconds,
    anchorTimerMinEvents: given.anchorTimerMinEvents ?? config.anchorTimerMinEvents,
    hooks: given.hooks ?? [],
    timer: given.timer ?? "none",
  };
}

type Account = Pick<
  Answers,
  "apiKeyFile" | "walletKeyFile" | "paymentTo" | "paymentMaxPerPayment" | "paymentMaxPerDay"
>;

/** An account's key, or a wallet with caps; the recipient is confirmed here and nowhere else. */
async function askAccount(usual: Answers): Promise<Partial<Account>> {
  const { confirm, select, text } = await import("@clack/prompts");
  const how = taken(
    await select({
      output,
      message: "How does the network know you?",
      initialValue: usual.walletKeyFile === undefined ? ("key" as const) : ("wallet" as const),
      options: [
        { value: "key" as const, label: "by an API key" },
        { value: "wallet" as const, label: "not at all: pay per request from a wallet" },
      ],
    }),
  );
  const asked = async (message: string, initialValue: string, form: RegExp) =>
    taken(
      await text({
        output,
        message,
        initialValue,
        validate: (value) => (form.test(value ?? "") ? undefined : "That does not look right."),
      }),
    );
  if (how === "key") {
    const apiKeyFile = await asked("A file (mode 0600) that holds the API key", usual.apiKeyFile ?? "api.key", /./);
    return { apiKeyFile };
  }
  const walletKeyFile = await asked(
    "A file (mode 0600) with the wallet's key, never the signing key",
    usual.walletKeyFile ?? "wallet.key",
    /./,
  );
  const paymentTo = await asked(
    "The recipient's address, as the network publishes it",
    usual.paymentTo ?? "",
    /^0x[0-9a-fA-F]{40}$/,
  );
  const paymentMaxPerPayment = await asked(
    "The most that one payment may be, in atomic units",
    usual.paymentMaxPerPayment ?? "",
    /^[1-9]\d{0,30}$/,
  );
  const paymentMaxPerDay = await asked(
    "The most that a day may cost, in atomic units",
    usual.paymentMaxPerDay ?? "",
    /^[1-9]\d{0,30}$/,
  );
  const sure = taken(
    await confirm({
      output,
      message: `Pay at most ${paymentMaxPerPayment} at a time and ${paymentMaxPerDay} a day, to ${paymentTo} only?`,
      initialValue: false,
    }),
  );
  if (!sure) throw new CliError("stopped", EXIT.interrupted, "stopped", "nothing was changed");
  return { walletKeyFile, paymentTo, paymentMaxPerPayment, paymentMaxPerDay };
}

/** The anchoring thresholds for a busy gateway that no flag has set. */
async function askThresholds(given: Given, usual: Answers): Promise<Partial<Answers>> {
  const { text } = await import("@clack/prompts");
  const { everyEvents, everyMs, timerMinEvents } = anchorPolicyOf(usual);
  const asked = async (message: string, initial: number) =>
    Number(
      taken(
        await text({
          output,
          message,
          initialValue: `${initial}`,
          validate: (value) => (/^[1-9]\d{0,8}$/.test(value ?? "") ? undefined : "A whole number from 1, please."),
        }),
      ),
    );
  return {
    anchorEveryEvents: given.anchorEveryEvents ?? (await asked("Anchor after so many events", everyEvents)),
    anchorEverySeconds: given.anchorEverySeconds ?? (await asked("or after so many seconds", everyMs / 1000)),
    anchorTimerMinEvents:
      given.anchorTimerMinEvents ?? (await asked("if there are so many events then", timerMinEvents)),
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
  const unpaid =
    given.apiKeyFile === undefined && given.walletKeyFile === undefined && !context.io.env.SEALTRAIL_API_KEY;
  const account = onNetwork && unpaid ? await askAccount(usual) : {};
  const hooks =
    given.hooks ??
    taken(
      await multiselect<SetupHost>({
        output,
        message: "Which agents on this machine are recorded?",
        options: SETUP_HOSTS.map((value) => ({
          value,
          label: value === "openclaw" ? OPENCLAW.name : HOST_SETTINGS[value].name,
        })),
        required: false,
      }),
    );
  const thresholds = anchor !== "off" && hooks.includes("openclaw") ? await askThresholds(given, usual) : {};
  const likely = usualTimer(platform);
  const timer =
    given.timer ??
    taken(
      await select<TimerKind>({
        output,
        message: "Write a timer that runs audit due every 5 minutes? Hooks never send, compare or prune.",
        initialValue: likely,
        options: [
          { value: likely, label: `yes, ${likely}` },
          ...(likely === "cron" ? [] : [{ value: "cron" as const, label: "yes, cron" }]),
          { value: "none", label: "no" },
        ],
      }),
    );
  return {
    ...usual,
    userId: userId === "" ? undefined : userId,
    redactPromptText: sealed.includes("redactPromptText"),
    redactToolArgs: sealed.includes("redactToolArgs"),
    redactToolResults: sealed.includes("redactToolResults"),
    anchor,
    ledgerFile: ledgerFile === "ledger.jsonl" ? undefined : ledgerFile,
    ...account,
    ...thresholds,
    hooks,
    timer,
  };
}
