// @sealtrail/anchor: checkpoints signed, stored and published where the trail's owner cannot take them back.
export * from "./check/index.js";
export * from "./sign/sign.js";
