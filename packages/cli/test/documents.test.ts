/** The documents that comments, messages and other documents name exist, and the glossary is short and has no term without a use. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const repository = new URL("../../../", import.meta.url).pathname;
const NAME = /(?<![\w*/.@-])((?:[\w-]+\/|\.\.?\/)*[\w-]+\.md)\b/g;
/** In fixtures and samples: files of hosts and users. */
const elsewhere = /(?:^|\/)(?:test|fixtures|mock|bench\/data|demo)\//;

it("every document that is named exists", () => {
  const files = execFileSync("git", ["ls-files", "*.ts", "*.js", "*.mjs", "*.py", "*.sh", "*.md"], {
    cwd: repository,
    encoding: "utf8",
  });
  const missing: string[] = [];
  for (const file of files.split("\n").filter((name) => name !== "" && !elsewhere.test(name))) {
    const text = readFileSync(join(repository, file), "utf8");
    const comments = file.endsWith(".md") ? text : text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, "");
    for (const [, name] of comments.matchAll(NAME)) {
      const places = [dirname(file), "", "docs"].map((folder) => join(repository, folder, name!));
      if (!places.some((place) => existsSync(place))) missing.push(`${file}: ${name}`);
    }
  }
  expect(missing).toEqual([]);
});

it("the glossary has at most 40 terms, and each is used in another document", () => {
  const rows = readFileSync(join(repository, "docs/glossary.md"), "utf8").matchAll(/^\| ([\w ]+) \| .* \|$/gm);
  const terms = [...rows].map(([, term]) => term!).filter((term) => term !== "term");
  const names = execFileSync("git", ["ls-files", "*.md"], { cwd: repository, encoding: "utf8" }).split("\n");
  const others = names.filter((name) => name !== "" && name !== "docs/glossary.md" && name !== "docs/cli.md");
  const text = others.map((name) => readFileSync(join(repository, name), "utf8")).join("\n");
  expect(terms.length).toBeGreaterThan(20);
  expect(terms.length).toBeLessThanOrEqual(40);
  expect(new Set(terms).size).toBe(terms.length);
  expect(terms.filter((term) => !new RegExp(`\\b${term.replaceAll(" ", "\\s+")}`, "i").test(text))).toEqual([]);
});

it("packages import each other as docs/architecture.md says", () => {
  const rows = readFileSync(join(repository, "docs/architecture.md"), "utf8").matchAll(
    /^\| `(\w+)` \| .* \| ((?:`\w+`(?:, )?)*) ?\|$/gm,
  );
  const documented = Object.fromEntries([...rows].map(([, name, list]) => [name!, list!.match(/\w+/g)?.sort() ?? []]));
  const used: Record<string, string[]> = Object.fromEntries(
    readdirSync(join(repository, "packages")).map((name) => [name, []]),
  );
  const pattern = '(from|import) ?\\(?"@sealtrail/[a-z]+';
  const grep = ["grep", "-oE", pattern, "--", "packages/*/src/*.ts"];
  for (const line of execFileSync("git", grep, { cwd: repository, encoding: "utf8" }).trim().split("\n")) {
    const [, name, other] = /^packages\/(\w+)\/.*\/(\w+)$/.exec(line)!;
    if (!used[name!]!.includes(other!)) used[name!]!.push(other!);
  }
  for (const list of Object.values(used)) list.sort();
  expect(used).toEqual(documented);
});
