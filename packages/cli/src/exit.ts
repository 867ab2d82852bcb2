// The exit codes of the command `audit`: the one list that help, documents and tests are made from.

/** An exit code of `audit`. @public */
export interface ExitCode {
  readonly code: number;
  readonly name: string;
  readonly about: string;
}

/** The exit codes of `audit`, by name. @public */
export const EXIT = {
  ok: 0,
  failed: 1,
  inconclusive: 2,
  usage: 64,
  data: 65,
  missing: 66,
  unavailable: 69,
  bug: 70,
  exists: 73,
  io: 74,
  retryLater: 75,
  permission: 77,
  interrupted: 130,
} as const;

/** What each exit code means. @public */
export const EXIT_CODES: readonly ExitCode[] = [
  { code: EXIT.ok, name: "ok", about: "done, and what was checked is in order" },
  { code: EXIT.failed, name: "failed", about: "verification failed: tampered, invalid, broken, unhealthy, differs" },
  {
    code: EXIT.inconclusive,
    name: "inconclusive",
    about: "no answer: there is nothing to check, or nothing trusted to check it against",
  },
  { code: EXIT.usage, name: "usage", about: "the command line is wrong; nothing was done" },
  {
    code: EXIT.data,
    name: "data",
    about: "some input is not what it should be; what was good was taken, the rest is counted",
  },
  { code: EXIT.missing, name: "missing", about: "no such trail, event, session or input file" },
  { code: EXIT.unavailable, name: "unavailable", about: "this Node is too old" },
  { code: EXIT.bug, name: "bug", about: "an error of the program's own; please report it with DEBUG=1" },
  { code: EXIT.exists, name: "exists", about: "what should be made is there already and was left alone" },
  { code: EXIT.io, name: "io", about: "reading or writing failed: disk full, damaged file" },
  {
    code: EXIT.retryLater,
    name: "retry-later",
    about: "not now: the network is down (what waits is kept), or the trail stayed locked; try again later",
  },
  { code: EXIT.permission, name: "permission", about: "not allowed: file permissions, or a legal hold" },
  { code: EXIT.interrupted, name: "interrupted", about: "stopped by Ctrl-C, or by whoever read the output" },
];
