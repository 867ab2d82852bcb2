// What a detector returns: where secrets stand in a text. Masks are put in place by text.ts, once for all detectors.

/** A secret in a text. Offsets are UTF-16 units; `end` is not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Name of the detector, as it will stand in `metadata.redactions`: lower case and hyphens, e.g. `github-token`. */
  readonly kind: string;
  /** Quote to put around the mask, so that JSON text stays JSON where a bare number or structure stood. */
  readonly quote?: string;
}

/**
 * Finds secrets of some kinds. The spans may come in any order and may overlap: overlapping ones become one mask.
 * Linear in the length of the text, never throws, keeps no state. A mark (`[REDACTED]`) that stands there already is no secret.
 * A detector need not know about shells: in a command each span is cut at the end of the shell's word that it begins in.
 */
export type Detector = (text: string) => readonly Span[];

/** Adds to a list, however many there are: `push(...more)` fails beyond some hundred thousand. @internal */
export function addAll<T>(list: T[], more: readonly T[]): void {
  for (const one of more) list.push(one);
}
