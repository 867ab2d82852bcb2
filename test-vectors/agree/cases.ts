// Random cases of every kind: the vectors' own ones with changes made to them, and fresh evidence of random trees, changed or
// not. No expectation is written down here: what the TypeScript verifier answers is what Python is asked to agree with.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { bytesToHex, encodeProof, SparseMerkleTree } from "@sealtrail/smt";
import { toIcs23 } from "@sealtrail/smt/ics23";
import { exportCase } from "./exports.ts";
import { type Case, isComparable, kinds } from "./judge.ts";
import { malformedCase } from "./malformed.ts";
import { type Json, mutateHex, mutateJson, mutateText } from "./mutate.ts";
import type { Random } from "./random.ts";
import { statementCase } from "./statements.ts";

export interface Seeds {
  [kind: string]: Case[];
}

const inputs = ["input", "text", "hex", "lines"];

/** The cases of the vector files: what the random ones are made from. Big ones would cost more than they find. */
export function seedsOf(folder: URL): Seeds {
  const seeds: Seeds = {};
  for (const kind of kinds) {
    seeds[kind] = filesOf(new URL(`${kind}/`, folder))
      .filter((name) => name.endsWith(".json"))
      .flatMap((name): Case[] => JSON.parse(readFileSync(new URL(`${kind}/${name}`, folder), "utf8")).cases)
      .filter((of) => of.parts === undefined && JSON.stringify(of).length < 30_000);
  }
  return seeds;
}

function filesOf(folder: URL): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Changes the evidence of a case, now and then the caller's question too. */
function mutated(kind: string, seed: Case, random: Random): Case | undefined {
  const of = structuredClone(seed);
  delete of.expect;
  if (kind === "checkpoint-pair") {
    of[random.pick(["a", "b"])] = mutateJson(of[random.pick(["a", "b"])], random);
    return isComparable(of) ? of : undefined;
  }
  if (kind === "signature") {
    if (random.chance(3)) of.content = mutateJson(of.content, random);
    else if (random.chance(2)) of.proof = mutateJson(of.proof, random);
    else if (typeof of.proof?.signature === "string") of.proof.signature = mutateHex(of.proof.signature, random);
    return of;
  }
  const name = inputs.find((member) => of[member] !== undefined)!;
  if (name === "input" && random.chance(8) && kind !== "bundle") {
    of.text = mutateText(JSON.stringify(of.input), random);
    delete of.input;
  } else if (name === "input") of.input = mutateJson(of.input, random);
  else if (name === "text") of.text = mutateText(of.text, random);
  else if (name === "hex") of.hex = mutateHex(of.hex, random);
  else of.lines = mutatedLines(of.lines, random);
  if (of.ask !== undefined && random.chance(10)) changeQuestion(of.ask, random);
  // What is not JSON (undefined, NaN) must not reach the file.
  return of.input === undefined && name === "input" && of.text === undefined ? undefined : of;
}

function mutatedLines(lines: Json[], random: Random): Json[] {
  if (lines.length === 0) return ["{}"];
  const at = random.below(lines.length);
  const line = lines[at];
  switch (random.below(6)) {
    case 0:
      return lines.filter((_, i) => i !== at);
    case 1:
      return lines.toSpliced(at, 0, line);
    case 2:
      return lines.with(at, lines[random.below(lines.length)]).with(random.below(lines.length), line);
    case 3:
      return lines.slice(0, at + 1);
    default:
      if (typeof line !== "string") return lines;
      if (random.chance(5)) return lines.with(at, mutateText(line, random).replaceAll("\n", " "));
      try {
        return lines.with(at, JSON.stringify(mutateJson(JSON.parse(line), random)));
      } catch {
        return lines;
      }
  }
}

function changeQuestion(ask: Json, random: Random): void {
  const names = ["root", "key", "value", "oldRoot", "newRoot", "previousRoot"].filter(
    (name) => ask[name] !== undefined,
  );
  if (names.length === 0) return;
  const name = random.pick(names);
  if (name === "value" && random.chance(2)) delete ask.value;
  else if (ask[name].length >= 2) {
    const at = random.below(ask[name].length);
    ask[name] =
      ask[name].slice(0, at) + (Number.parseInt(ask[name][at], 16) ^ 1).toString(16) + ask[name].slice(at + 1);
  }
}

const plain = (value: Json): Json => JSON.parse(JSON.stringify(value));

