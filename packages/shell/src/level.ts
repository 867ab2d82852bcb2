// A text that is being read, and where its units stand in the text that the caller gave: a nested script is read without
// the quotes that stand around it, but its places must be told in the outer text.

export interface Level {
  readonly text: string;
  /** Places of the units of `text`, and one more for its end. Absent where they are the same. */
  readonly places: Uint32Array | undefined;
  readonly depth: number;
}

export function placeOf(level: Level, index: number): number {
  const inside = Math.min(index, level.text.length);
  return level.places === undefined ? inside : level.places[inside]!;
}
