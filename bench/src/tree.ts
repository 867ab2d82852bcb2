// Inserts a second: with a root after each, with one every 100 and 1,000, and in one batch; beside the peers.
import { SparseMerkleTree } from "@sealtrail/smt";
import { hashRate, innerNodes, shortHashRate } from "./limit.ts";
import { atLeast, cpuOf, cpuOfAsync, entries, type Figure, figure, libraryHashRates, median } from "./measure.ts";
import { newFuel, newMerkleTreeJs, newZkKit } from "./peers/others.ts";
import { newUrkel, urkelHash } from "./peers/urkel.ts";

type Entries = [Uint8Array, Uint8Array][];

function rootEvery(all: Entries, step: number): number {
  return cpuOf(() => {
    const tree = new SparseMerkleTree();
    for (let i = 0; i < all.length; i++) {
      tree.insert(all[i]![0], all[i]![1]);
      if ((i + 1) % step === 0) tree.root;
    }
  });
}

function oneBatch(all: Entries): number {
  return cpuOf(() => {
    const tree = new SparseMerkleTree();
    tree.insertMany(all);
    tree.root;
  });
}

/** 65-byte hashes that a root after each insert cannot do without: the path's inner nodes each time, and the leaf. */
function hashesOfEach(all: Entries): number {
  const tree = new SparseMerkleTree();
  let count = 0;
  for (let i = 0; i < all.length; i++) {
    tree.insert(all[i]![0], all[i]![1]);
    if (i % 50 === 0) count += (tree.prove(all[i]![0]).depth + 1) * 50;
  }
  return count;
}

export async function benchTree(size: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  const all = entries(Math.max(size, 100_000));
  const some = all.slice(0, size);
  const rounds = size > 200_000 ? 3 : 5;
  const ours = { each: [] as number[], batch: [] as number[], every100: [] as number[], every1000: [] as number[] };
  const urkel = { each: [] as number[], batch: [] as number[] };
  const rates: number[] = [];
  const shortRates: number[] = [];
  oneBatch(all.slice(0, 50_000));
  rootEvery(all.slice(0, 20_000), 1);
  for (let round = 0; round < rounds; round++) {
    rates.push(hashRate());
    shortRates.push(shortHashRate());
    ours.batch.push(oneBatch(some));
    if (size > 200_000 && round > 0) continue;
    ours.each.push(rootEvery(some, 1));
    ours.every100.push(rootEvery(some, 100));
    ours.every1000.push(rootEvery(some, 1000));
    if (size <= 100_000 && round < 3) {
      const each = newUrkel();
      await each.open();
      urkel.each.push(
        await cpuOfAsync(async () => {
          const txn = each.transaction();
          for (const [key, value] of some) {
            await txn.insert(Buffer.from(key), Buffer.from(value));
            txn.rootHash();
          }
        }),
      );
      const batch = newUrkel();
      await batch.open();
      urkel.batch.push(
        await cpuOfAsync(async () => {
          const txn = batch.transaction();
          for (const [key, value] of some) await txn.insert(Buffer.from(key), Buffer.from(value));
          txn.rootHash();
        }),
      );
    }
  }
  const rate = median(rates);
  const perSecond = (times: number[]) => (size / median(times)) * 1e6;
  const full = new SparseMerkleTree();
  full.insertMany(some);
  const batchHashes = innerNodes(full) + size;
  const eachHashes = hashesOfEach(some);
  const eachShare = ((eachHashes / rate) * 1e6) / median(ours.each);
  const batchShare = ((batchHashes / rate) * 1e6) / median(ours.batch);
  // Each leaf's key and value are hashed too, once.
  const leafTime = ((size * 2) / median(shortRates)) * 1e6;
  const eachWhole = eachShare + leafTime / median(ours.each);
  const batchWhole = batchShare + leafTime / median(ours.batch);
  const n = size.toLocaleString("en");
  const library = libraryHashRates();
  figures.push(
    figure("SHA-256 of 65 bytes, the tree's own", "/s", rate),
    figure("SHA-256 of 65 bytes, @noble/hashes", "/s", library.noble),
    figure("SHA-256 of 65 bytes, node:crypto", "/s", library.node),
    figure(`insert, root after each, ${n} leaves`, "/s", perSecond(ours.each)),
    figure(`  hashes an insert`, "", eachHashes / size),
    figure(`  share of the hash limit`, "", eachShare, size === 100_000 ? atLeast(eachShare, 0.8) : undefined),
    figure("  the same, hashes of key and value counted", "", eachWhole),
    figure(`insert, root every 100, ${n} leaves`, "/s", perSecond(ours.every100)),
    figure(`insert, root every 1,000, ${n} leaves`, "/s", perSecond(ours.every1000)),
    figure(`insert, one batch, ${n} leaves`, "/s", perSecond(ours.batch)),
    figure(`  hashes an insert`, "", batchHashes / size),
    figure(
      `  share of the hash limit`,
      "",
      batchShare,
      size >= 100_000 ? atLeast(batchShare, size > 100_000 ? 0.65 : 0.7) : undefined,
    ),
    figure("  the same, hashes of key and value counted", "", batchWhole),
  );
  if (urkel.each.length > 0) {
    const each = median(urkel.each) / median(ours.each);
    const batch = median(urkel.batch) / median(ours.batch);
    figures.push(
      figure(`urkel (${urkelHash.name}), root after each`, "/s", perSecond(urkel.each)),
      figure("  Sealtrail is faster by", "x", each, size === 100_000 ? atLeast(each, 4) : undefined),
      figure(`urkel (${urkelHash.name}), one batch`, "/s", perSecond(urkel.batch)),
      figure("  Sealtrail is faster by", "x", batch, size === 100_000 ? atLeast(batch, 10) : undefined),
    );
    const zk = newZkKit();
    const zkTime = cpuOf(() => {
      for (const [key, value] of some) zk.insert(key, value);
    });
    const zkRatio = zkTime / median(ours.each);
    const fuelSize = Math.min(size, 10_000);
    const fuel = newFuel();
    const fuelTime = cpuOf(() => {
      for (const [key, value] of some.slice(0, fuelSize)) fuel.insert(key, value);
    });
    const merkle = cpuOf(() => newMerkleTreeJs(some.map(([, value]) => value)).getRoot());
    figures.push(
      figure("@openpassport/zk-kit-smt (SHA-256), root after each", "/s", (size / zkTime) * 1e6),
      figure("  Sealtrail is faster by", "x", zkRatio, size === 100_000 ? atLeast(zkRatio, 8) : undefined),
      figure(
        `@fuel-ts/merkle sparse, root after each, ${fuelSize.toLocaleString("en")} leaves`,
        "/s",
        (fuelSize / fuelTime) * 1e6,
      ),
      figure("merkletreejs (not sparse), one batch", "/s", (size / merkle) * 1e6),
    );
  }
  return figures;
}
