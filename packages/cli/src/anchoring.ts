/** Anchoring as it is configured: key, place, rules. Loaded only by commands that anchor or speak of it. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { AnchorSigner, DigitalEvidenceClient, NetworkName, Outbox, SigningKey, Target } from "@sealtrail/anchor";
import type { Payment } from "@sealtrail/anchor/outbox";
import type { AnchorPolicy } from "@sealtrail/anchor/policy";
import type { Trail } from "@sealtrail/trail";
import { anchorPolicyOf } from "./anchor-policy.js";
import { ANCHORS, type Anchor } from "./config.js";
import type { Context } from "./context.js";
import { CliError, usage } from "./errors.js";
import { EXIT } from "./exit.js";
import { systemEvent } from "./system-event.js";

/** A file that the configuration names, from the configuration's own folder. */
function besideTrail(context: Context, name: string): string {
  return resolve(dirname(context.db), name);
}

export function defaultKeyFile(context: Context): string {
  return join(dirname(context.db), "signing.key");
}

export function ledgerFile(context: Context): string {
  return besideTrail(context, context.config.ledgerFile ?? "ledger.jsonl");
}

/** The same, for writing. Throws CliError where the configuration names the database, a key or another file of the trail. */
async function writableLedger(context: Context): Promise<string> {
  const path = ledgerFile(context);
  const { ledgerFile: _, ...config } = context.config;
  const { isOwnFile } = await import("@sealtrail/trail/log");
  if (path === besideTrail(context, "ledger.jsonl") || !isOwnFile(path, context.db, config)) return path;
  throw new CliError(
    "config",
    EXIT.data,
    `ledgerFile names ${path}, which is another file of the trail`,
    "name another",
  );
}

/** The signing key: environment, configuration, `signing.key` beside the trail. None: nothing is ever signed. */
export async function signingKey(context: Context): Promise<SigningKey | undefined> {
  const { loadKey, SIGNING_KEY } = await import("@sealtrail/anchor");
  const named = context.config.signingKeyFile;
  const usual = defaultKeyFile(context);
  const file = named !== undefined ? besideTrail(context, named) : existsSync(usual) ? usual : undefined;
  return loadKey({ variable: SIGNING_KEY, file }, context.io.env);
}

/** The same signer with the key that is configured at this moment: `audit key rotate` may have changed it since. */
export async function signerNow(context: Context, signer: AnchorSigner): Promise<AnchorSigner> {
  context.readConfigAgain();
  const key = await signingKey(context);
  return key === undefined ? signer : { ...signer, privateKey: key.privateKey };
}

export type AnchorPlan =
  | { readonly on: false; readonly why: string; readonly hint: string }
  | { readonly on: true; readonly anchor: Exclude<Anchor, "off">; readonly key: SigningKey };

/** Whether anchoring is on, and where to; looks at files, touches no network. */
export async function anchorPlan(context: Context): Promise<AnchorPlan> {
  const anchor = (context.config.anchor ?? "ledger") as Anchor;
  if (anchor === "off") return { on: false, why: "anchoring is off by configuration", hint: "audit setup turns it on" };
  const key = await signingKey(context);
  if (key) return { on: true, anchor, key };
  return {
    on: false,
    why: "anchoring is off: there is no signing key",
    hint: "audit keygen makes one, and the ledger file is used at once",
  };
}

function apiKeyOf(context: Context): string | undefined {
  const { env } = context.io;
  if (env.SEALTRAIL_API_KEY) return headerText(env.SEALTRAIL_API_KEY, "SEALTRAIL_API_KEY");
  const file = env.SEALTRAIL_API_KEY_FILE || context.config.apiKeyFile;
  if (file === undefined) return undefined;
  const path = besideTrail(context, file);
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new CliError("key-too-open", EXIT.permission, `${path} can be read by others`, `run chmod 600 ${path}`);
  }
  if (!statSync(path).isFile() && !path.startsWith("/dev/fd/"))
    throw new CliError("config", EXIT.data, `${path} is no regular file`, "name the file that holds the API key");
  return headerText(readFileSync(path, "utf8").trim(), path);
}

/** An API key goes into a header. What is wrong with it is said, the key never. */
function headerText(key: string, from: string): string {
  if (/^[\x21-\x7e]{1,512}$/.test(key)) return key;
  throw new CliError("bad-key", EXIT.data, `${from} holds no API key`, "it is printable ASCII without blanks");
}

async function paymentOf(context: Context, environment: NetworkName): Promise<Payment | undefined> {
  const { walletKeyFile, paymentTo, paymentMaxPerPayment, paymentMaxPerDay, paymentMaxPerStatement } = context.config;
  if (paymentTo === undefined || paymentMaxPerPayment === undefined || paymentMaxPerDay === undefined) return undefined;
  const { loadKey } = await import("@sealtrail/anchor");
  const { WALLET_KEY, WalletPayment } = await import("@sealtrail/anchor/x402");
  const file = walletKeyFile === undefined ? undefined : besideTrail(context, walletKeyFile);
  const wallet = loadKey({ variable: WALLET_KEY, file }, context.io.env);
  if (!wallet) return undefined;
  const policy = {
    environment,
    payTo: paymentTo,
    maxPerPayment: paymentMaxPerPayment,
    maxPerDay: paymentMaxPerDay,
    ...(paymentMaxPerStatement === undefined ? {} : { maxPerStatement: paymentMaxPerStatement }),
  };
  try {
    return new WalletPayment(policy, wallet.privateKey);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new CliError(
      "config",
      EXIT.data,
      `the payment settings are not right: ${what}`,
      "mend config.json, or run audit setup",
    );
  }
}

