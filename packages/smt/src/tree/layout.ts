// How nodes lie in the arena's arrays, for the code that reads many of them at once.

/** Words of an inner node: left ref, right ref, hash. */
export const INNER_WORDS = 10;
/** Words of a leaf: path, value, hash. */
export const LEAF_WORDS = 24;

export function copied(words: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(length);
  bigger.set(words);
  return bigger;
}
