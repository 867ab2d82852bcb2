// Redaction of one text: cleaned of control characters, then every secret-shaped part masked in place.
import { maskAssignments } from "./assignments.js";
import { cleanText } from "./clean.js";
import { maskCommands } from "./commands.js";
import { maskDisguised } from "./disguised.js";
import { maskEncoded } from "./encoded.js";
import { redactJsonText } from "./json-text.js";
import { maskKeyBlocks } from "./keyblocks.js";
import { REDACTED, type Redacted } from "./marker.js";
import { maskShapes } from "./shapes.js";
import { isDisguised } from "./undisguise.js";
import { maskUrlCredentials } from "./urls.js";

const holdsSecret = (inner: string) => redactText(inner).count > 0;
const maskBase64 = (text: string) => maskEncoded(text, holdsSecret);
const TEXT_MASKS = [maskKeyBlocks, maskShapes, maskUrlCredentials, maskAssignments, maskCommands, maskBase64];
const DISGUISED_MASKS = [...TEXT_MASKS, maskDisguised];
const JSON_MASKS = [maskKeyBlocks, maskShapes];

/** One look at a text, 1 us for 250 characters: without any of these in it no rule below can match. */
const TRIGGER =
  /secret|pass[-_. ]?(?:word|wd|phrase)|credential|jwt|bearer|basic|cookie|auth|token|(?:api|private|access|account)[-_. ]?key|A[KSBC][IC]A|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|hooks\.slack|[sr]k_|whsec_|sk-|AIza|ya29|GOCSPX|npm_|pypi-|hf_|gsk_|xai-|dop_v1|SG\.|AGE-SEC|sig=|X-Amz-S|eyJ|-----BEGIN|:\/\/|curl|sshpass|mysql|docker|podman|\\u00|pass(?:in|out)?[ :]|vault login|chpasswd|sudo|redis-cli|mongo|zip|7z|ldap|smbclient|sqlcmd|from-literal/i;

/**
 * A text that is safe to write. Linear in its length, never throws; doing it twice changes nothing.
 * JSON inside the text is redacted by its keys as well.
 */
export function redactText(input: string, patterns: readonly RegExp[] = []): Redacted {
  let text = cleanText(input);
  let count = 0;
  const disguised = isDisguised(text);
  if (disguised || TRIGGER.test(text)) {
    const json = redactJsonText(text, patterns, redactText);
    if (json !== undefined && json.count > 0) return json;
    // In JSON the keys have been looked at one by one; the assignment rules would only misread its punctuation.
    const masks = json !== undefined ? JSON_MASKS : disguised ? DISGUISED_MASKS : TEXT_MASKS;
    // A mark can join what stood apart, so that a rule matches only now: what is written must be at rest.
    for (let round = 0; round < 4; round++) {
      const before = count;
      for (const mask of masks) {
        const masked = mask(text);
        text = masked.text;
        count += masked.count;
      }
      if (count === before) break;
    }
  } else if (text.length >= 16) {
    const masked = maskBase64(text);
    text = masked.text;
    count = masked.count;
  }
  for (const pattern of patterns) {
    // Between the marks only: a pattern that matches the mark itself must not eat it again at each reading.
    const parts = text.split(REDACTED);
    for (let i = 0; i < parts.length; i++) {
      parts[i] = parts[i]!.replace(pattern, () => {
        count++;
        return REDACTED;
      });
    }
    text = parts.join(REDACTED);
  }
  return { text, count };
}
