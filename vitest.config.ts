import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "bench/test/**/*.test.ts", "test-vectors/*.test.ts"],
    testTimeout: 60_000,
    // By default one processor is left free, which on two halves the speed. Test files share no folder and no port.
    maxWorkers: Math.max(2, availableParallelism()),
  },
});
