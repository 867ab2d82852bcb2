/** The version of this package, as published. */
import { readFileSync } from "node:fs";

export function version(): string {
  const own = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return own.version;
}
