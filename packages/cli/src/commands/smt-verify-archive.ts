/** `audit smt verify-archive <file>`: an archived epoch, without the database; read as a stream, of any size. */
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { columns, count } from "../text.js";
import { hash } from "../values.js";
import { checkKind } from "./_wrong-file.js";

interface Roots {
  readonly root: string;
  readonly previousRoot: string;
}

/** The roots that the header names: what is compared when the caller gives none. */
async function claimedRoots(header: Uint8Array | undefined): Promise<Roots | undefined> {
  const { parseStrict } = await import("@sealtrail/smt/formats");
  const parsed = parseStrict(header ?? new Uint8Array(0));
  if (!parsed.ok || typeof parsed.value !== "object" || parsed.value === null || Array.isArray(parsed.value)) {
    return undefined;
  }
  const { root, previousRoot } = parsed.value;
  const isHash = (v: unknown): v is string => typeof v === "string" && /^[0-9a-f]{64}$/.test(v);
  return isHash(root) && isHash(previousRoot) ? { root, previousRoot } : undefined;
}

/** The first line, and all of them once more: the input may be a pipe. */
async function peeked(
  lines: AsyncGenerator<Uint8Array>,
): Promise<{ first: Uint8Array | undefined; all: AsyncGenerator<Uint8Array> }> {
  const { value, done } = await lines.next();
  const first = done ? undefined : value;
  async function* all() {
    if (first !== undefined) yield first;
    yield* lines;
  }
  return { first, all: all() };
}

export const command = defineCommand({
  about:
    "Checks an archive of an epoch: that its leaves are exactly what was added between the root before and the root after, none left out. Opens no trail.",
  positionals: { file: { required: true, about: "the archive, or - for stdin" } },
  options: {
    root: { kind: "value", hint: "hex", about: "the epoch's sealed root, as you have it from elsewhere" },
    "previous-root": {
      kind: "value",
      hint: "hex",
      about: "the sealed root of the epoch before (64 zeros for the first)",
    },
  },
  exits: {
    [EXIT.failed]: "invalid",
    [EXIT.inconclusive]: "consistent, but not both roots were given to check it against",
    [EXIT.data]: "no archive at all: another kind of file",
  },
  examples: [["audit smt verify-archive epoch-3.jsonl --root ROOT --previous-root ROOT", "as a stranger does it"]],
  async run(args, context) {
    const root = args.root === undefined ? undefined : hash(args.root, "--root");
    const previousRoot =
      args["previous-root"] === undefined ? undefined : hash(args["previous-root"], "--previous-root");
    const { linesOf, verifyArchive } = await import("@sealtrail/smt/archive");
    const { io } = context;
    const { first, all } = await peeked(
      linesOf(args.file === "-" ? io.stdin : createReadStream(resolve(io.cwd, args.file))),
    );
    const claimed = await claimedRoots(first);
    const zeros = "0".repeat(64);
    const verdict = await verifyArchive(all, {
      root: Buffer.from(root ?? claimed?.root ?? zeros, "hex"),
      previousRoot: Buffer.from(previousRoot ?? claimed?.previousRoot ?? zeros, "hex"),
    });
    if (!verdict.ok && verdict.line <= 1) await checkKind("archive", first ?? new Uint8Array(0), args.file);
    const notChecked: string[] = [];
    if (verdict.ok && root === undefined) notChecked.push("the root: the file's own was taken. Give --root");
    if (verdict.ok && previousRoot === undefined)
      notChecked.push("the root before: the file's own was taken. Give --previous-root");
    // An archive that supplies the older root itself can hide a leaf in that tree. The check is complete only where both roots
    // come from elsewhere.
    const isWhole = root !== undefined && previousRoot !== undefined;
    const exit = !verdict.ok ? EXIT.failed : isWhole ? EXIT.ok : EXIT.inconclusive;
    if (context.json) {
      await context.object({
        ...verdict,
        root: root ?? claimed?.root ?? null,
        previousRoot: previousRoot ?? claimed?.previousRoot ?? null,
        notChecked,
      });
      return exit;
    }
    const { bold, green, red, yellow } = context.color;
    if (!verdict.ok) {
      await context.line(
        `${bold(red("not valid"))}: ${verdict.code}${verdict.line > 0 ? ` in line ${count(verdict.line)}` : ""}`,
      );
      return exit;
    }
    await context.lines([
      !isWhole
        ? `${bold(yellow("consistent"))}, but ${root === undefined ? "no root was given to compare with" : "the root before was taken from the archive: leaves may be hidden in it"}`
        : `${bold(green("valid"))}: no leaf between the root before and yours is missing`,
      ...columns([
        ["  tree", verdict.tree],
        ["  epoch", count(verdict.epoch)],
        [
          "  leaves",
          `${count(verdict.leaves)}, sequence ${verdict.firstSequence ?? "none"} to ${verdict.lastSequence ?? "none"}`,
        ],
      ]),
      ...notChecked.map((text) => `  not checked: ${text}`),
    ]);
    return exit;
  },
});
