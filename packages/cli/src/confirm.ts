/**
 * Asking before something that cannot be undone, or that ends recording. Without a terminal nobody can be asked (a
 * coding agent's shell has none), so the command line has to say `--yes`.
 */
import type { Context } from "./context.js";
import { usage } from "./errors.js";

/** Whether a person is at a terminal and reads text. */
export function canAsk(context: Context): boolean {
  return context.io.stdinIsTerminal && context.io.stderr.isTerminal && !context.json;
}

/** Asks. False where the answer was no. Throws a usage error where nobody can be asked. `done` names what `--yes` would do. */
export async function agreed(context: Context, yes: boolean, question: string, done: string): Promise<boolean> {
  if (yes) return true;
  if (!canAsk(context)) {
    throw usage("there is no terminal to ask on, and no --yes: nothing was changed", `add --yes to ${done}`);
  }
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ output: process.stderr, message: question, initialValue: false });
  return !isCancel(answer) && answer;
}
