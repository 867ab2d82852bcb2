/** `audit smt trees`: the tree's root, size, versions and epochs. Never writes. */
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { bytesForPeople, columns, count, localTimeZone, plural } from "../text.js";

export const command = defineCommand({
  about: "Shows the trail's tree: root, leaves, versions, frozen epochs and size. Makes no checkpoint.",
  positionals: {},
  options: {},
  exits: {},
  examples: [["audit smt trees", "what there is"]],
  async run(_args, context) {
    return withTrail(context, { readOnly: true }, async (trail) => {
      const { tree } = trail.status();
      const c = tree.checkpoint;
      if (context.json) {
        await context.object({
          tree: tree.tree,
          root: c?.root ?? null,
          leafCount: c?.leafCount ?? 0,
          version: c?.version ?? 0,
          lastSequence: c?.lastSequence ?? 0,
          versions: tree.checkpoints,
          eventsAfter: tree.eventsAfter,
          epoch: tree.epoch,
          frozenEpochs: tree.frozenEpochs,
          nodeBytes: tree.nodeBytes,
        });
        return EXIT.ok;
      }
      const frozen = tree.frozenEpochs.length === 0 ? "none" : tree.frozenEpochs.join(", ");
      await context.lines([
        context.color.bold(tree.tree),
        ...columns([
          ["  root", c ? c.root : "no checkpoint yet: audit smt root makes one"],
          ["  leaves", c ? `${count(c.leafCount)}, up to sequence ${count(c.lastSequence)}` : "0"],
          ["  versions", c ? `${count(tree.checkpoints)}, newest made ${localTimeZone(c.createdAt)}` : "0"],
          ["  after it", plural(tree.eventsAfter, "event")],
          ["  epoch", `${count(tree.epoch)}, frozen: ${frozen}`],
          ["  size", `${bytesForPeople(tree.nodeBytes)} of nodes`],
        ]),
      ]);
      return EXIT.ok;
    });
  },
});
