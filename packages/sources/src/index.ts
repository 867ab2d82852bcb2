/**
 * What agent hosts report and write, made into drafts of events. Knows no storage.
 *
 * `./event` is public too. `./host` is for the other packages of Sealtrail: it may change in any release.
 *
 * @public
 * @packageDocumentation
 */
export {
  inputOf,
  type Recognised,
  recognise,
  SOURCE_NAMES,
  type SourceName,
  sourceOf,
} from "./sources.js";
