// The Python verifier as one long process: a line with a path in, a line with its verdict out.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
from sealtrail_verify import export
for path in sys.stdin:
    with open(path.rstrip("\\n"), "rb") as file:
        found = export.verify(file)
    print(json.dumps(found), flush=True)
`;

export class PythonVerifier {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const verifier = fileURLToPath(new URL("../../../../../test-vectors", import.meta.url));
    this.#child = spawn("python3", ["-B", "-c", program, verifier], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.on("error", () => {});
    this.#child.stdin.on("error", () => {});
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The verdict on an export; undefined where there is no Python. */
  async verify(path: string): Promise<{ ok: boolean; events?: number } | undefined> {
    this.#child.stdin.write(`${path}\n`);
    const { value, done } = await this.#answers.next();
    return done ? undefined : JSON.parse(value);
  }

  end(): void {
    this.#child.stdin.end();
  }
}
