/** A checkpoint, or what an auditor kept, on its own: only its form can be checked. It is compared with its trail. */
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { clean, count } from "../text.js";
import { checkpointsFrom } from "./_trusted.js";

export async function verifyCheckpointFile(context: Context, file: string): Promise<number> {
  const checkpoints = await checkpointsFrom(context, [file === "-" ? "-" : `@${file}`]);
  const hint = `audit verify --known-checkpoint @${clean(file)}, on the trail that it is of`;
  if (context.json) {
    await context.object({ verdict: "inconclusive", checkpoints, hint });
    return EXIT.inconclusive;
  }
  const { bold, yellow } = context.color;
  await context.lines([
    `${bold(yellow("inconclusive"))}: well-formed, but a checkpoint shows something only beside its trail`,
    ...checkpoints.map(({ version, root }) => `  checkpoint ${count(version)}, root ${root}`),
    `  to check it: ${hint}`,
  ]);
  return EXIT.inconclusive;
}
