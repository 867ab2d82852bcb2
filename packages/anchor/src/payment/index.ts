/**
 * Payment per request (x402), for a network account that has no API key. Loaded only where payments are configured.
 *
 * @public
 * @packageDocumentation
 */
export { WALLET_KEY } from "../keys/key-file.js";
export { type Authorization, type PaymentDomain, recoverSigner } from "./eip712.js";
export { type Asset, BASE_USDC, type Offer, type PaymentPolicy } from "./offer.js";
export { WalletPayment } from "./paid.js";
export { walletAddress, walletIdentity } from "./wallet.js";
