import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "bench/test/**/*.test.ts", "test-vectors/*.test.ts"],
    testTimeout: 60_000,
  },
});
