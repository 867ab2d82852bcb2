/** Does what may fail without harm: a clean-up, or a look to which no answer is one too. */
export function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Nothing hangs on it.
  }
}
