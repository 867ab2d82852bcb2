// @sealtrail/anchor: checkpoints signed, stored and published where the trail's owner cannot take them back.
export * from "./check/index.js";
export type * from "./client/answers.js";
export * from "./client/client.js";
export { type CallFailure, clean, type FailureKind } from "./client/http.js";
export * from "./client/networks.js";
export * from "./payment/offer.js";
export { walletAddress, walletIdentity } from "./payment/wallet.js";
export * from "./sign/sign.js";
