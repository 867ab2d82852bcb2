// A host in a pseudo-terminal, for what only a person at a terminal can do. Node has none of its own, so Python's standard
// library opens it; what the host draws is read as text without its colours, moves and blanks.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { NotRunnable } from "./not-run.ts";
import { pause, type Scratch } from "./scratch.ts";

const RELAY = `
import fcntl, os, pty, select, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
sources = [0, terminal]
while True:
    ready = select.select(sources, [], [])[0]
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
    if 0 in ready:
        data = os.read(0, 4096)
        if data:
            os.write(terminal, data)
        else:
            sources.remove(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

const ESC = "\u001b";
const DRAWING = new RegExp(`${ESC}\\[[0-9;?<>=]*[a-zA-Z]|${ESC}\\][^\u0007]*\u0007|\\s+`, "g");

export class Terminal {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  #drawn = "";
  #from = 0;

  constructor(scratch: Scratch, command: readonly string[], env: Readonly<Record<string, string>>) {
    if (spawnSync("python3", ["--version"]).status !== 0)
      throw new NotRunnable("python3 is needed for a pseudo-terminal");
    this.#child = spawn("python3", ["-c", RELAY, ...command], {
      cwd: scratch.workspace,
      env: { ...scratch.env, ...env, TERM: "xterm-256color" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdin?.on("error", () => {});
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#drawn += text;
    });
    this.#closed = new Promise((done) => this.#child.on("close", done));
  }

  /** What was drawn since the last key. */
  get shown(): string {
    return this.#drawn.slice(this.#from).replace(DRAWING, "");
  }

  press(keys: string): void {
    this.#from = this.#drawn.length;
    this.#child.stdin?.write(keys);
  }

  /** The words are typed first: a line that ends with Enter in one piece is taken for pasted text. */
  async enter(words: string): Promise<void> {
    this.press(words);
    await pause(500);
    this.press("\r");
  }

  async until(pattern: RegExp, seconds = 60): Promise<RegExpExecArray> {
    const limit = performance.now() + seconds * 1000;
    for (;;) {
      const found = pattern.exec(this.shown);
      if (found !== null) return found;
      if (performance.now() > limit || this.#child.exitCode !== null) {
        throw new Error(`the terminal never showed ${pattern}: ${this.shown.slice(-2_000)}`);
      }
      await pause(100);
    }
  }

  /** The exit code; null where it had to be killed. */
  async end(seconds = 20): Promise<number | null> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), seconds * 1000);
    const code = await this.#closed;
    clearTimeout(timer);
    return code;
  }
}
