// Where each environment of Digital Evidence is reached (digital-evidence.md, HTTP).
import type { Network } from "@sealtrail/verify/statement";

/** The networks that statements can be sent to. @public */
export type NetworkName = Exclude<Network, "ledger">;

const BASE = {
  mainnet: "https://lb-mainnet.ded-ingestion.constellationnetwork.net",
  integration: "https://lb-integrationnet.ded-ingestion.constellationnetwork.net",
} as const;

/**
 * `test` takes its address from `DE_TEST_URL`: loopback hosts only, so that a stray variable sends nothing out.
 *
 * @public
 */
export function networkUrl(network: NetworkName, env: { readonly [name: string]: string | undefined } = {}): string {
  if (network !== "test") return BASE[network];
  const given = env.DE_TEST_URL;
  if (given === undefined || given === "") throw new TypeError("DE_TEST_URL: needed with the environment test");
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new TypeError("DE_TEST_URL: not a URL");
  }
  const loopback = url.hostname === "localhost" || url.hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(url.hostname);
  if (!loopback || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TypeError("DE_TEST_URL: http on a loopback host only");
  }
  return url.origin;
}

/** The public page of a fingerprint. */
export function explorerUrl(hash: string): string {
  return `https://digitalevidence.constellationnetwork.io/explorer/fingerprint/${hash}`;
}
