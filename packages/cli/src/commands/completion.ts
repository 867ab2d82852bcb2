/**
 * `audit completion bash|zsh|fish` prints a script made from the declarations of the commands. The script calls it again for
 * candidates from the trail.
 */
import { existsSync } from "node:fs";
import type { Trail } from "@sealtrail/trail";
import { defineCommand } from "../command.js";
import { bashScript } from "../completion/bash.js";
import { fishScript } from "../completion/fish.js";
import { placesOf, TRAIL_CANDIDATES, type TrailCandidates } from "../completion/model.js";
import { zshScript } from "../completion/zsh.js";
import type { Context } from "../context.js";
import { usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript };
type Shell = keyof typeof SHELLS;

/** Most candidates that are offered. */
const MOST = 200;
const RECENT = 20;
/** Text that every shell takes as one plain word. Ids come from hosts and may be hostile, so no other text is offered. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}$/;

interface Candidate {
  readonly value: string;
  readonly about?: string;
}

const FROM_TRAIL: Record<TrailCandidates, (trail: Trail, word: string) => Candidate[]> = {
  sessions: (trail, word) => trail.sessions(word, MOST).map((value) => ({ value })),
  events: (trail, word) => {
    if (/^(?:[0-9a-f]-?){6,64}$/.test(word))
      return trail.eventsBeginning(word, MOST).map(({ value, type }) => ({ value, about: type }));
    const recent = [...trail.events({ last: RECENT })].reverse();
    return recent.map(({ sequence, type }) => ({ value: String(sequence), about: type }));
  },
  holds: (trail) => trail.holds().map(({ id }) => ({ value: id })),
};

/** No candidates where there is no trail, or it cannot be read: a completion must not print errors. */
async function candidates(context: Context, what: TrailCandidates, word: string): Promise<Candidate[]> {
  if (!existsSync(context.db)) return [];
  try {
    const found = await withTrail(context, { readOnly: true }, async (trail) => FROM_TRAIL[what](trail, word));
    return found.filter(({ value }) => PLAIN.test(value) && value.startsWith(word));
  } catch {
    return [];
  }
}

export const command = defineCommand({
  about:
    "Prints a completion script for your shell: commands, options, files, types, sessions, events. The script calls it again for what the trail has.",
  positionals: {
    shell: {
      required: true,
      about: "the shell, or what the scripts ask for",
      choices: [...Object.keys(SHELLS), ...TRAIL_CANDIDATES],
    },
    word: { required: false, about: "with sessions, events or holds: how it begins" },
  },
  options: {},
  exits: {},
  notes: [
    "For fish: audit completion fish | source",
    "Names of sessions that a shell would not take as one plain word are not offered.",
  ],
  examples: [['eval "$(audit completion bash)"', "in ~/.bashrc; the same with zsh in ~/.zshrc"]],
  async run(args, context, { table }) {
    if (!Object.hasOwn(SHELLS, args.shell)) {
      const what = args.shell as TrailCandidates;
      const found = await candidates(context, what, args.word ?? "");
      if (context.json)
        await context.object({ candidates: found.map(({ value, about }) => ({ value, about: about ?? null })) });
      else
        await context.io.stdout.write(
          found.map(({ value, about }) => `${value}${about && PLAIN.test(about) ? `\t${about}` : ""}\n`).join(""),
        );
      return EXIT.ok;
    }
    if (args.word !== undefined) throw usage("a script takes no word", "leave it out");
    const { CATEGORIES, KNOWN_TYPES } = await import("@sealtrail/trail/ingest");
    const places = await placesOf(table, { types: KNOWN_TYPES, categories: CATEGORIES });
    const script = SHELLS[args.shell as Shell](places);
    if (context.json) await context.object({ shell: args.shell, script });
    else await context.io.stdout.write(script);
    return EXIT.ok;
  },
});
