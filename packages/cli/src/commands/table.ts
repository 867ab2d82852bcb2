/** Every command, once: its words, what it is for in a line, and where it is. A command's own file is loaded when it runs. */
import type { Command, Entry } from "../command.js";
import type { HookHost } from "../hook/hosts.js";

function entry(group: string, words: string, summary: string, load: () => Promise<{ command: unknown }>): Entry {
  // Each file exports its command with its own argument types; from here on they are all `Command`.
  return { group, words: words.split(" "), summary, load: async () => (await load()).command as Command };
}

async function hookOf(host: HookHost): Promise<{ command: unknown }> {
  const { hookCommand } = await import("./hook-host.js");
  return { command: hookCommand(host) };
}

const RECORD = "Record and look";
const TREE = "Prove";
const ANCHOR = "Anchor";
const OTHER = "Other";

export const TABLE: readonly Entry[] = [
  entry(RECORD, "setup", "be asked, once, for everything below", () => import("./setup.js")),
  entry(RECORD, "init", "make a trail and its configuration", () => import("./init.js")),
  entry(RECORD, "hook install", "have an agent host record itself", () => import("./hook-install.js")),
  entry(RECORD, "hook uninstall", "take the hook out of a host again", () => import("./hook-uninstall.js")),
  entry(RECORD, "hook claude-code", "what Claude Code runs: one payload from stdin", () => hookOf("claude-code")),
  entry(RECORD, "hook codex", "what Codex runs: one payload from stdin", () => hookOf("codex")),
  entry(RECORD, "ingest", "take in events of a host, from a file or stdin", () => import("./ingest.js")),
  entry(RECORD, "list", "recent events", () => import("./list.js")),
  entry(RECORD, "show", "one event, with its leaves", () => import("./show.js")),
  entry(RECORD, "status", "the trail on one screen", () => import("./status.js")),
  entry(RECORD, "verify", "replay the whole log and name what was tampered with", () => import("./verify.js")),
  entry(RECORD, "recover", "take a restarted, damaged or rolled-back trail into service", () => import("./recover.js")),
  entry(RECORD, "due", "what has to be done regularly; what a timer runs", () => import("./due.js")),
  entry(RECORD, "reconcile", "calls that the trail or the host's own ledger lacks", () => import("./reconcile.js")),
  entry(RECORD, "export", "the events, for an auditor or a spreadsheet", () => import("./export.js")),
  entry(RECORD, "erase", "destroy what an event or a session said; proofs stay", () => import("./erase.js")),
  entry(RECORD, "retention status", "rules, holds, and what a run would prune", () => import("./retention-status.js")),
  entry(RECORD, "retention run", "prune what the rules let go", () => import("./retention-run.js")),
  entry(RECORD, "retention hold", "keep a session or a range from being erased", () => import("./retention-hold.js")),
  entry(RECORD, "retention release", "end a hold", () => import("./retention-release.js")),
  entry(TREE, "smt root", "the root that commits to every event so far", () => import("./smt-root.js")),
  entry(TREE, "smt trees", "the tree's size, versions and epochs", () => import("./smt-trees.js")),
  entry(TREE, "smt proof", "prove that a leaf is in the tree, or that it is not", () => import("./smt-proof.js")),
  entry(TREE, "smt verify", "check a proof", () => import("./smt-verify.js")),
  entry(TREE, "smt chain", "a session's leaves in order, none missing", () => import("./smt-chain.js")),
  entry(TREE, "smt prove-session", "one proof of a session's whole chain", () => import("./smt-prove-session.js")),
  entry(TREE, "smt extend", "prove that a later root holds all of an earlier one", () => import("./smt-extend.js")),
  entry(TREE, "smt freeze", "close ended epochs, archive them, reclaim space", () => import("./smt-freeze.js")),
  entry(TREE, "smt verify-archive", "check an archive of an epoch", () => import("./smt-verify-archive.js")),
  entry(TREE, "smt rebuild", "the tree anew from the log", () => import("./smt-rebuild.js")),
  entry(TREE, "checkpoint export", "what an auditor keeps", () => import("./checkpoint-export.js")),
  entry(TREE, "bundle", "evidence of one event, for a stranger", () => import("./bundle.js")),
  entry(TREE, "bundle verify", "check an evidence bundle, offline", () => import("./bundle-verify.js")),
  entry(ANCHOR, "anchor now", "sign what waits, send what is signed", () => import("./anchor-now.js")),
  entry(ANCHOR, "anchor sign", "sign what is due; send nothing", () => import("./anchor-sign.js")),
  entry(ANCHOR, "anchor status", "key, place, queue, breaker, alarms", () => import("./anchor-status.js")),
  entry(ANCHOR, "anchor list", "every anchor statement and what became of it", () => import("./anchor-list.js")),
  entry(ANCHOR, "anchor check", "look accepted anchors up on the network", () => import("./anchor-check.js")),
  entry(ANCHOR, "anchor watch", "sign, send and look up until stopped", () => import("./anchor-watch.js")),
  entry(ANCHOR, "anchor resign", "a new statement for a rejected one", () => import("./anchor-resign.js")),
  entry(ANCHOR, "keygen", "make a signing key", () => import("./keygen.js")),
  entry(ANCHOR, "key signers", "the public keys, for whoever checks bundles", () => import("./key-signers.js")),
  entry(ANCHOR, "key rotate", "sign with another key from now on", () => import("./key-rotate.js")),
  entry(ANCHOR, "key revoke", "for a key that others may have", () => import("./key-revoke.js")),
  entry(OTHER, "info", "what a file of ours is and what it claims", () => import("./info.js")),
  entry(OTHER, "demo", "the whole story in a temporary trail, offline", () => import("./demo.js")),
  entry(OTHER, "completion", "completion for bash, zsh or fish", () => import("./completion.js")),
  entry(OTHER, "help", "help on a command, exit codes, environment or formats", () => import("./help.js")),
];
