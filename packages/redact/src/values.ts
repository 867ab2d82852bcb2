// What a value looks like: some names say for certain that a secret stands under them, others only together with a value
// that looks like one. Linear in the value, of which a bounded part is read.

/** Of a longer value, what is looked at. */
const READ = 512;
const PATH = /^(?:[~.]{0,2}\/|[A-Za-z]:[\\/]|\$\{?[A-Za-z_]|%[A-Za-z_]+%|@\/|file:)/;
const OPAQUE_CHARACTERS = /^[A-Za-z0-9+/=_.~:|%!@#$^&*-]+$/;
const HASH_ALGORITHM = /^(?:sha\d{1,3}|md5|blake\w{1,4})[-:=]/i;

/** Chosen by a machine: long, of mixed characters, and no path, address, or words that are joined by signs or capitals. */
export function looksOpaque(value: string): boolean {
  const text = value.length > READ ? value.slice(0, READ) : value;
  if (text.length < 16 || !OPAQUE_CHARACTERS.test(text)) return false;
  if (PATH.test(text) || text.includes("://") || HASH_ALGORITHM.test(text)) return false;
  let signs = 0;
  let digits = 0;
  let letters = 0;
  let turns = 0;
  let last = 0;
  let segment = 0;
  let longest = 0;
  for (let i = 0; i < text.length; i++) {
    const kind = kindOf(text.charCodeAt(i));
    if (kind === 0) {
      signs++;
      segment = 0;
      continue;
    }
    segment++;
    if (segment > longest) longest = segment;
    if (kind === 3) digits++;
    else letters++;
    // A capital followed by small letters is a word's beginning.
    if (last !== 0 && kind !== last && !(last === 2 && kind === 1)) turns++;
    last = kind;
  }
  const read = letters + digits;
  if (read < 14 || letters === 0) return false;
  if (signs > text.length / 4 || longest < 8) return false;
  return turns / read >= (digits > 0 ? 0.2 : 0.38);
}

/** 1 a small letter, 2 a capital, 3 a digit, 0 anything else. */
function kindOf(code: number): number {
  if (code >= 97 && code <= 122) return 1;
  if (code >= 65 && code <= 90) return 2;
  return code >= 48 && code <= 57 ? 3 : 0;
}

/** Chosen by a person or a machine as a password: letters with digits or signs between them, and no path, address or version. */
export function looksChosen(value: string): boolean {
  if (value.length < 5 || /[\s(){}]/.test(value.slice(0, READ))) return false;
  if (PATH.test(value) || value.includes("://") || /^v?\d+(?:\.\d+){1,5}/.test(value)) return false;
  if (/^[A-Za-z]+(?:[-_.:][A-Za-z]+){0,8}$/.test(value.slice(0, READ))) return false;
  return /[A-Za-z]/.test(value) && /[0-9!@#$%^&*+~?]/.test(value);
}
