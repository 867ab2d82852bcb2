// Makes every file of vectors again, byte for byte: `npx node test-vectors/generate.ts`. Needs the packages built.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { fingerprints, networkProofs, signatures } from "./make/anchor.ts";
import { archives } from "./make/archive.ts";
import { bundles } from "./make/bundle.ts";
import { checkpointPairs, checkpoints } from "./make/checkpoint.ts";
import type { Case } from "./make/common.ts";
import { extensions } from "./make/extension.ts";
import { hashing, trees } from "./make/hashing.ts";
import { ics23 } from "./make/ics23.ts";
import { multiproofs } from "./make/multiproof.ts";
import { binaryProofs, proofs } from "./make/proof.ts";
import { strictJson } from "./make/strict-json.ts";

const kinds: { [kind: string]: () => { [file: string]: Case[] } } = {
  "strict-json": strictJson,
  hashing,
  tree: trees,
  proof: proofs,
  "proof-binary": binaryProofs,
  multiproof: multiproofs,
  extension: extensions,
  archive: archives,
  ics23,
  checkpoint: checkpoints,
  "checkpoint-pair": checkpointPairs,
  signature: signatures,
  fingerprint: fingerprints,
  "network-proof": networkProofs,
  bundle: bundles,
};

/** Path below test-vectors/ and text of each file. A case stands on a line of its own. */
export function* vectorFiles(): Generator<[path: string, text: string]> {
  for (const [kind, make] of Object.entries(kinds)) {
    const names = new Set<string>();
    for (const [file, cases] of Object.entries(make())) {
      for (const { name } of cases) {
        if (names.has(name)) throw new Error(`${kind}: two cases are called "${name}"`);
        names.add(name);
      }
      const lines = cases.map((one) => JSON.stringify(one)).join(",\n");
      yield [`${kind}/${file}.json`, `{"format":"sealtrail-vectors/1","kind":"${kind}","cases":[\n${lines}\n]}\n`];
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const [path, text] of vectorFiles()) {
    mkdirSync(dirname(`${here}/${path}`), { recursive: true });
    writeFileSync(`${here}/${path}`, text);
  }
}
