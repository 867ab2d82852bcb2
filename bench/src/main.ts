// npm run bench                       every benchmark, each in a process of its own; writes bench/results
// npm run bench -- NAME [--size N] [--json] [--save]   one of them; --save puts it into bench/results, in place of its last run
// npm run bench -- fuzz --seed N --minutes M
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Figure } from "./measure.ts";
import { plot, type Section, table } from "./report.ts";

interface Benchmark {
  title: string;
  size: number;
  run: (size: number) => Promise<Figure[]> | Figure[];
}

/** Modules are loaded when their benchmark runs, so that none pays for another's peers. */
const benchmarks: { [name: string]: Benchmark } = {
  "tree-10k": {
    title: "Tree, 10,000 leaves",
    size: 10_000,
    run: async (n) => (await import("./tree.ts")).benchTree(n),
  },
  tree: { title: "Tree, 100,000 leaves", size: 100_000, run: async (n) => (await import("./tree.ts")).benchTree(n) },
  "tree-1m": {
    title: "Tree, 1,000,000 leaves",
    size: 1_000_000,
    run: async (n) => (await import("./tree.ts")).benchTree(n),
  },
  proofs: { title: "Proofs", size: 100_000, run: async (n) => (await import("./proofs.ts")).benchProofs(n) },
  "kinds-1k": {
    title: "Kinds of proof, 1,000 leaves",
    size: 1000,
    run: async (n) => (await import("./kinds.ts")).benchKinds(n),
  },
  kinds: {
    title: "Kinds of proof, 100,000 leaves",
    size: 100_000,
    run: async (n) => (await import("./kinds.ts")).benchKinds(n),
  },
  "kinds-1m": {
    title: "Kinds of proof, 1,000,000 leaves",
    size: 1_000_000,
    run: async (n) => (await import("./kinds.ts")).benchKinds(n),
  },
  redaction: {
    title: "Redaction",
    size: 2_000,
    run: async (n) => (await import("./redaction/redaction.ts")).benchRedaction(n),
  },
  memory: { title: "Memory", size: 1_000_000, run: async (n) => (await import("./memory.ts")).benchMemory(n) },
  checkpoint: {
    title: "Checkpoint",
    size: 1_000_000,
    run: async (n) => (await import("./checkpoint.ts")).benchCheckpoint(n),
  },
  turns: {
    title: "Turns: a hook appends beside big work",
    size: 100_000,
    run: async (n) => (await import("./turns.ts")).benchTurns(n),
  },
  "trail-10k": {
    title: "Trail, 10,000 events",
    size: 10_000,
    run: async (n) => (await import("./trail.ts")).benchTrail(n),
  },
  trail: {
    title: "Trail, 100,000 events",
    size: 100_000,
    run: async (n) => (await import("./trail.ts")).benchTrail(n),
  },
  "trail-1m": {
    title: "Trail, 1,000,000 events",
    size: 1_000_000,
    run: async (n) => (await import("./trail.ts")).benchTrail(n),
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
    size: { type: "string" },
    seed: { type: "string" },
    minutes: { type: "string" },
  },
});

const results = fileURLToPath(new URL("../results/", import.meta.url));
const [name] = positionals;
if (name === undefined) all();
else if (name === "fuzz") {
  const { fuzz } = await import("./fuzz/fuzz.ts");
  const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
  process.exitCode = (await fuzz(seed, Number(values.minutes ?? 1))) ? 0 : 1;
} else {
  const benchmark = benchmarks[name];
  if (benchmark === undefined) {
    console.error(`no benchmark is called ${name}; there are: ${Object.keys(benchmarks).join(", ")}, fuzz`);
    process.exitCode = 64;
  } else {
    const size = values.size === undefined ? benchmark.size : Number(values.size);
    const section = { name: benchmark.title, figures: await benchmark.run(size) };
    console.log(values.json ? JSON.stringify({ ...section, machine: machine() }) : table([section]));
    if (values.save) {
      const { sections } = JSON.parse(readFileSync(`${results}results.json`, "utf8")) as { sections: Section[] };
      const known = sections.some((one) => one.name === section.name);
      writeResults(known ? sections.map((one) => (one.name === section.name ? section : one)) : [...sections, section]);
    }
  }
}

function machine(): { cpu: string; cpus: number; node: string } {
  return { cpu: cpus()[0]?.model ?? "unknown", cpus: cpus().length, node: process.version };
}

function all(): void {
  const sections: Section[] = [];
  for (const one of Object.keys(benchmarks)) {
    console.error(`${one} ...`);
    const { status, stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), one, "--json"], {
      stdio: ["ignore", "pipe", "inherit"],
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    if (status !== 0) {
      console.error(`${one} failed`);
      process.exitCode = 1;
      continue;
    }
    sections.push(JSON.parse(stdout) as Section);
  }
  console.log(values.json ? JSON.stringify(sections) : table(sections));
  writeResults(sections);
}

function writeResults(sections: readonly Section[]): void {
  mkdirSync(results, { recursive: true });
  const { cpu, cpus: count, node } = machine();
  const head = `# Benchmarks\n\nMade by \`npm run bench\`. ${count} x ${cpu}, Node ${node}. CPU time of one thread, medians. Absolute figures move with the\nmachine and its neighbours by up to 2x: the shares and ratios are what counts.\n\n![inserts a second](inserts.svg)\n\n`;
  writeFileSync(`${results}README.md`, head + table(sections));
  writeFileSync(`${results}results.json`, `${JSON.stringify({ machine: machine(), sections }, null, 2)}\n`);
  writeFileSync(`${results}inserts.svg`, insertsPlot(sections));
}

function insertsPlot(sections: readonly Section[]): string {
  const figures = sections.find((section) => section.name === benchmarks.tree!.title)?.figures ?? [];
  const find = (start: string) => figures.find((figure) => figure.name.startsWith(start))?.value ?? 0;
  const bars = [
    { label: "Sealtrail, one batch", value: find("insert, one batch"), ours: true },
    { label: "Sealtrail, root after each", value: find("insert, root after each"), ours: true },
    ...figures
      .filter(({ name: what, unit }) => /^(urkel|@|merkletreejs)/.test(what) && unit === "/s")
      .map(({ name: what, value }) => ({ label: what.replace(/ \(.*?\)/, ""), value, ours: false })),
  ];
  return plot(
    "Inserts a second, 100,000 leaves, one thread",
    bars.filter((bar) => bar.value > 0),
  );
}
