// Makes the next version out of the changesets: writes their texts into CHANGELOG.md under its heading, and lets changesets
// raise the versions. All packages have one version and one changelog, and changesets writes one for each package only.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "sealtrail-version-"));
try {
  const file = join(folder, "status.json");
  // The file's path is taken as relative to the folder of the project.
  execFileSync("changeset", ["status", "--output", relative(".", file)], { stdio: ["ignore", "ignore", "inherit"] });
  const { releases, changesets } = JSON.parse(readFileSync(file, "utf8")) as {
    releases: { newVersion: string }[];
    changesets: { summary: string }[];
  };
  const [release] = releases;
  if (release === undefined) throw new Error("there is no changeset: nothing to release");
  const changes = changesets.map(({ summary }) => (summary.startsWith("- ") ? summary : `- ${summary}`)).join("\n");
  const heading = "# Changelog\n";
  const changelog = readFileSync("CHANGELOG.md", "utf8");
  if (!changelog.startsWith(heading)) throw new Error(`CHANGELOG.md does not begin with ${heading}`);
  writeFileSync(
    "CHANGELOG.md",
    `${heading}\n## ${release.newVersion}\n\n${changes}\n${changelog.slice(heading.length)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
execFileSync("changeset", ["version"], { stdio: "inherit" });
execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], {
  stdio: "inherit",
});
