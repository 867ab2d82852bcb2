/**
 * Key files, and signed changes of the signing key. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { signFingerprint } from "../sign/sign.js";
export {
  applyKeyChange,
  type KeyChange,
  signKeyChange,
  verifyKeyChange,
} from "./key-change.js";
export { KeyError } from "./key-file.js";
