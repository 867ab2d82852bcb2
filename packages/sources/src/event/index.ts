/**
 * What a source gives: drafts of events, their types and categories, and the host's times.
 *
 * @public
 * @packageDocumentation
 */
export * from "./categories.js";
export type * from "./draft.js";
export * from "./sources.js";
export * from "./time.js";
export * from "./two-sides.js";
export * from "./types.js";
