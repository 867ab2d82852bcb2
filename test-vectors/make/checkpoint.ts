// Checkpoints: the line of the small trail, mutations of one, and pairs that can or cannot both be true.
import { type Checkpoint, checkpointHash, compareCheckpoints } from "@sealtrail/smt/checkpoint";
import { type Case, changed, fixedHex, flip, type Json, no, ok, shapeCases, zeros } from "./common.ts";
import { checkpointsAt } from "./trail.ts";

export const line = checkpointsAt([6, 7, 13, 20, 27, 33, 40]);

export function checkpoints(): { [file: string]: Case[] } {
  const good = line.map((c) => ({ name: `version ${c.version}`, input: c, expect: ok({ hash: checkpointHash(c) }) }));
  const hostile: Case[] = [];
  const third = line[2]!;
  const add = (name: string, code: string, change: (copy: Json) => void, of: Checkpoint = third) =>
    hostile.push({ name, input: changed(of, change), expect: no(code) });
  for (const member of ["version", "leafCount", "firstSequence", "lastSequence", "epoch", "lastSigned"] as const) {
    for (const [what, value] of [
      ["a text", "1"],
      ["a fraction", 1.5],
      ["-1", -1],
      ["null", null],
    ] as const)
      add(`${member} ${what}`, "bad-field", (c) => {
        c[member] = value;
      });
  }
  for (const member of ["root", "previous", "tree"] as const) {
    add(`${member} in upper case`, "bad-hex", (c) => {
      c[member] = `A${c[member].slice(1)}`;
    });
    add(`${member} short`, "wrong-length", (c) => {
      c[member] = c[member].slice(2);
    });
    add(`${member} a number`, "bad-field", (c) => {
      c[member] = 1;
    });
  }
  for (const time of [
    "2026-03-01",
    "2026-03-01T10:00:00Z",
    "2026-02-30T10:00:00.000Z",
    "2026-03-01T10:00:00.000+00:00",
    "2026-03-01T24:00:00.000Z",
    "+002026-03-01T10:00:00.000Z",
  ])
    add(`createdAt ${time}`, "bad-field", (c) => {
      c.createdAt = time;
    });
  add("version 0", "bad-field", (c) => {
    c.version = 0;
  });
  add("leaf count one more", "bad-count", (c) => {
    c.leafCount++;
  });
  add("range empty", "bad-count", (c) => {
    c.firstSequence = c.lastSequence + 1;
  });
  add("a later version without a predecessor", "bad-line", (c) => {
    c.previous = zeros;
  });
  add("a later version from the first event on", "bad-line", (c) => {
    c.firstSequence = 1;
  });
  add("signed at its own version", "bad-line", (c) => {
    c.lastSigned = c.version;
  });
  add(
    "version 1 with a predecessor",
    "bad-line",
    (c) => {
      c.previous = fixedHex("previous");
    },
    line[0]!,
  );
  add(
    "version 1 that starts at event 2",
    "bad-line",
    (c) => {
      c.firstSequence = 2;
    },
    line[0]!,
  );
  hostile.push(
    ...shapeCases(third, undefined).map((one) => ({
      ...one,
      expect: one.expect ?? ok({ hash: checkpointHash(third) }),
    })),
  );
  return { good, hostile: hostile.map(({ ask: _, ...one }) => one as Case) };
}

export function checkpointPairs(): { [file: string]: Case[] } {
  const [one, two, three, four] = line as [Checkpoint, Checkpoint, Checkpoint, Checkpoint];
  const pair = (name: string, relation: string, a: Checkpoint, b: Checkpoint): Case => {
    if (compareCheckpoints(a, b) !== relation) throw new Error(`${name}: ${compareCheckpoints(a, b)}`);
    return { name, a, b, expect: ok({ relation }) };
  };
  const cases = [
    pair("the same", "same", two, { ...two }),
    pair("one after the other", "adjacent", one, two),
    pair("the other way round", "adjacent", four, three),
    pair("two apart", "compatible", one, three),
    pair("first and last", "compatible", one, line.at(-1)!),
    pair("another tree", "tree-id-mismatch", one, { ...two, tree: flip(two.tree) }),
    pair("same version, another root", "equivocation", two, { ...two, root: flip(two.root) }),
    pair("same version, another time", "equivocation", two, { ...two, createdAt: "2026-03-02T00:00:00.000Z" }),
    pair("same predecessor, another version", "equivocation", two, { ...three, previous: two.previous }),
    pair("the next one names another predecessor", "equivocation", two, { ...three, previous: fixedHex("other line") }),
    pair("the next one leaves events out", "equivocation", two, { ...three, firstSequence: three.firstSequence + 1 }),
    pair("the next one is of an earlier epoch", "equivocation", three, { ...four, epoch: three.epoch - 1 }),
    pair("a later one holds less", "equivocation", four, {
      ...line[5]!,
      firstSequence: 8,
      lastSequence: 9,
      leafCount: 18,
    }),
    pair("a signed version is forgotten", "equivocation", three, { ...line[5]!, lastSigned: 0 }),
  ];
  return { pair: cases };
}
