// How much the redaction finds, and how much it takes that is no secret.
import { readdirSync } from "node:fs";
import { redactText } from "../../../packages/redact/dist/index.js";
import { atLeast, atMost, cpuOf, type Figure, figure } from "../measure.ts";
import { benign, trying } from "./benign.ts";
import type { CorpusEntry } from "./corpus/field.ts";

const LEAST_FOUND = 97;
const MOST_TOUCHED = 0.5;

/** The entries of every file in `corpus/`. */
export async function corpora(): Promise<{ name: string; entries: CorpusEntry[] }[]> {
  const folder = new URL("./corpus/", import.meta.url);
  const names = readdirSync(folder).filter((name) => /^[\w-]+\.ts$/.test(name));
  return Promise.all(
    names.sort().map(async (name) => {
      const { corpus } = (await import(new URL(name, folder).href)) as { corpus: () => CorpusEntry[] };
      return { name: name.replace(/\.ts$/, ""), entries: corpus() };
    }),
  );
}

/** Whether nothing of the secret is left that is worth having: not 8 characters of it in a row. Of an address, the host may stay. */
export function isGone({ text, secret: whole }: CorpusEntry): boolean {
  const secret = whole.replace(/^https?:\/\/[^/@]+\/[a-z]*\/?/, "");
  const { text: after } = redactText(text);
  const reach = Math.min(8, secret.length);
  for (let i = 0; i + reach <= secret.length; i++) if (after.includes(secret.slice(i, i + reach))) return false;
  return true;
}

function shares<T>(
  items: readonly T[],
  kind: (item: T) => string,
  holds: (item: T) => boolean,
): Map<string, [number, number]> {
  const shares = new Map<string, [number, number]>();
  for (const item of items) {
    const share = shares.get(kind(item)) ?? [0, 0];
    shares.set(kind(item), share);
    share[1]++;
    if (holds(item)) share[0]++;
  }
  return shares;
}

const percent = ([n, of]: readonly [number, number]): number => (100 * n) / Math.max(1, of);
const total = (shares: Iterable<readonly [number, number]>): [number, number] =>
  [...shares].reduce<[number, number]>(([n, of], [m, more]) => [n + m, of + more], [0, 0]);

/** `size` is how many lines with words of secrets are looked at besides the two corpora. */
export async function benchRedaction(size: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  const found: [number, number][] = [];
  for (const { name, entries } of await corpora()) {
    const missed = new Map<string, number>();
    const byContext = shares(
      entries,
      (entry) => entry.context,
      (entry) => {
        const gone = isGone(entry);
        if (!gone) missed.set(entry.provider, (missed.get(entry.provider) ?? 0) + 1);
        if (!gone && process.env.SHOW) console.error(JSON.stringify(entry), redactText(entry.text).text);
        return gone;
      },
    );
    found.push(...byContext.values());
    for (const [context, share] of byContext)
      figures.push(figure(`found, ${name}: ${context} (of ${share[1]})`, "%", percent(share)));
    figures.push(figure(`found, ${name}`, "%", percent(total(byContext.values()))));
  }
  const all = total(found);
  figures.push(figure(`found, all ${all[1]}`, "%", percent(all), atLeast(percent(all), LEAST_FOUND)));
  figures.push(figure("secrets", "", all[1], atLeast(all[1], 1_000)));

  const texts = benign();
  const touches = ({ text }: { text: string }): boolean => {
    const { text: after, count } = redactText(text);
    if (count > 0 && process.env.SHOW) console.error("touched", JSON.stringify(text), after);
    return count > 0;
  };
  const byKind = shares(texts, (text) => text.kind, touches);
  for (const [kind, share] of byKind) figures.push(figure(`touched: ${kind} (of ${share[1]})`, "%", percent(share)));
  const touched = total(byKind.values());
  figures.push(figure(`touched, all ${touched[1]}`, "%", percent(touched), atMost(percent(touched), MOST_TOUCHED)));
  figures.push(figure("benign texts", "", touched[1], atLeast(touched[1], 5_000)));
  for (const [kind, share] of shares(trying(size), (text) => text.kind, touches))
    figures.push(figure(`touched: ${kind} (of ${share[1]}, not counted above)`, "%", percent(share)));

  const characters = texts.reduce((sum, { text }) => sum + text.length, 0);
  const micros = cpuOf(() => {
    for (const { text } of texts) redactText(text);
  });
  figures.push(figure("time for 250 characters of benign text", "us", (micros * 250) / characters));
  return figures;
}
