// The short form of the fault run (support/fault-run.ts): three trails (API key, paid, ledger file), three drainers, one recorder, a network that fails
// in a third of all requests, twelve processes killed, one every 0.7 s. The long form is a command of its own.
import { expect, it } from "vitest";
import { faultRun } from "./support/fault-run.ts";

it("every checkpoint is anchored exactly once, and nothing is paid twice", async () => {
  const seed = Number(process.env.FAULT_SEED ?? 2);
  const result = await faultRun({
    events: 400,
    everyEvents: 20,
    seed,
    failure: 0.35,
    drainers: 3,
    killEveryMs: 700,
    // Bounded, so that a busy machine gets to the end too.
    kills: 12,
    speed: 100,
    deadlineMs: 150_000,
  });
  expect(result.wrong, `seed ${seed}`).toEqual([]);
  expect(result.events).toBe(400);
  expect(result.statements).toBeGreaterThanOrEqual(10);
}, 180_000);
