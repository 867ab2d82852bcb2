// The end-to-end runs' installer: a registry that does not answer is nobody's fault here and must be told apart from a
// failure that is ours, or CI would pass over the one or stop at the other.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { npmInstall } from "../../../e2e/hosts/install.ts";
import { NotRunnable } from "../../../e2e/lib/not-run.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-hosts-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function outcome(manifest: string, settings: Record<string, string> = {}): unknown {
  writeFileSync(join(folder, "package.json"), manifest);
  try {
    npmInstall(folder, "a host", {
      npm_config_cache: join(folder, "cache"),
      npm_config_fetch_retries: "0",
      ...settings,
    });
  } catch (error) {
    return error;
  }
  return undefined;
}

test("nobody answers at the registry: not run", () => {
  const asked = JSON.stringify({ dependencies: { "is-number": "7.0.0" } });
  const error = outcome(asked, { npm_config_registry: "http://127.0.0.1:9/" });
  expect(error).toBeInstanceOf(NotRunnable);
  expect(String(error)).toContain("ECONNREFUSED");
});

test("anything else that fails is a failure", () => {
  const error = outcome("{ not JSON");
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(NotRunnable);
});
