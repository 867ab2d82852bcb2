/** Runs work that may fail without harm, such as a clean-up, and ignores its errors. */
export function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // The caller does not depend on it.
  }
}
