/** The check of an extension proof, without a trail: `audit verify <file>` and `audit smt extend --verify`. */

import { verifyExtension } from "@sealtrail/smt";
import { parseStrict } from "@sealtrail/smt/formats";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { INPUT_LIMIT, readEvidence } from "../input.js";
import { hash } from "../values.js";
import { checkKind } from "./_wrong-file.js";

/** The shortest node in JSON, ["inner"] or ["empty"] and a comma: so many fit into a proof at most. */
const BYTES_A_NODE = 10;

export interface Roots {
  readonly root: string | undefined;
  readonly previousRoot: string | undefined;
}

/** `argument` is JSON, `@file` or `-`. Roots that the caller does not give are taken from the proof, and the verdict says so. */
export async function verifyExtensionFile(
  context: Context,
  argument: string,
  { root, previousRoot }: Roots,
  limit = INPUT_LIMIT,
): Promise<number> {
  const bytes = await readEvidence(context.io, argument, limit);
  const strict = parseStrict(bytes, { limits: { bytes: limit } });
  const claims = strict.ok ? (strict.value as { oldRoot?: unknown; newRoot?: unknown } | null) : null;
  const rootOf = (given: string | undefined, option: string, claimed: unknown) =>
    given !== undefined
      ? hash(given, option)
      : typeof claimed === "string" && /^[0-9a-f]{64}$/.test(claimed)
        ? claimed
        : "0".repeat(64);
  const older = rootOf(previousRoot, "--previous-root", claims?.oldRoot);
  const newer = rootOf(root, "--root", claims?.newRoot);
  const roots = { oldRoot: Buffer.from(older, "hex"), newRoot: Buffer.from(newer, "hex") };
  const limits = limit > INPUT_LIMIT ? { limits: { nodes: Math.ceil(limit / BYTES_A_NODE) } } : {};
  const verdict = strict.ok ? verifyExtension(strict.value, { ...roots, ...limits }) : strict;
  if (!verdict.ok) await checkKind("extension", bytes, argument);
  const notChecked = [
    ...(previousRoot === undefined ? ["the earlier root: the file's own was taken. Give --previous-root"] : []),
    ...(root === undefined ? ["the later root: the file's own was taken. Give --root"] : []),
    "when, or in which order, the new leaves were made",
  ];
  const isWhole = root !== undefined && previousRoot !== undefined;
  const exit = !verdict.ok ? EXIT.failed : isWhole ? EXIT.ok : EXIT.inconclusive;
  if (context.json) {
    await context.object({
      ok: verdict.ok,
      code: verdict.ok ? null : verdict.code,
      oldRoot: older,
      newRoot: newer,
      notChecked: verdict.ok ? notChecked : [],
    });
    return exit;
  }
  const { bold, green, red, yellow } = context.color;
  if (!verdict.ok) {
    await context.line(`${bold(red("not valid"))}: ${verdict.code}`);
    return exit;
  }
  await context.lines([
    isWhole
      ? `${bold(green("valid"))}: everything under the first root stands under the second, unchanged`
      : `${bold(yellow("consistent"))}, but not both roots were given to check it against`,
    ...notChecked.map((text) => `  not checked: ${text}`),
  ]);
  return exit;
}