export interface Anchoring {
  readonly outbox: Outbox;
  readonly signer: AnchorSigner;
  readonly target: Target;
  readonly policy: AnchorPolicy;
  readonly key: SigningKey;
}

/** Everything that signing and sending need; asks the network who we are where the configuration does not say. */
export async function anchoringOf(context: Context, trail: Trail, plan: AnchorPlan & { on: true }): Promise<Anchoring> {
  const anchor = await import("@sealtrail/anchor");
  const clock = () => context.io.now();
  const outbox = new anchor.Outbox(trail, { clock, random: (n) => context.io.random(n) });
  const policy = anchorPolicyOf(context.config);
  const { key } = plan;
  const { privateKey } = key;
  if (plan.anchor === "ledger") {
    const ledger = new anchor.Ledger(await writableLedger(context), { clock });
    return { outbox, policy, key, signer: { privateKey, target: "ledger" }, target: { network: "ledger", ledger } };
  }
  const network = plan.anchor;
  const apiKey = apiKeyOf(context);
  const payment = apiKey === undefined ? await paymentOf(context, network) : undefined;
  if (apiKey === undefined && payment === undefined) {
    throw new CliError(
      "no-account",
      EXIT.permission,
      `there is neither an API key nor a wallet for ${network}`,
      "give SEALTRAIL_API_KEY, or run audit setup",
    );
  }
  if (payment && payment.address === (await import("@sealtrail/anchor/x402")).walletAddress(privateKey)) {
    throw new CliError(
      "one-key",
      EXIT.data,
      "the wallet key is the signing key",
      "use two keys: the signing key must not hold money",
    );
  }
  let baseUrl: string;
  try {
    baseUrl = anchor.networkUrl(network, context.io.env);
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error), "mend the environment");
  }
  const client = new anchor.DigitalEvidenceClient({ baseUrl, clock, ...(apiKey === undefined ? {} : { apiKey }) });
  const identity = (await knownIdentity(context, outbox, network, payment)) ?? (await askedIdentity(client));
  return {
    outbox,
    policy,
    key,
    signer: { privateKey, target: network, ...identity },
    target: { network, client, ...(payment === undefined ? {} : { payment }) },
  };
}

type Identity = { readonly orgId?: string; readonly tenantId?: string };

/** Whose account a statement names, as far as it is known here: configuration, wallet, or what was signed before. */
async function knownIdentity(
  context: Context,
  outbox: Outbox,
  network: NetworkName,
  payment: Payment | undefined,
): Promise<Identity | undefined> {
  const { isUuid } = await import("@sealtrail/verify/signing");
  const { orgId, tenantId } = context.config;
  for (const [name, id] of Object.entries({ orgId, tenantId }))
    if (id !== undefined && !isUuid(id))
      throw new CliError(
        "config",
        EXIT.data,
        `${name} in config.json is no UUID`,
        "write it in lower case, or remove it",
      );
  if (orgId !== undefined && tenantId !== undefined) return { orgId, tenantId };
  if (payment) {
    const { walletIdentity } = await import("@sealtrail/anchor/x402");
    return walletIdentity(payment.address);
  }
  const { parseStatement } = await import("@sealtrail/anchor/outbox");
  const [last] = outbox.rows({ target: network, last: 1 });
  const content = last && parseStatement(last)?.content;
  return content && { orgId: content.orgId, tenantId: content.tenantId };
}

/** Whose the API key is, by the network's own word. */
export async function askedIdentity(client: DigitalEvidenceClient): Promise<Required<Identity>> {
  const answer = await client.whoami();
  if (answer.ok) return answer.value;
  throw new CliError(
    "network",
    EXIT.retryLater,
    `the network does not say whose the API key is: ${answer.message}`,
    "try again later, or set orgId and tenantId in config.json",
  );
}

/** What signing alone needs: no address, no account's key, no network. */
export async function signingOf(
  context: Context,
  trail: Trail,
  plan: AnchorPlan & { on: true },
): Promise<Pick<Anchoring, "outbox" | "policy" | "signer">> {
  const { Outbox } = await import("@sealtrail/anchor");
  const outbox = new Outbox(trail, { clock: () => context.io.now(), random: (n) => context.io.random(n) });
  const policy = anchorPolicyOf(context.config);
  const { privateKey } = plan.key;
  if (plan.anchor === "ledger") return { outbox, policy, signer: { privateKey, target: "ledger" } };
  const payment = apiKeyOf(context) === undefined ? await paymentOf(context, plan.anchor) : undefined;
  const identity = await knownIdentity(context, outbox, plan.anchor, payment);
  if (identity) return { outbox, policy, signer: { privateKey, target: plan.anchor, ...identity } };
  throw new CliError(
    "no-identity",
    EXIT.retryLater,
    "it is not known yet whose the account is",
    "run audit anchor now once, or audit setup",
  );
}

/** What nobody was told yet (a first success, a rejection, an alarm) goes on record and to stderr, once. */
export async function tellReports(context: Context, trail: Trail, outbox: Outbox): Promise<void> {
  for (const report of outbox.unacknowledged()) {
    if (!outbox.acknowledge(report.id)) continue;
    const { kind, version, message } = report;
    // The message may hold text from the network.
    const metadata = { kind, message, ...(version === null ? {} : { version }) };
    trail.append([await systemEvent(context, { type: "system.anchor", description: `anchoring: ${kind}`, metadata })]);
    if (kind === "first-success") await context.note(message);
    else await context.warn(message);
  }
}

export function isAnchor(text: string): text is Anchor {
  return (ANCHORS as readonly string[]).includes(text);
}