/** Good evidence about a random tree: one case of each kind that a tree alone can have. */
export function freshCases(random: Random): [kind: string, of: Case][] {
  const tree = new SparseMerkleTree();
  const entries = Array.from(
    { length: random.below(30) },
    () => [random.bytes(1 + random.below(40)), random.bytes(1 + random.below(40))] as const,
  );
  for (const [key, value] of entries) if (tree.find(key) === undefined) tree.insert(key, value);
  const older = tree.commit();
  const oldRoot = bytesToHex(tree.root);
  for (let more = random.below(12); more > 0; more--) {
    const key = random.bytes(20);
    if (tree.find(key) === undefined) tree.insert(key, random.bytes(32));
  }
  const newer = tree.commit();
  const newRoot = bytesToHex(tree.root);

  const present = entries.length > 0 && random.chance(2) ? random.pick(entries) : undefined;
  const key = present?.[0] ?? random.bytes(32);
  const proof = tree.prove(key);
  const json = plain(proof);
  const ask = { root: newRoot, key: bytesToHex(key), ...(json.value === undefined ? {} : { value: json.value }) };
  const asked = [...entries.filter(() => random.chance(3)).map(([name]) => name), random.bytes(8), random.bytes(9)];
  const distinct = [...new Map(asked.map((name) => [bytesToHex(name), name])).values()];
  const cases: [string, Case][] = [
    ["proof", { name: "fresh", input: json, ask }],
    ["proof-binary", { name: "fresh", hex: bytesToHex(encodeProof(proof)), ask }],
    ["multiproof", { name: "fresh", input: plain(tree.proveMany(distinct)), ask: { root: newRoot } }],
    ["extension", { name: "fresh", input: plain(tree.proveExtension(older, newer)), ask: { oldRoot, newRoot } }],
  ];
  if (json.type === "inclusion") cases.push(["ics23", { name: "fresh", hex: bytesToHex(toIcs23(proof)), ask }]);
  return cases;
}

const letters = [
  "a",
  "B",
  "é",
  "\u{1f600}",
  "\ufb33",
  "\u20ac",
  "\u0000",
  "\u007f",
  '"',
  "\\",
  "/",
  "\n",
  "__proto__",
  "1",
  "10",
  "\u2028",
];

/** A double: of random bits, or near a place where its spelling changes. */
export function randomNumber(random: Random): number {
  for (;;) {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setUint32(0, random.next());
    bits.setUint32(4, random.next());
    const near = 10 ** (random.below(30) - 12) * (1 + random.below(1000) / 1000);
    const value = random.pick([
      bits.getFloat64(0),
      near,
      -near,
      random.next() / 2 ** random.below(60),
      random.below(2 ** 31) * 2 ** 22,
    ]);
    if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  }
}

function randomText(random: Random): string {
  return Array.from({ length: random.below(4) }, () => random.pick(letters)).join("");
}

export function randomJson(random: Random, depth = 0): Json {
  switch (random.below(depth < 4 ? 8 : 5)) {
    case 0:
      return random.pick([null, true, false]);
    case 1:
    case 2:
      return randomNumber(random);
    case 3:
    case 4:
      return randomText(random);
    case 5:
      return Array.from({ length: random.below(5) }, () => randomJson(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(7) }, () => [randomText(random), randomJson(random, depth + 1)]),
      );
  }
}

/** How a number may be spelled other than in its shortest form. */
function spelled(text: string, random: Random): string {
  return text.replace(/(?<=[[:,])-?\d[\d.e+-]*(?=[\],}])/g, (number) =>
    random.pick([
      number,
      Number(number).toExponential(20),
      Number(number).toPrecision(21),
      `${number}${number.includes("e") ? "" : "e0"}`,
    ]),
  );
}

/** One random case: of a dishonest tree, or of a kind, fresh or a seed, changed at most three times. */
export function randomCase(seeds: Seeds, random: Random): [kind: string, of: Case] {
  if (random.chance(3)) return malformedCase(random);
  if (random.chance(10)) return statementCase(random);
  if (random.chance(20)) return exportCase(random);
  for (;;) {
    const kind = random.pick(kinds);
    let of: Case | undefined;
    if (kind === "strict-json") {
      const text = JSON.stringify(randomJson(random), null, random.pick([undefined, 1, "\t"]));
      of = { name: "", text: spelled(text, random) };
      if (random.chance(2)) return [kind, of];
    } else if (random.chance(3)) {
      const fresh = freshCases(random).find(([each]) => each === kind);
      of = fresh?.[1];
      if (of !== undefined && random.chance(8)) return [kind, of];
    }
    if (of === undefined) {
      const list = seeds[kind] ?? [];
      if (list.length === 0) continue;
      // Good cases first: a change to a bad one seldom gets past what is wrong with it already.
      const good = list.filter((each) => each.expect?.ok ?? each.expect?.verdict !== "invalid");
      of = random.pick(good.length > 0 && !random.chance(4) ? good : list);
    }
    for (let times = 1 + (random.chance(3) ? random.below(3) : 0); times > 0 && of !== undefined; times--)
      of = mutated(kind, of, random);
    if (of !== undefined) return [kind, of];
  }
}
