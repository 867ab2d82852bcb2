// All token formats.
import { BUSINESS } from "./business.js";
import { CHAT } from "./chat.js";
import { CLOUD } from "./cloud.js";
import { DATA } from "./data.js";
import { DEVELOPER } from "./developer.js";
import type { TokenFormat } from "./format.js";
import { GENERIC } from "./generic.js";
import { MODELS } from "./models.js";
import { MONITORING } from "./monitoring.js";
import { PAYMENTS } from "./payments.js";

export type { TokenFormat } from "./format.js";

export const FORMATS: readonly TokenFormat[] = [
  ...CLOUD,
  ...DEVELOPER,
  ...CHAT,
  ...PAYMENTS,
  ...MODELS,
  ...DATA,
  ...MONITORING,
  ...BUSINESS,
  ...GENERIC,
];
