/** Changing the signing key: a statement signed by both keys goes on record, and the new key's file into the configuration. */
import { dirname, relative, resolve } from "node:path";
import { signingKey } from "../anchoring.js";
import { changedConfig, configPath } from "../config.js";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { writeOutFile } from "../outfile.js";
import { columns, count } from "../text.js";

export async function changeKey(
  context: Context,
  kind: "rotation" | "revocation",
  newKeyFile: string,
  wantedVersion: number | undefined,
): Promise<number> {
  const file = resolve(context.io.cwd, newKeyFile);
  return withTrail(context, {}, async (trail) => {
    const { readKeyFile } = await import("@sealtrail/anchor");
    const { signKeyChange } = await import("@sealtrail/anchor/keys");
    const old = await signingKey(context);
    if (!old) throw new CliError("no-key", EXIT.missing, "there is no signing key to change", "audit keygen makes one");
    const fresh = readKeyFile(file);
    if (fresh.signerId === old.signerId)
      throw new CliError("same-key", EXIT.usage, "that is the key in use", "make another one with audit keygen FILE");
    const next = (trail.status().tree.checkpoint?.version ?? 0) + 1;
    const fromVersion = wantedVersion ?? next;
    if (fromVersion > next)
      throw new CliError("usage", EXIT.usage, `version ${fromVersion} is not made yet`, `the next one is ${next}`);
    const signed = signKeyChange({ tree: trail.genesis.tree, kind, fromVersion }, old.privateKey, fresh.privateKey);
    trail.record("system.key_changed", {
      description: `signing key: ${kind} from version ${fromVersion}`,
      metadata: JSON.parse(JSON.stringify(signed)),
    });
    const inConfig = relative(dirname(context.db), file);
    const name = inConfig.startsWith("..") ? file : inConfig;
    writeOutFile(context.io, configPath(context.db), changedConfig(context.db, { signingKeyFile: name }), {
      mode: 0o600,
    });
    const fromEnvironment = context.io.env.SEALTRAIL_SIGNING_KEY || context.io.env.SEALTRAIL_SIGNING_KEY_FILE;
    if (fromEnvironment)
      await context.warn(
        "the environment still names the old key: change SEALTRAIL_SIGNING_KEY or SEALTRAIL_SIGNING_KEY_FILE",
      );
    const { oldKey, newKey } = signed.change;
    if (context.json) await context.object({ kind, oldKey, newKey, fromVersion, signingKeyFile: file });
    else {
      await context.lines([
        `${context.color.bold(kind)}: on record, signed by both keys`,
        ...columns([
          [
            "  old key",
            `${oldKey}, ${fromVersion === 1 ? "for no version any more" : `up to version ${count(fromVersion - 1)}`}`,
          ],
          ["  new key", `${newKey}, from version ${count(fromVersion)}`],
        ]),
        "",
        "give the new list to whoever checks bundles: audit key signers --out signers.json",
      ]);
    }
    return EXIT.ok;
  });
}
