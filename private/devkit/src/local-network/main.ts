// `npm run de-server`: the local network in the foreground until Ctrl-C.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Fault, LOOKUP_FAULTS, SUBMIT_FAULTS, seededFaults } from "./faults.js";
import { LocalNetwork } from "./server.js";
import type { Shape } from "./shapes.js";

const usage = `Usage: de-server [--port 8787] [--shape first|second|second-leaf-key] [--batch-ms 0] [--finality-ms 0]
                 [--fail <probability>] [--faults <name,name>] [--seed 1] [--pay-to <address>] [--roots <file>]
Faults: ${SUBMIT_FAULTS.join(" ")} foreign
With --pay-to, a call without an API key is asked for a payment of 1000 atomic units of a test asset.`;

const TEST_ASSET = { network: "eip155:84532", contract: `0x${"42".repeat(20)}`, name: "Test Dollar", version: "1" };

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    shape: { type: "string", default: "second" },
    "batch-ms": { type: "string", default: "0" },
    "finality-ms": { type: "string", default: "0" },
    fail: { type: "string", default: "0" },
    faults: { type: "string" },
    seed: { type: "string", default: "1" },
    "pay-to": { type: "string" },
    roots: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help) {
  console.log(usage);
} else {
  const chosen = values.faults?.split(",") as Fault[] | undefined;
  const kinds = chosen && {
    submit: chosen.filter((f) => SUBMIT_FAULTS.includes(f)),
    lookup: chosen.filter((f) => LOOKUP_FAULTS.includes(f)),
  };
  const network = await LocalNetwork.start({
    port: Number(values.port),
    shape: values.shape as Shape,
    batchMs: Number(values["batch-ms"]),
    finalityMs: Number(values["finality-ms"]),
    faults: seededFaults(Number(values.seed), Number(values.fail), kinds),
    ...(values["pay-to"] === undefined ? {} : { till: { asset: TEST_ASSET, price: "1000", payTo: values["pay-to"] } }),
  });
  console.log(`export DE_TEST_URL=${network.url}`);
  console.log("# API key: local-key; batch roots: GET /v1/batch-roots");
  const { roots } = values;
  if (roots !== undefined) {
    setInterval(() => writeFileSync(roots, `${JSON.stringify(network.roots(), null, 1)}\n`), 1_000).unref();
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void network.close());
}
