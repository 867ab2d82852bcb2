import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

/** They put other functions in the place of a module's: that must not meet a module which an earlier file has loaded. */
const alone = ["packages/smt/test/symbolic*.test.ts"];

export default defineConfig({
  test: {
    globalSetup: "scripts/test-folder.ts",
    // Far more than any test takes: it ends what hangs, and a busy machine is no failure.
    testTimeout: 180_000,
    // Many tests wait for processes and timers of their own: one file more than there are processors keeps these busy.
    // Test files share no folder, no port and no environment that they do not put back.
    maxWorkers: Math.max(2, availableParallelism()) + 1,
    projects: [
      { extends: true, test: { name: "alone", include: alone } },
      {
        extends: true,
        test: {
          name: "together",
          include: ["packages/*/test/**/*.test.ts", "bench/test/**/*.test.ts", "test-vectors/*.test.ts"],
          exclude: [...configDefaults.exclude, ...alone],
          // A process for each file would load the same modules a hundred times.
          isolate: false,
        },
      },
    ],
  },
});
