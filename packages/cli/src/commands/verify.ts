/**
 * `audit verify`: replays the whole log against chain, head, tree and every checkpoint, and against what the caller kept.
 * `audit verify <file>`: checks any file of ours without a trail.
 */
import { defineCommand } from "../command.js";
import { usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { verifyFile } from "./_verify-file.js";
import { verifyExport, verifyTrail } from "./_verify-trail.js";

export const command = defineCommand({
  about:
    "With a file, checks that file: a proof, multiproof, extension, archive, bundle, export, ledger or checkpoint, or a trail's database; it is recognised by its bytes. Without one, replays the whole log of the trail: every column of every event against its raw key, the chain, the head, the tree rebuilt from the log against every checkpoint, and the stored nodes. Names the first bad sequence and the kind of damage.",
  positionals: { file: { required: false, about: "what to check, or - for stdin; without it, the trail" } },
  options: {
    "known-root": {
      kind: "values",
      hint: "sequence:root",
      about: "a root that you kept: the log up to that sequence must give it",
    },
    signer: {
      kind: "values",
      hint: "key|@file",
      about: "whose anchors are the trail's (default: the configured signing key)",
    },
    "known-checkpoint": { kind: "values", hint: "@file", about: "a checkpoint that you kept (@file, - or JSON)" },
    "network-root": {
      kind: "values",
      hint: "network:root[@time]|@file",
      about: "bundles: a root that the network published, and when",
    },
    root: { kind: "value", hint: "hex", about: "proofs, extensions, archives: the root that you trust" },
    "previous-root": { kind: "value", hint: "hex", about: "extensions, archives: the root before" },
    key: { kind: "value", hint: "hex", about: "proofs: the key that you ask about" },
    value: { kind: "value", hint: "hex", about: "binary proofs: its value" },
    verbose: { kind: "flag", about: "bundles: a line a check, and what it means" },
    from: { kind: "value", hint: "file", about: "an export, and nothing else; the same as audit verify <file>" },
  },
  exits: {
    [EXIT.failed]: "tampered, restarted, rolled back or invalid",
    [EXIT.inconclusive]:
      "a trail with no events; an export with contents without their salts; a file that is consistent, but not all was given to check it against",
    [EXIT.data]: "the file is none that can be checked",
  },
  notes: [
    "Who can write the file can also rebuild it whole. That shows only against something outside: a root or checkpoint that you kept, or an anchor.",
  ],
  examples: [
    ["audit verify bundle.json --signer @signers.json --network-root mainnet:ROOT", "any file of ours, with no trail"],
    ["audit verify --known-root 340:ROOT", "against a root that you wrote down (its 64 hex characters for ROOT)"],
  ],
  async run(args, context, program) {
    const { file, from, ...trusted } = args;
    if (file !== undefined) {
      if (from !== undefined) throw usage("--from and a file are given", "leave out --from");
      return verifyFile(context, file, trusted, program);
    }
    const forFiles = (["root", "previous-root", "key", "value"] as const).find((name) => trusted[name] !== undefined);
    if (forFiles !== undefined) throw usage(`--${forFiles} is for a file, and none is given`, "name the file");
    if (trusted["network-root"].length > 0) throw usage("--network-root is for a bundle", "name its file");
    if (from === undefined) return verifyTrail(context, trusted);
    return verifyExport(context, from, trusted);
  },
});
