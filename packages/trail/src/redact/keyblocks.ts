// Private key blocks (PEM, OpenSSH, PGP) in any text, also inside JSON text where line ends are written `\n`.
import { REDACTED, type Redacted } from "./marker.js";

/** Masks each block; one that never ends is masked to the end of the text. Linear: every character is passed once. */
export function maskKeyBlocks(text: string): Redacted {
  let out = "";
  let done = 0;
  let count = 0;
  for (let from = 0; ; ) {
    const begin = text.indexOf("-----BEGIN ", from);
    if (begin < 0) break;
    from = begin + 11;
    const label = text.slice(from, from + 60);
    if (!/^[A-Z0-9 ]{0,40}PRIVATE KEY/.test(label)) continue;
    const footer = text.indexOf("-----END ", from);
    const close = footer < 0 ? -1 : text.indexOf("-----", footer + 9);
    const end = close < 0 || close > footer + 80 ? text.length : close + 5;
    out += text.slice(done, begin) + REDACTED;
    count++;
    done = end;
    from = end;
  }
  return count === 0 ? { text, count } : { text: out + text.slice(done), count };
}
