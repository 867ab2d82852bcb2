// Random trees, malformed ones too, and random changes to good proofs of every kind: whatever is accepted must be true. The
// changes know the tree: they put its own hashes, paths and values into each other's places, which is what an attacker would do.
// SEALTRAIL_RUNS=1000000 makes it a million runs a kind instead of 10,000.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { archiveLines, verifyArchive } from "../src/archive/index.js";
import { bytesToHex, hexToBytes } from "../src/formats/hex.js";
import { toIcs23, verifyIcs23 } from "../src/ics23/index.js";
import { decodeProof, encodeProof, type Proof, verifyExtension, verifyMultiproof, verifyProof } from "../src/index.js";
import { proveExtension, proveKeys } from "../src/proof/prover.js";
import { type LeafRecord, recordOf, recordValue } from "../src/tree/record.js";
import { type ModelNode, modelReader, oracle, treeOf, walk, wellFormed } from "./model.js";
import { heldAt, provableAt, text } from "./symbols.js";

const numRuns = Number(process.env.SEALTRAIL_RUNS ?? 10_000);
const timeout = numRuns <= 10_000 ? 60_000 : 24 * 3_600_000;
const KEYS = 24;
const keys = Array.from({ length: KEYS }, (_, n) => oracle.path(Uint8Array.of(n)));
const paths = keys.map((key) => oracle.path(key));
const values = [Uint8Array.of(1), Uint8Array.of(2)];
const hex = bytesToHex;

/** A pool of trees with all that an attacker can take from them. */
interface Specimen {
  tree: ModelNode;
  reader: ReturnType<typeof modelReader>;
  root: Uint8Array;
  /** Value number by key number. */
  members: Map<number, number>;
  /** Hashes of every node, paths and value hashes: in hex. */
  loot: string[];
}

function specimen(tree: ModelNode, members: Map<number, number>): Specimen {
  const reader = modelReader(tree);
  const loot: string[] = ["0".repeat(64)];
  const collect = (node: ModelNode): void => {
    if (node === null) return;
    loot.push(hex(modelReader(node).hash(1)));
    if ("path" in node) loot.push(hex(node.path), hex(node.valueHash));
    else {
      collect(node.left);
      collect(node.right);
    }
  };
  collect(tree);
  loot.push(hex(reader.hash(reader.root)));
  return { tree, reader, root: reader.hash(reader.root), members, loot };
}

// A fixed pool, drawn once: hashing whole trees anew for each run would be most of the time.
const draw = fc.sample(fc.array(fc.tuple(fc.nat(KEYS - 1), fc.nat(1)), { maxLength: 14 }), {
  numRuns: 40,
  seed: 20260301,
});
const honest = draw.map((list) => {
  const members = new Map(list);
  return specimen(treeOf([...members].map(([n, v]) => [keys[n]!, values[v]!] as const)), members);
});

/** Trees with leaves in wrong places, empty siblings, one leaf twice. */
const twisted = draw.map((list, i) => {
  const leaves: ModelNode[] = list.map(([n, v]) => ({ path: paths[n]!, valueHash: oracle.value(values[v]!) }));
  const build = (depth: number, seed: number): ModelNode => {
    const pick = (seed * 2654435761) >>> 0;
    if (depth === 0 || leaves.length === 0 || pick % 5 === 0)
      return pick % 3 === 0 ? null : (leaves[pick % Math.max(1, leaves.length)] ?? null);
    return { left: build(depth - 1, pick ^ 1), right: build(depth - 1, pick ^ 2) };
  };
  return specimen(build(4, i + 1), new Map());
});
const all = [...honest, ...twisted];

/** One random change somewhere inside a JSON value. */
const changes = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 4 });

