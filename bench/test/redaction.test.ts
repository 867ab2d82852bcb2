// The corpora of secrets and of benign texts, a part of each; all of them are measured by `npm run bench -- redaction`.
import { expect, it } from "vitest";
import { redactText } from "../../packages/redact/dist/index.js";
import { benign } from "../src/redaction/benign.ts";
import { corpora, isGone } from "../src/redaction/redaction.ts";

it("at least 97 of 100 secrets are found, in each file of the corpus", async () => {
  for (const { name, entries } of await corpora()) {
    const some = entries.filter((_, i) => i % 3 === 0);
    expect(some.length, name).toBeGreaterThan(300);
    const missed = some.filter((entry) => !isGone(entry));
    expect(missed.length / some.length, `${name}: ${JSON.stringify(missed[0])}`).toBeLessThanOrEqual(0.03);
  }
});

it("at most 5 of 1,000 benign texts are touched", () => {
  const texts = benign();
  expect(texts.length).toBeGreaterThanOrEqual(5_000);
  const some = texts.filter((_, i) => i % 3 === 0);
  const touched = some.filter(({ text }) => redactText(text).count > 0);
  expect(touched.length / some.length, JSON.stringify(touched[0])).toBeLessThanOrEqual(0.005);
});
