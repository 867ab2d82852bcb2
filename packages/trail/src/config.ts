/**
 * The configuration file: `config.json` beside the trail. Flags and the environment come before it, defaults after.
 * Loads nothing else, because every hook reads it. An unknown or wrong member is refused: a misspelt setting must not
 * silently weaken what is recorded. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */

import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

export const CONFIG_FORMAT = "sealtrail-config/1";

interface SettingShapes {
  flag: boolean;
  text: string;
  texts: readonly string[];
  number: number;
}

/** Every setting, once: what it may hold and what it is for (`audit help environment` prints it). */
export const SETTINGS = {
  userId: { kind: "text", about: "recorded as userId (before SEALTRAIL_USER_ID and USER)" },
  durable: { kind: "flag", about: "flush every append to disk: survives power loss, costs speed" },
  redactPromptText: { kind: "flag", about: "keep prompts and answers only as sealed hashes" },
  redactToolArgs: { kind: "flag", about: "keep tool arguments only as sealed hashes" },
  redactToolResults: { kind: "flag", about: "keep tool results only as sealed hashes" },
  redactPatterns: {
    kind: "texts",
    about: "more regular expressions of what is secret, in the syntax of RE2: without lookaround and back references",
  },
  ratePerSecond: { kind: "number", about: "of live input so many events a second are written one by one (100)" },
  rateBuffer: { kind: "number", about: "and so many wait before they stand together in one (10000)" },
  maxTreeSize: { kind: "number", about: "leaves that the tree may hold, two an event; the log goes on (no limit)" },
  sink: { kind: "text", about: "a JSON Lines file that gets every event once more, for a SIEM to tail" },
  sinkFormat: { kind: "text", about: "its shape: ndjson (the default), ocsf or otel" },
  anchor: { kind: "text", about: "where to: off, ledger (the default with a key), mainnet, integration or test" },
  signingKeyFile: { kind: "text", about: "the signing key's file (default signing.key beside the trail)" },
  ledgerFile: {
    kind: "text",
    about:
      "the ledger file (default ledger.jsonl beside the trail); better on another mount. Another file gets all statements with the next anchor",
  },
  apiKeyFile: { kind: "text", about: "a file with the network's API key (or SEALTRAIL_API_KEY)" },
  orgId: { kind: "text", about: "the account's organisation (looked up where it is not given)" },
  tenantId: { kind: "text", about: "the account's tenant (looked up where it is not given)" },
  anchorEveryEvents: { kind: "number", about: "an anchor is due after so many events (100)" },
  anchorEverySeconds: { kind: "number", about: "or so long after the oldest event without one (300)" },
  anchorTimerMinEvents: {
    kind: "number",
    about: "if so many events wait by then (1); after maxAnchorDelaySeconds fewer will do",
  },
  maxAnchorDelaySeconds: { kind: "number", about: "overdue, and status unhealthy, after so long (3600)" },
  pruneAfterEpochs: {
    kind: "number",
    about: "audit anchor now freezes epochs that ended so many epochs ago (24; 0: never)",
  },
  retentionMaxAgeDays: { kind: "number", about: "audit retention run prunes what is older" },
  retentionMaxBytes: { kind: "number", about: "and the oldest until the file holds no more than this" },
  retentionFloorDays: {
    kind: "number",
    about: "but nothing younger, whatever the rules say (183); less is refused: only `--insecure-floor` says that",
  },
  walletKeyFile: { kind: "text", about: "pays per request without an account; never the signing key" },
  paymentTo: { kind: "text", about: "the recipient that you confirmed" },
  paymentMaxPerPayment: { kind: "text", about: "cap in atomic units; without both caps nothing is paid" },
  paymentMaxPerStatement: {
    kind: "text",
    about: "cap of all payments that one statement was part of, in atomic units (three times paymentMaxPerPayment)",
  },
  paymentMaxPerDay: { kind: "text", about: "cap a day, in atomic units" },
} as const satisfies Record<string, { kind: keyof SettingShapes; about: string }>;

export const ANCHORS = ["off", "ledger", "mainnet", "integration", "test"] as const;
export type Anchor = (typeof ANCHORS)[number];

export type Config = { readonly [K in keyof typeof SETTINGS]?: SettingShapes[(typeof SETTINGS)[K]["kind"]] };

export function configPath(db: string): string {
  return join(dirname(db), "config.json");
}

/** `message` names the file and says what is wrong with it. */
export class ConfigError extends Error {
  readonly hint: string;
  /** The name of a setting that does not exist. */
  readonly unknown: string | undefined;
  constructor(path: string, what: string, hint: string, unknown?: string) {
    super(`${path}: ${what}`);
    this.name = "ConfigError";
    this.hint = hint;
    this.unknown = unknown;
  }
}

function fits(value: unknown, kind: keyof SettingShapes): boolean {
  if (kind === "flag") return typeof value === "boolean";
  if (kind === "text") return typeof value === "string" && value.length > 0;
  if (kind === "number") return typeof value === "number" && Number.isFinite(value) && value >= 0;
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

const WANTED: Record<keyof SettingShapes, string> = {
  flag: "true or false",
  text: "a text",
  number: "a number",
  texts: "a list of texts",
};

/** Throws ConfigError. */
export function parseConfig(text: string, path: string): Config {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigError(path, "not JSON", "mend it, or move it away to run with the defaults");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigError(path, "not a JSON object", `write {"format": "${CONFIG_FORMAT}"}`);
  }
  const config: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(value)) {
    if (name === "format") {
      if (setting !== CONFIG_FORMAT)
        throw new ConfigError(path, "another format", `this program reads ${CONFIG_FORMAT}`);
      continue;
    }
    if (!Object.hasOwn(SETTINGS, name)) {
      throw new ConfigError(path, `unknown setting ${JSON.stringify(name)}`, "remove it", name);
    }
    const { kind } = SETTINGS[name as keyof typeof SETTINGS];
    if (!fits(setting, kind)) throw new ConfigError(path, `${name} is not right`, `it takes ${WANTED[kind]}`);
    if (name === "anchor" && !ANCHORS.includes(setting as Anchor)) {
      throw new ConfigError(path, "anchor is not right", `it is one of ${ANCHORS.join(", ")}`);
    }
    config[name] = setting;
  }
  return config as Config;
}

const mostBytes = 1 << 20;

/** No settings where there is no file. Throws ConfigError, and what the file system throws. */
export function readConfig(db: string): Config {
  const path = configPath(db);
  let text: string;
  try {
    const there = statSync(path);
    // A pipe would hold up every hook.
    if (!there.isFile() || there.size > mostBytes) {
      throw new ConfigError(path, "no regular file, or a far too long one", "put it aside");
    }
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return {};
    throw error;
  }
  return parseConfig(text, path);
}
