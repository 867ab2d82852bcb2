// The first half of the corpus of secrets: two samples of each provider's documented token format, in five contexts.
import { FORMATS } from "../../../../packages/redact/dist/detectors/index.js";
import { sampleOf, seeded } from "../../../../packages/redact/dist/detectors/sample.js";
import type { CorpusEntry } from "./field.ts";

// The names and flags say nothing: what is found is found by its shape.
const CONTEXTS: readonly { name: string; write: (secret: string) => string }[] = [
  { name: "a line of an environment", write: (s) => `HOME=/home/ci\nVALUE=${s}\nLANG=C\n` },
  { name: "JSON", write: (s) => JSON.stringify({ id: 17, value: s, tags: ["a", "b"] }) },
  { name: "a word of a shell command", write: (s) => `./login.sh ${s} && make deploy > out.log` },
  { name: "prose", write: (s) => `The new one is ${s}, it was made this morning and holds for a year.` },
  { name: "YAML in a list", write: (s) => `items:\n  - ${s}\n  - other\n` },
];

/** Two samples a provider in five contexts. */
export function corpus(seed = 10_261_128): CorpusEntry[] {
  const next = seeded(seed);
  const entries: CorpusEntry[] = [];
  const samples = new Map<string, string[]>();
  for (const { provider, samples: notations, keeps, starts } of FORMATS) {
    const known = samples.get(provider) ?? [];
    samples.set(provider, known);
    for (let n = 0; known.length < 2 && n < 2; n++) {
      const text = sampleOf(notations[n % notations.length]!, next);
      if (keeps !== true) known.push(text);
      else entries.push(...inContexts(provider, text, secretBehind(text, starts)));
    }
  }
  for (const [provider, known] of samples) {
    for (const text of known) entries.push(...inContexts(provider, text, text));
  }
  return entries;
}

function secretBehind(text: string, starts: readonly string[]): string {
  const start = starts.find((literal) => text.includes(literal))!;
  return text.slice(text.indexOf(start) + start.length);
}

const inContexts = (provider: string, text: string, secret: string): CorpusEntry[] =>
  CONTEXTS.map(({ name, write }) => ({ provider, context: name, text: write(text), secret }));
