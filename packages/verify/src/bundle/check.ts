// What one check of a bundle comes to.
import type { BundleCode } from "../codes.js";

/** The outcome of one check of a bundle. `absent`: the bundle or the caller lacks what the check needs. @public */
export type BundleCheck = { status: "ok" } | { status: "failed" | "absent"; code: BundleCode };

export const OK: BundleCheck = { status: "ok" };
export const failed = (code: BundleCode): BundleCheck => ({ status: "failed", code });
export const absent = (code: BundleCode): BundleCheck => ({ status: "absent", code });
export const NONE = absent("not-in-bundle");
/** A check with this fault, or none. */
export const judge = (code: BundleCode | undefined): BundleCheck => (code === undefined ? OK : failed(code));
/** A check that a second part of the bundle may fail as well. */
export const also = (check: BundleCheck, other: BundleCheck | undefined): BundleCheck =>
  check.status !== "failed" && other?.status === "failed" ? other : check;
export const verdictCheck = (verdict: { ok: true } | { ok: false; code: BundleCode }) =>
  verdict.ok ? OK : failed(verdict.code);
