// A Digital Evidence network on loopback for the demo, the tests and development.
export * from "./faults.js";
export { PatriciaTrie } from "./patricia.js";
export { type Charge, MockPaymentGate, type TillOptions } from "./payment-gate.js";
export type { Account, Fingerprint } from "./registry.js";
export * from "./server.js";
export type { Shape } from "./shapes.js";
