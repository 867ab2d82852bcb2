// A run that could not take place is neither good nor bad, and must never look like either: it says `not run: why` and
// ends with a code of its own, which `e2e/all.ts` passes by.

/** EX_TEMPFAIL of sysexits. */
export const NOT_RUN = 75;

/** What the run needs is not to be had here or now: a registry that does not answer, a permission to mount. */
export class NotRunnable extends Error {}

export function notRun(why: string): never {
  console.log(`not run: ${why}`);
  process.exit(NOT_RUN);
}

/** The value, or the end of this process with `not run` where it is not to be had. */
export function orNotRun<T>(obtain: () => T): T {
  try {
    return obtain();
  } catch (error) {
    if (error instanceof NotRunnable) notRun(error.message);
    throw error;
  }
}
