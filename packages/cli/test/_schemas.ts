/** Checks what `--json` printed against the published schemas. */
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
const folder = new URL("../schemas/", import.meta.url);
for (const file of readdirSync(folder))
  ajv.addSchema(JSON.parse(readFileSync(new URL(file, folder), "utf8")) as object);

function validator(name: string): ValidateFunction {
  const found = ajv.getSchema(`urn:sealtrail:cli:${name}`);
  if (found === undefined) throw new Error(`no schema ${name}`);
  return found as ValidateFunction;
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
