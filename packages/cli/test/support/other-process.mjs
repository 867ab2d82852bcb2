// Runs `audit` as often as it is asked to, with the built program. A line of JSON on stdin, {argv, env, stdin}; a line of JSON for it on
// stdout, {code, out, err}. Used where a test needs a process that is not its own, but not a new one each time.
import { createInterface } from "node:readline";
import { run } from "../../dist/index.js";

process.removeAllListeners("warning");

async function answer({ argv, env, stdin }) {
  // The temporary folder is asked of the process.
  Object.assign(process.env, env);
  const said = { out: "", err: "" };
  const into = (name) => ({
    write: (text) => {
      said[name] += typeof text === "string" ? text : Buffer.from(text).toString();
    },
    isTerminal: false,
    columns: 100,
  });
  const code = await run(argv, {
    stdin: (async function* () {
      if (stdin !== undefined) yield Buffer.from(stdin);
    })(),
    stdinIsTerminal: false,
    stdout: into("out"),
    stderr: into("err"),
    env,
    home: env.HOME,
    cwd: env.HOME,
    now: () => Date.now(),
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    interrupt: () => new AbortController().signal,
  });
  return { code, ...said };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
