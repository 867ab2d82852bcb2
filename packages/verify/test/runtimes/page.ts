// The entry point in a browser: hangs the runner on the window, where the test finds it.
import { disagreements } from "../vectors/run.js";

Object.assign(globalThis, { disagreements });