function mutate(
  value: unknown,
  steps: readonly (readonly [number, number, number])[],
  loot: readonly string[],
): unknown {
  const root: { it: unknown } = { it: JSON.parse(JSON.stringify(value)) };
  for (const [where, what, which] of steps) {
    const places: { holder: Record<string, unknown>; name: string }[] = [];
    const visit = (holder: Record<string, unknown>, name: string) => {
      places.push({ holder, name });
      const inside = holder[name];
      if (typeof inside === "object" && inside !== null)
        for (const key of Object.keys(inside)) visit(inside as never, key);
    };
    visit(root, "it");
    const { holder, name } = places[where % places.length]!;
    const old = holder[name];
    const other = places[which % places.length]!;
    switch (what % 8) {
      case 0:
        if (typeof old === "string") holder[name] = loot[which % loot.length];
        break;
      case 1:
        if (typeof old === "string" && old.length > 0) {
          const at = which % old.length;
          holder[name] =
            old.slice(0, at) + (Number.parseInt(old[at]!, 16) ^ (1 << (which % 4))).toString(16) + old.slice(at + 1);
        }
        break;
      case 2: // exchange
        [holder[name], other.holder[other.name]] = [structuredClone(other.holder[other.name]), structuredClone(old)];
        break;
      case 3:
        if (Array.isArray(holder)) holder.splice(Number(name), 1);
        else if (name !== "it") delete holder[name];
        break;
      case 4:
        if (Array.isArray(holder)) holder.splice(Number(name), 0, structuredClone(old));
        break;
      case 5:
        if (typeof old === "number") holder[name] = old + (which % 2 ? 1 : -1);
        if (Array.isArray(old)) old.reverse();
        break;
      case 6:
        if (Array.isArray(old) && typeof old[0] === "string") {
          const kinds = ["inner", "empty", "hash", "same", "added", "leaf", "other", "new"];
          const kind = kinds[which % kinds.length]!;
          const args = { inner: 0, empty: 0, hash: 1, same: 1, added: 1, leaf: 2, other: 2, new: 1 }[kind]!;
          holder[name] = [
            kind,
            ...Array.from({ length: args }, (_, i) => old[i + 1] ?? loot[(which + i) % loot.length]),
          ];
        }
        break;
      default:
        if (old === "inclusion" || old === "exclusion") holder[name] = old === "inclusion" ? "exclusion" : "inclusion";
        else if (name === "terminal")
          holder[name] =
            old === null ? { path: loot[which % loot.length], valueHash: loot[where % loot.length] } : null;
        else if (name === "value") delete holder[name];
    }
    if (typeof root.it !== "object" || root.it === null) root.it = {};
  }
  return root.it;
}

/** A proof of any key in any tree, as a dishonest prover would write it from what the bits lead to. */
function proofOf(one: Specimen, n: number): Proof {
  const { depth, siblings, end } = walk(one.reader, paths[n]!);
  const bitmap = new Uint8Array((depth + 7) >> 3);
  siblings.forEach((sibling, level) => {
    if (sibling.some((byte) => byte !== 0)) bitmap[level >> 3]! |= 128 >> (level & 7);
  });
  const rest = {
    root: hex(one.root),
    key: hex(keys[n]!),
    depth,
    bitmap: hex(bitmap),
    siblings: siblings.filter((sibling) => sibling.some((byte) => byte !== 0)).map(hex),
  };
  const at = end === 0 ? undefined : { path: hex(one.reader.path(end)), valueHash: hex(one.reader.valueHash(end)) };
  if (at?.path !== hex(paths[n]!)) return { format: "smt-proof/1", type: "exclusion", terminal: at ?? null, ...rest };
  const value = values.find((v) => hex(oracle.value(v)) === at.valueHash)!;
  return { format: "smt-proof/1", type: "inclusion", value: hex(value), ...rest };
}

/** Whether what was accepted is so. */
function checkAnswer(one: Specimen, key: Uint8Array, value: Uint8Array | undefined): void {
  const said = value && text(oracle.value(value));
  if (heldAt(one.tree, oracle.path(key)) !== said) throw new Error(`false statement about ${hex(key)}`);
}

const index = (list: readonly unknown[]) => fc.nat(list.length - 1);
const runs = { numRuns, seed: 20260302 };

