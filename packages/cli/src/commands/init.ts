/** `audit init`: makes the trail and the configuration beside it; says what is on and what is off. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { defineCommand } from "../command.js";
import { CONFIG_FORMAT, type Config, configPath, loadConfig } from "../config.js";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { settleTrail } from "../open.js";
import { makeFolders, writeOutFile } from "../outfile.js";
import { columns, localTimeZone } from "../text.js";
import { span } from "../values.js";

interface State {
  readonly name: string;
  readonly on: boolean;
  readonly about: string;
}

/** What protects, what does not, and how to change it. */
export function settingsOf(config: Config): State[] {
  const flag = (name: keyof Config, on: string, off: string): State => {
    const set = config[name] === true;
    return { name, on: set, about: set ? on : off };
  };
  return [
    { name: "redaction", on: true, about: "secrets are masked before the first write" },
    flag(
      "redactPromptText",
      "prompts and answers are kept as sealed hashes only",
      "prompts and answers are kept, redacted",
    ),
    flag("redactToolArgs", "tool arguments are kept as sealed hashes only", "tool arguments are kept, redacted"),
    flag("redactToolResults", "tool results are kept as sealed hashes only", "tool results are kept, redacted"),
    flag(
      "durable",
      "every append survives power loss",
      "an append survives a crash; power loss may take the last ones",
    ),
  ];
}

/**
 * Trees that the ledger file beside the new trail has statements about, a hundred at most. Signatures are not checked here;
 * `verify` does that.
 */
async function treesInLedger(context: Context): Promise<Set<string>> {
  const trees = new Set<string>();
  const { ledgerFile } = await import("../anchoring.js");
  const ledger = ledgerFile(context);
  if (!existsSync(ledger)) return trees;
  const { readLedger } = await import("@sealtrail/anchor/audit");
  const { parseDocumentId } = await import("@sealtrail/verify/statement");
  for (const { entry } of readLedger(ledger)) {
    const tree = entry && parseDocumentId(entry.statement.content.documentId)?.tree;
    if (tree !== undefined && trees.size < 100) trees.add(tree);
  }
  return trees;
}

export const command = defineCommand({
  about: "Makes an empty trail (its folder with mode 0700, its file with 0600) and config.json beside it.",
  positionals: {},
  options: {
    epoch: { kind: "value", hint: "span", about: "length of an epoch, fixed for ever (default 1h)" },
    "user-id": { kind: "value", hint: "id", about: "recorded as userId with every event" },
    durable: { kind: "flag", about: "flush every append to disk" },
    "redact-prompt-text": { kind: "flag", about: "keep prompts and answers only as sealed hashes" },
    "redact-tool-args": { kind: "flag", about: "keep tool arguments only as sealed hashes" },
    "redact-tool-results": { kind: "flag", about: "keep tool results only as sealed hashes" },
  },
  exits: {
    [EXIT.exists]: "there is a trail already; nothing was changed",
    [EXIT.retryLater]: "another process is beginning the trail anew",
  },
  examples: [["audit init", "make ~/.sealtrail/audit.db"]],
  async run(args, context) {
    const { db } = context;
    const epoch = args.epoch === undefined ? undefined : span(args.epoch, "--epoch");
    if (epoch === 0) throw new CliError("usage", EXIT.usage, "--epoch is no time at all", "write it like --epoch 1h");
    const found = configPath(db);
    const keep = existsSync(found);
    const chosen: { -readonly [K in keyof Config]: Config[K] } = {};
    if (args["user-id"] !== undefined) chosen.userId = args["user-id"];
    if (args.durable) chosen.durable = true;
    if (args["redact-prompt-text"]) chosen.redactPromptText = true;
    if (args["redact-tool-args"]) chosen.redactToolArgs = true;
    if (args["redact-tool-results"]) chosen.redactToolResults = true;
    // A new trail that a dead process had ready for the place of a damaged one: making another would drop what it says.
    await settleTrail(context);
    const isEmpty = statSync(db, { throwIfNoEntry: false })?.size === 0;
    if (isEmpty && (statSync(`${db}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
      throw new CliError(
        "wal-left",
        EXIT.exists,
        `${db} is empty, but ${basename(db)}-wal beside it is not: a trail stood there`,
        "audit recover --accept keeps both and begins anew",
      );
    }
    if (existsSync(db) && !isEmpty)
      throw new CliError("exists", EXIT.exists, `there is a trail at ${db}`, "go on with it, or choose another --db");
    if (keep && Object.keys(chosen).length > 0) {
      throw new CliError(
        "exists",
        EXIT.exists,
        `${found} exists`,
        "change it there, or move it away; nothing was made",
      );
    }
    const config = keep ? loadConfig(db) : chosen;
    const { Trail } = await import("@sealtrail/trail");
    makeFolders(dirname(db), 0o700);
    const trail = Trail.create(db, {
      clock: () => context.io.now(),
      random: (n) => context.io.random(n),
      ...(epoch === undefined ? {} : { epochDurationMs: epoch }),
    });
    const { genesis } = trail;
    trail.close();
    for (const tree of await treesInLedger(context)) {
      await context.warn(
        `the ledger file holds statements about tree ${tree}: a trail that stood here, or one that shares the ledger. This is another trail, and audit verify reports that`,
      );
    }
    if (!keep) {
      const text = `${JSON.stringify({ format: CONFIG_FORMAT, ...chosen }, null, 2)}\n`;
      writeOutFile(context.io, found, text, { mode: 0o600 });
    }
    const settings = settingsOf(config);
    if (context.json) {
      await context.object({
        db,
        config: found,
        tree: genesis.tree,
        createdAt: genesis.createdAt,
        epochDurationMs: genesis.epochDurationMs,
        settings,
      });
      return EXIT.ok;
    }
    const { bold, green, dim } = context.color;
    await context.lines([
      `${bold("made")} ${db}`,
      `  tree     ${genesis.tree}`,
      `  created  ${localTimeZone(genesis.createdAt)}`,
      `  config   ${found}${keep ? " (was there, kept)" : ""}`,
      "",
      ...columns(settings.map((s) => [`  ${s.on ? green("on ") : dim("off")}`, s.name, s.about])),
      "",
      "next: audit ingest <source> <file>, or audit demo for the whole story",
    ]);
    return EXIT.ok;
  },
});
