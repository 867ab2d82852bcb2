import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "bench/test/**/*.test.ts", "test-vectors/*.test.ts"],
    // Far more than any test takes: it ends what hangs, and a busy machine is no failure.
    testTimeout: 180_000,
    // By default one processor is left free, which on two halves the speed. Test files share no folder and no port.
    maxWorkers: Math.max(2, availableParallelism()),
  },
});
