// The entry point under Node, Deno and Bun: reads a file of vectors, prints what differs as JSON.
import { readFileSync } from "node:fs";
import { disagreements, type VectorFile } from "../vectors/run.js";

const files = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as VectorFile[];
const found: string[] = [];
let cases = 0;
for (const file of files) {
  cases += file.cases.length;
  found.push(...(await disagreements(file)));
}
console.log(JSON.stringify({ cases, found }));
