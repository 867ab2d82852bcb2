// Making and checking proofs, and their size, beside the peers.
import { encodeProof, parseProof, SparseMerkleTree, verifyProof } from "@sealtrail/smt";
import { hashRate, shortHashRate } from "./limit.ts";
import { atMost, cpuOf, cpuOfAsync, entries, type Figure, figure, median } from "./measure.ts";
import { newFuel, newMerkleTreeJs, newZkKit } from "./peers/others.ts";
import { newUrkel, urkelHash } from "./peers/urkel.ts";

export async function benchProofs(size: number): Promise<Figure[]> {
  const all = entries(size);
  const tree = new SparseMerkleTree();
  tree.insertMany(all);
  const root = tree.root;
  const count = Math.min(size, 10_000);
  const asked = all.slice(0, count);
  const few = Math.min(count, 256);
  const times = { prove: [] as number[], verify: [] as number[], parse: [] as number[], rate: [] as number[] };
  const sent = asked.map(([key]) => JSON.stringify(tree.prove(key)));
  for (let round = 0; round < 7; round++) {
    times.rate.push(hashRate());
    times.prove.push(
      cpuOf(() => {
        for (const [key] of asked) tree.prove(key);
      }) / count,
    );
    // As they arrive: parsed from their text a moment ago, so in the caches. A few hundred, many times.
    const proofs = sent.slice(0, few).map((text) => JSON.parse(text));
    times.verify.push(
      cpuOf(() => {
        for (let i = 0; i < count; i++) {
          const ask = { root, key: asked[i % few]![0], value: asked[i % few]![1] };
          if (!verifyProof(proofs[i % few]!, ask).ok) throw new Error("own proof refused");
        }
      }) / count,
    );
    times.parse.push(
      cpuOf(() => {
        for (let i = 0; i < count; i++) parseProof(proofs[i % few]!);
      }) / count,
    );
  }
  const proofs = asked.map(([key]) => tree.prove(key));
  const depth = proofs.reduce((sum, proof) => sum + proof.depth, 0) / count;
  // Key, value, leaf, and the inner nodes above it.
  const limit = ((depth + 1) / median(times.rate) + 2 / shortHashRate()) * 1e6;
  const verify = median(times.verify);
  const binary = proofs.reduce((sum, proof) => sum + encodeProof(proof).length, 0) / count;
  const n = size.toLocaleString("en");
  const figures = [
    figure(`prove, ${n} leaves`, "us", median(times.prove), atMost(median(times.prove), 5)),
    figure("verify (JSON value in, verdict out)", "us", verify),
    figure("  of which reading it", "us", median(times.parse)),
    figure("  times the hash limit", "x", verify / limit, atMost(verify / limit, 1.2)),
    figure("proof, JSON", "bytes", sent.reduce((sum, text) => sum + text.length, 0) / count),
    figure("proof, binary", "bytes", binary, atMost(binary, 560)),
  ];
  const some = asked.slice(0, Math.min(count, 2000));
  const urkel = newUrkel();
  await urkel.open();
  const txn = urkel.transaction();
  for (const [key, value] of all) await txn.insert(Buffer.from(key), Buffer.from(value));
  const urkelRoot = await txn.commit();
  const made: Awaited<ReturnType<typeof urkel.prove>>[] = [];
  const proveTime = await cpuOfAsync(async () => {
    for (const [key] of some) made.push(await urkel.prove(Buffer.from(key)));
  });
  const verifyTime = cpuOf(() => {
    for (let i = 0; i < some.length; i++) made[i]!.verify(urkelRoot, Buffer.from(some[i]![0]), urkelHash.hash, 256);
  });
  figures.push(
    figure(`urkel (${urkelHash.name}): prove`, "us", proveTime / some.length),
    figure(`urkel (${urkelHash.name}): verify`, "us", verifyTime / some.length),
  );
  const smaller = all.slice(0, Math.min(size, 20_000));
  const zk = newZkKit();
  for (const [key, value] of smaller) zk.insert(key, value);
  const zkProofs: ReturnType<typeof zk.prove>[] = [];
  figures.push(
    figure(
      `@openpassport/zk-kit-smt, ${smaller.length.toLocaleString("en")} leaves: prove`,
      "us",
      cpuOf(() => {
        for (const [key] of some) zkProofs.push(zk.prove(key));
      }) / some.length,
    ),
    figure(
      `@openpassport/zk-kit-smt: verify`,
      "us",
      cpuOf(() => {
        for (const proof of zkProofs) zk.verify(proof);
      }) / some.length,
    ),
  );
  const fuel = newFuel();
  for (const [key, value] of all.slice(0, 5000)) fuel.insert(key, value);
  figures.push(
    figure(
      "@fuel-ts/merkle sparse, 5,000 leaves: prove",
      "us",
      cpuOf(() => {
        for (const [key] of some) fuel.prove(key);
      }) / some.length,
    ),
  );
  const merkle = newMerkleTreeJs(all.map(([, value]) => value));
  const plain: object[][] = [];
  figures.push(
    figure(
      "merkletreejs (not sparse): prove",
      "us",
      cpuOf(() => {
        for (let i = 0; i < some.length; i++) plain.push(merkle.getProof(Buffer.from(some[i]![1]), i));
      }) / some.length,
    ),
    figure(
      "merkletreejs: verify",
      "us",
      cpuOf(() => {
        for (let i = 0; i < some.length; i++) merkle.verify(plain[i]!, Buffer.from(some[i]![1]), merkle.getRoot());
      }) / some.length,
    ),
  );
  return figures;
}
