/** A document that a comment, a message or another document names is there. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
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
