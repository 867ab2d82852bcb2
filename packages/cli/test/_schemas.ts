/** Checks what `--json` printed against the published schemas. */
import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
const known = new Map<string, ValidateFunction>();

function validator(name: string): ValidateFunction {
  let found = known.get(name);
  if (!found) {
    const file = new URL(`../schemas/${name}.json`, import.meta.url);
    found = ajv.compile(JSON.parse(readFileSync(file, "utf8")) as object);
    known.set(name, found);
  }
  return found;
}

/** Throws where a line is not what the schema says; gives the lines' values. */
export function conforming(name: string, out: string): unknown[] {
  const lines = out.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const value: unknown = JSON.parse(line);
    const validate = validator(name);
    if (!validate(value)) throw new Error(`${name}: ${ajv.errorsText(validate.errors)} in ${line.slice(0, 400)}`);
    return value;
  });
}
