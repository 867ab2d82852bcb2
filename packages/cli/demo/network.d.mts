// The bundle beside this file, which bundle.mjs makes.
export { LocalNetwork } from "@sealtrail/devkit";
