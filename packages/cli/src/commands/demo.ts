/**
 * `audit demo`: the whole story in a temporary trail, offline. Every step is the real command, run in this process; the
 * events were captured from a real OpenClaw session (a read, a failing command, a blocked one, an unknown tool).
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalNetwork } from "../../demo/network.mjs";
import { defineCommand, type Program } from "../command.js";
import { changedConfig } from "../config.js";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import type { Io } from "../io.js";

const CAPTURE = new URL("../../demo/agent-turn.jsonl", import.meta.url);

interface Step {
  readonly command: string;
  readonly exit: number;
  readonly expected: number;
}

/** A row as an attacker would edit it: one byte of one text, behind the program's back. */
async function changeOneByte(db: string): Promise<{ sequence: number; before: string; after: string }> {
  const { DatabaseSync } = await import("node:sqlite");
  const file = new DatabaseSync(db);
  try {
    const row = file
      .prepare("SELECT sequence, description FROM events WHERE type = 'tool.denied' ORDER BY sequence LIMIT 1")
      .get() as { sequence: number; description: string } | undefined;
    if (!row) throw new Error("the demo's capture has no denied call");
    const { sequence, description: before } = row;
    const last = before.charCodeAt(before.length - 1);
    const after = before.slice(0, -1) + String.fromCharCode(last ^ 1);
    file.prepare("UPDATE events SET description = ? WHERE sequence = ?").run(after, sequence);
    return { sequence, before, after };
  } finally {
    file.close();
  }
}

class Story {
  readonly steps: Step[] = [];
  readonly #context: Context;
  readonly #program: Program;
  readonly #io: Io;
  #heard = "";

  constructor(context: Context, program: Program, folder: string, more: Readonly<Record<string, string>>) {
    this.#context = context;
    this.#program = program;
    const { io } = context;
    const listen = {
      isTerminal: false,
      columns: io.stdout.columns,
      write: (text: string | Uint8Array) => this.#hear(text),
    };
    const env = { ...io.env, SEALTRAIL_DB: join(folder, "audit.db"), ...more };
    this.#io = { ...io, stdout: listen, stderr: listen, env, home: folder, cwd: folder };
  }

  #hear(text: string | Uint8Array): void {
    this.#heard += typeof text === "string" ? text : new TextDecoder().decode(text);
  }

  async tell(text: string): Promise<void> {
    if (!this.#context.json) await this.#context.lines(["", this.#context.color.bold(text)]);
  }

  /** Runs a command, shows it with what it printed, and gives that back. */
  async audit(words: readonly string[], expected: number = EXIT.ok): Promise<string> {
    this.#heard = "";
    const exit = await this.#program.run(words, this.#io);
    const command = `audit ${words.join(" ")}`;
    this.steps.push({ command, exit, expected });
    if (!this.#context.json) {
      const ended = exit === EXIT.ok ? [] : [`  (exit ${exit})`];
      const { color } = this.#context;
      await this.#context.lines([
        color.cyan(`$ ${command}`),
        ...this.#heard
          .trimEnd()
          .split("\n")
          .map((l) => `  ${l}`),
        ...ended,
      ]);
    }
    if (exit !== expected) {
      throw new CliError(
        "demo-failed",
        EXIT.bug,
        `${command} ended with ${exit}, not ${expected}`,
        "report it with what stands above",
      );
    }
    return this.#heard;
  }

  /** The same without showing it: for what the next command needs. */
  async ask<T>(words: readonly string[]): Promise<T> {
    this.#heard = "";
    await this.#program.run([...words, "--json"], this.#io);
    return JSON.parse(this.#heard.split("\n")[0] ?? "") as T;
  }
}

export const command = defineCommand({
  about:
    "Shows what audit does, in seconds and offline: real events in, the root, a proof, an anchored evidence bundle and its check as a stranger does it, one byte changed in the database, and verify naming it. Touches nothing of yours: the trail is temporary.",
  positionals: {},
  options: {},
  exits: { [EXIT.bug]: "a step did not end as it should" },
  examples: [["audit demo", "see it"]],
  async run(_args, context, program) {
    const folder = mkdtempSync(join(tmpdir(), "audit-demo-"));
    const { LocalNetwork } = await import("../../demo/network.mjs");
    const network = await LocalNetwork.start();
    try {
      copyFileSync(CAPTURE, join(folder, "agent-turn.jsonl"));
      const surroundings = {
        DE_TEST_URL: network.url,
        SEALTRAIL_API_KEY: "local-key",
        SEALTRAIL_SIGNING_KEY: "",
        SEALTRAIL_SIGNING_KEY_FILE: "",
      };
      const tampered = await tell(new Story(context, program, folder, surroundings), context, folder, network);
      if (context.json) await context.object({ ok: true, tampered: tampered.changed, steps: tampered.steps });
      return EXIT.ok;
    } finally {
      await network.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

async function tell(story: Story, context: Context, folder: string, network: LocalNetwork) {
  await story.tell("1. A trail, and a captured agent session into it");
  await story.audit(["init"]);
  await story.audit(["ingest", "openclaw", "agent-turn.jsonl"]);
  await story.audit(["list", "--last", "6"]);

  await story.tell("2. One root commits to all of it");
  await story.audit(["smt", "root"]);
  const { root } = await story.ask<{ root: string }>(["smt", "root"]);

  await story.tell("3. Proof that a command was refused, and its check by who knows the root alone");
  const denied = await story.ask<{ sequence: number; rawHash: string }>([
    "list",
    "--type",
    "tool.denied",
    "--last",
    "1",
  ]);
  await story.audit(["smt", "proof", denied.rawHash, "--out", "proof.json"]);
  await story.audit(["smt", "verify", "--proof", "@proof.json", "--root", root, "--key", denied.rawHash]);

  await story.tell("4. The root is signed and anchored (here on a network of the demo's own, on this machine)");
  writeFileSync(join(folder, "config.json"), changedConfig(join(folder, "audit.db"), { anchor: "test" }));
  await story.audit(["keygen"]);
  await story.audit(["anchor", "now"]);
  // Look-ups come after a while; here they come at once.
  await story.ask(["anchor", "check"]);
  await story.audit(["anchor", "list"]);
  await story.audit(["bundle", String(denied.sequence), "--out", "evidence.json"]);
  await story.audit(["key", "signers", "--out", "signers.json"]);

  await story.tell(
    "5. A stranger checks the evidence, offline: with the signer's key alone, then with the root that the network published",
  );
  await story.audit(["bundle", "verify", "evidence.json", "--signer", "@signers.json"], EXIT.inconclusive);
  const published = network.roots().at(-1)!;
  const given = `${published.network}:${published.root}@${published.finalizedAt}`;
  await story.audit(["bundle", "verify", "evidence.json", "--signer", "@signers.json", "--network-root", given]);

  await story.tell("6. The whole log, replayed");
  await story.audit(["verify"]);
  const changed = await changeOneByte(join(folder, "audit.db"));
  await story.tell("7. Somebody changes one byte in the database");
  if (!context.json)
    await context.lines([`  event ${changed.sequence}: ${changed.before}`, `  becomes: ${changed.after}`]);
  await story.audit(["verify"], EXIT.failed);
  await story.tell("The change is named. The proof from before still holds:");
  await story.audit(["smt", "verify", "--proof", "@proof.json", "--root", root, "--key", denied.rawHash]);
  return { changed, steps: story.steps };
}
