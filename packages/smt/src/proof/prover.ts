/**
 * Provers that read any tree through `NodeReader`, and a tree made from stored leaves. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { treeOfLeaves } from "../tree/replay.js";
export { proveExtension } from "./extension.js";
export { proveKeys } from "./multiproof.js";
