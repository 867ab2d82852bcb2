/** Opening the trail that the command line names. */

import { existsSync, statSync } from "node:fs";
import type { Trail } from "@sealtrail/trail";
import type { Context } from "./context.js";
import { CliError, toCliError } from "./errors.js";
import { EXIT } from "./exit.js";
import { whatIs } from "./recognise.js";

export function noTrail(context: Context): CliError {
  return new CliError(
    "no-trail",
    EXIT.missing,
    `no trail at ${context.db}`,
    "make one with audit init, or name one with --db",
  );
}

export interface OpenOptions {
  /** Never writes, not even to catch up. */
  readonly readOnly?: boolean;
  /** Every append flushed to disk, whatever the configuration says. */
  readonly durable?: boolean;
}

/** Before the first write: a trail that is being begun anew is not to be touched, one that was left half-way is finished. */
export async function settleTrail(context: Context): Promise<void> {
  if (!existsSync(`${context.db}.restart`)) return;
  const { settleRestart } = await import("@sealtrail/trail/open");
  if (settleRestart(context.db)) return;
  throw new CliError("locked", EXIT.retryLater, "the trail is being begun anew", "try again in a minute");
}

export async function openTrail(context: Context, options: OpenOptions = {}): Promise<Trail> {
  if (options.readOnly !== true) await settleTrail(context);
  const there = statSync(context.db, { throwIfNoEntry: false });
  if (!there) throw noTrail(context);
  if (there.isDirectory())
    throw new CliError("is-folder", EXIT.missing, `${context.db} is a folder`, "name the trail's file in it");
  const { Trail } = await import("@sealtrail/trail/open");
  const open = (): Trail =>
    Trail.open(context.db, {
      readOnly: options.readOnly === true,
      durable: options.durable === true || context.config.durable === true,
      clock: () => context.io.now(),
      ...(context.config.maxTreeSize === undefined ? {} : { maxTreeSize: context.config.maxTreeSize }),
    });
  let trail: Trail;
  try {
    trail = open();
  } catch (error) {
    throw await orOtherFile(context, error);
  }
  if (context.tree !== undefined && context.tree !== trail.genesis.tree) {
    trail.close();
    throw new CliError(
      "tree-id-mismatch",
      EXIT.missing,
      `this trail's tree is ${trail.genesis.tree}, not ${context.tree}`,
      "drop --tree, or choose another --db",
    );
  }
  return trail;
}

/** The error for a file that is no trail, with what the file is, where that is known. */
async function orOtherFile(context: Context, error: unknown): Promise<unknown> {
  if (toCliError(error).code !== "not-a-trail") return error;
  const other = await whatIs(context.io, context.db);
  if (other === undefined || other.format === "sqlite" || other.format === "trail") return error;
  return new CliError("not-a-trail", EXIT.data, `${context.db} is no trail, but ${other.what}`, other.check, {
    cause: error,
  });
}

/** Opens, works, closes, whatever happens. */
export async function withTrail<T>(
  context: Context,
  options: OpenOptions,
  work: (trail: Trail) => Promise<T>,
): Promise<T> {
  const trail = await openTrail(context, options);
  try {
    return await work(trail);
  } finally {
    trail.close();
  }
}
