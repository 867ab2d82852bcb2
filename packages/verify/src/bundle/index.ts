/**
 * The format of an evidence bundle, for whoever makes one or reads more of it than the verdict.
 *
 * @public
 * @packageDocumentation
 */
export type { BundleCheckName, BundleCode, BundleVerdict } from "../codes.js";
export type { Bundle, Disclosure, Restarted } from "./bundle.js";
export type { BundleCheck } from "./check.js";
export { type BundleDisclosure, type BundleParts, makeBundle } from "./make.js";