describe("whatever is accepted is true", { timeout }, () => {
  it("of proofs, JSON and binary", () => {
    let accepted = 0;
    let good = 0;
    fc.assert(
      fc.property(index(all), fc.nat(KEYS - 1), fc.nat(KEYS - 1), fc.nat(2), changes, (i, n, other, v, steps) => {
        const one = all[i]!;
        const proof = proofOf(one, n);
        const asked = steps[0]![0] % 4 === 0 ? keys[other]! : keys[n]!;
        const value = v === 2 ? undefined : values[v]!;
        const ask = { root: one.root, key: asked, ...(value ? { value } : {}) };
        if (verifyProof(proof, ask).ok) {
          good++;
          checkAnswer(one, asked, value);
        }
        const changed = mutate(proof, steps, one.loot);
        // A prover who knows what is asked writes that into the proof.
        if (steps.length % 2 && typeof changed === "object" && changed !== null)
          Object.assign(changed, { root: hex(one.root), key: hex(asked) });
        if (verifyProof(changed as Proof, ask).ok) {
          accepted++;
          checkAnswer(one, asked, value);
        }
        const bytes = encodeProof(proof);
        for (const [where, , which] of steps) bytes[where % bytes.length]! ^= 1 << (which % 8);
        if (decodeProof(bytes, ask).ok) checkAnswer(one, asked, value);
        const swapped = encodeProof({ ...proof, siblings: [...proof.siblings].reverse() });
        if (decodeProof(swapped, ask).ok) checkAnswer(one, asked, value);
      }),
      runs,
    );
    expect(good).toBeGreaterThan(numRuns / 20);
    expect(accepted).toBeGreaterThan(0);
  });

  it("of multiproofs", () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        index(all),
        fc.uniqueArray(fc.nat(KEYS - 1), { minLength: 1, maxLength: 5 }),
        fc.option(changes),
        (i, asked, steps) => {
          const one = all[i]!;
          const proof = proveKeys(
            one.reader,
            asked.map((n) => keys[n]!),
            (key) => {
              const held = heldAt(one.tree, oracle.path(key));
              // In a twisted tree a leaf can stand where no walk leads, and the prover meets it all the same.
              return (
                values.find((v) => text(oracle.value(v)) === held) ??
                values.find((v) => one.loot.includes(hex(oracle.leaf(oracle.path(key), oracle.value(v)))))
              );
            },
          );
          const verdict = verifyMultiproof(steps ? mutate(proof, steps, one.loot) : proof, { root: one.root });
          if (!verdict.ok) return;
          accepted++;
          for (const { key, value } of verdict.present) checkAnswer(one, key, value);
          for (const key of verdict.absent) checkAnswer(one, key, undefined);
        },
      ),
      runs,
    );
    expect(accepted).toBeGreaterThan(numRuns / 20);
  });

  it("of extensions", () => {
    let accepted = 0;
    fc.assert(
      fc.property(index(all), index(all), fc.boolean(), fc.option(changes), (i, j, related, steps) => {
        let newer = all[j]!;
        const older = all[i]!;
        if (related && i < honest.length && j < honest.length) {
          const union = new Map([...newer.members, ...older.members]);
          newer = specimen(treeOf([...union].map(([n, v]) => [keys[n]!, values[v]!] as const)), union);
        }
        let proof: unknown;
        try {
          proof = proveExtension(older.reader, newer.reader);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          proof = proveExtension(older.reader, older.reader);
        }
        Object.assign(proof as object, { oldRoot: hex(older.root), newRoot: hex(newer.root) });
        const changed = steps ? mutate(proof, steps, [...older.loot, ...newer.loot]) : proof;
        Object.assign(changed as object, { oldRoot: hex(older.root), newRoot: hex(newer.root) });
        if (!verifyExtension(changed, { oldRoot: older.root, newRoot: newer.root }).ok) return;
        accepted++;
        for (const path of paths) {
          const held = provableAt(older.tree, path);
          if (held !== undefined && provableAt(newer.tree, path) !== held) throw new Error("an inclusion was lost");
        }
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(numRuns / 20);
  });

  it("of ICS23 messages over well-formed trees", () => {
    let accepted = 0;
    fc.assert(
      fc.property(index(honest), fc.nat(KEYS - 1), fc.nat(2), changes, (i, n, v, steps) => {
        const one = honest[i]!;
        if (one.members.size === 0) return;
        const proof = proofOf(one, n);
        const sorted = [...one.members.keys()].sort((a, b) => (hex(paths[a]!) < hex(paths[b]!) ? -1 : 1));
        const before = sorted.filter((k) => hex(paths[k]!) < hex(paths[n]!));
        const after = sorted.filter((k) => hex(paths[k]!) > hex(paths[n]!));
        const pick = (list: number[], nearest: number) => list[steps.length > 1 ? steps[0]![0] % list.length : nearest];
        const left = before.length > 0 ? pick(before, before.length - 1) : undefined;
        const right = after.length > 0 ? pick(after, 0) : undefined;
        if (proof.type === "exclusion" && left === undefined && right === undefined) return;
        const bytes = toIcs23(proof, {
          ...(left === undefined ? {} : { left: proofOf(one, left) }),
          ...(right === undefined ? {} : { right: proofOf(one, right) }),
        });
        const value = v === 2 ? undefined : values[v]!;
        const ask = { root: one.root, key: keys[n]!, ...(value ? { value } : {}) };
        if (verifyIcs23(bytes, ask).ok) {
          accepted++;
          checkAnswer(one, keys[n]!, value);
        }
        for (const [where, what] of steps) bytes[where % bytes.length] = what % 256;
        if (verifyIcs23(bytes, ask).ok) checkAnswer(one, keys[n]!, value);
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(numRuns / 20);
  });

  it("of archives", async () => {
    // Events of one epoch after some of the one before; every leaf's key is its own record's business.
    const event = (n: number) => {
      const id = `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
      const [rawHash, censoredHash] = ["raw", "censored"].map((kind) =>
        hex(oracle.path(new TextEncoder().encode(`${kind} ${n}`))),
      );
      const place = {
        sequence: n,
        id,
        timestamp: n,
        epoch: n > 4 ? 1 : 0,
        chainPrev: null,
        rawHash: rawHash!,
        censoredHash: censoredHash!,
      };
      return [
        { key: rawHash!, record: recordOf(place, "raw") },
        { key: censoredHash!, record: recordOf(place, "censored") },
      ];
    };
    const entries = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => event(from + i)).flat();
    const build = (list: { key: string; record: LeafRecord }[]) =>
      modelReader(
        wellFormed(
          list.map(({ key, record }) => ({
            path: oracle.path(hexToBytes(key)),
            valueHash: oracle.value(recordValue(record)),
          })),
        ),
      );
    const older = build(entries(1, 5));
    const newer = build(entries(1, 9));
    const ask = { previousRoot: older.hash(older.root), root: newer.hash(newer.root) };
    const fresh = entries(5, 9);
    const lines = [...archiveLines({ tree: "0".repeat(32), epoch: 1, older, newer, leaves: fresh })];
    const loot = lines.flatMap((line) => line.match(/[0-9a-f]{64}/g) ?? []);
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.option(changes), fc.nat(), fc.nat(), async (steps, from, to) => {
        let list = lines.map((line) => JSON.parse(line));
        if (steps) list = mutate(list, steps, loot) as never;
        if (!Array.isArray(list)) return;
        if (steps && from % 3 === 0) list.splice(1 + (to % list.length), 1 + (from % 2));
        const kept = list.map((line) => JSON.stringify(line));
        const verdict = await verifyArchive(kept, ask);
        if (!verdict.ok) return;
        accepted++;
        // Accepted: then every new leaf is in it, and no other.
        const shown = list.slice(1, 1 + verdict.leaves).map((line) => (line as { key: string }).key);
        expect(shown).toEqual(fresh.map(({ key }) => key));
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(numRuns / 20);
  });
});
