import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** They put other functions in the place of a module's: that must not meet a module which an earlier file has loaded. */
const alone = ["packages/smt/test/symbolic*.test.ts"];

/** The longest ones: begun last, one of them would run alone in the end. */
const first = [
  "verify/test/runtimes.test.ts",
  "test-vectors/agree.test.ts",
  "cli/test/hook.test.ts",
  "openclaw/test/spoiled.test.ts",
  "cli/test/hook-faults.test.ts",
  "trail/test/processes.test.ts",
  "smt/test/sqlite/processes.test.ts",
  "anchor/test/fault-run.test.ts",
  "test-vectors/product.test.ts",
  "cli/test/retention-run.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = first.findIndex((name) => moduleId.endsWith(name));
      return found < 0 ? first.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    globalSetup: "scripts/test-folder.ts",
    setupFiles: "scripts/test-seed.ts",
    // Far more than any test takes: it ends what hangs, and a busy machine is no failure.
    testTimeout: 180_000,
    hookTimeout: 180_000,
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
