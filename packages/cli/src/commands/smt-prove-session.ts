/** `audit smt prove-session <sessionId>`: one proof of all leaves of a session's chain, or several where it is very long. */
import type { Multiproof } from "@sealtrail/smt";
import { defineCommand } from "../command.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { openOutFile, refuseOwnFile } from "../outfile.js";
import { clean, columns, count, plural, toJson } from "../text.js";
import { sessionNamed } from "./_filters.js";
import { isTooNew, noChain } from "./smt-chain.js";
import { NOT_CURRENT } from "./smt-root.js";

/** The format's limit of keys (formats.md, section 3), and what a verifier takes as one file (its opening). */
const KEYS_A_PROOF = 20_000;
const BYTES_A_PROOF = 16 * 1024 * 1024;

/** Proofs of these keys in their order: as few as stay within both limits. */
export function proofsWithin<K>(
  keys: readonly K[],
  prove: (keys: readonly K[]) => Multiproof,
  limits: { keys: number; bytes: number },
): Multiproof[] {
  const proofs: Multiproof[] = [];
  for (let from = 0, most = limits.keys; from < keys.length; ) {
    const some = keys.slice(from, from + most);
    const proof = prove(some);
    if (some.length > 1 && toJson(proof).length > limits.bytes) {
      most = Math.ceil(some.length / 2);
      continue;
    }
    proofs.push(proof);
    from += some.length;
  }
  return proofs;
}

/** `chain.json`, `chain.2.json`, ... */
function nameOf(out: string, part: number): string {
  if (part === 0) return out;
  const dot = out.lastIndexOf(".");
  const at = dot > out.lastIndexOf("/") + 1 ? dot : out.length;
  return `${out.slice(0, at)}.${part + 1}${out.slice(at)}`;
}

export const command = defineCommand({
  about:
    "Proves all raw leaves of a session's chain under one root, and says up to which event nothing is missing. Over 20,000 leaves, or 16 MiB, it makes several proofs.",
  positionals: { session: { required: true, about: "the session's id, or as much of its beginning as no other has" } },
  options: {
    source: { kind: "value", hint: "source", about: "the host, where two used the same id" },
    out: { kind: "value", hint: "file", about: "write it there; further ones to file.2, file.3, ..." },
  },
  exits: {
    [EXIT.failed]: "the chain is broken; no proof is made",
    [EXIT.missing]: "no such session, or none of it could be checkpointed",
  },
  notes: [
    "The proof shows the leaves. That they are one chain shows in their records, which audit smt chain --json lists: each hashes to its leaf's value and names its predecessor.",
    "That no event follows, or that there is no fork, takes a replay of the log: audit verify.",
  ],
  examples: [
    ["audit smt prove-session agent:main:main --out session.json", "check it: audit smt verify --proof @session.json"],
  ],
  async run(args, context) {
    return withTrail(context, {}, async (trail) => {
      const current = trail.checkpoint();
      const session = await sessionNamed(context, trail, args.session);
      const chains = trail.sessionChain(session).filter((c) => args.source === undefined || c.source === args.source);
      const [chain] = chains;
      if (!chain || !current || chains.every(isTooNew)) throw noChain(trail, session, args.source);
      if (!current.current) await context.warn(`old: ${NOT_CURRENT}`);
      if (chains.length > 1)
        throw usage(`${chains.map((c) => c.source).join(" and ")} both used this id`, "choose one with --source");
      const { verdict } = chain;
      if (!verdict.ok) {
        const at = verdict.sequence === undefined ? "" : ` at sequence ${verdict.sequence}`;
        throw new CliError(verdict.code, EXIT.failed, `the chain is broken${at}: ${verdict.code}`, "run audit verify");
      }
      const at = { version: chain.checkpoint.version };
      const proofs = proofsWithin(
        chain.links.map((link) => Buffer.from(link.key, "hex")),
        (keys) => trail.proveMany(keys, { at })!.multiproof,
        { keys: KEYS_A_PROOF, bytes: BYTES_A_PROOF },
      );
      const last = chain.links.at(-1)!.event;
      const complete = `complete to ${verdict.completeTo} (event ${count(last.sequence)}) at ${chain.checkpoint.root}`;
      if (args.out !== undefined && args.out !== "-") {
        for (const i of proofs.keys()) await refuseOwnFile(context.io, nameOf(args.out, i), context.db);
        const files = proofs.map((_, i) => openOutFile(context.io, nameOf(args.out!, i)));
        try {
          files.forEach((file, i) => {
            file.write(`${toJson(proofs[i])}\n`);
          });
          for (const file of files) file.commit();
        } catch (error) {
          for (const file of files) file.abandon();
          throw error;
        }
        await context.note(`wrote ${proofs.map((_, i) => nameOf(args.out!, i)).join(", ")}`);
        await context.note(complete);
        return EXIT.ok;
      }
      if (context.json || args.out === "-") {
        for (const proof of proofs) await context.object(proof);
        await context.note(complete);
        return EXIT.ok;
      }
      await context.lines([
        `${context.color.bold(clean(session))} (${clean(chain.source)})`,
        ...columns([
          ["  leaves", `${count(chain.links.length)} in ${plural(proofs.length, "proof")}`],
          ["  nodes", count(proofs.reduce((sum, p) => sum + p.nodes.length, 0))],
        ]),
        `  ${complete}`,
      ]);
      await context.note("the proof itself: --json, or --out FILE");
      return EXIT.ok;
    });
  },
});
