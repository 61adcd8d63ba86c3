/** What the exit status of every command means. */
export const EXIT = {
  /** Done, and nothing to say against it. */
  ok: 0,
  /** There are problems, or what was asked for could not be done. */
  problems: 1,
  /** The command line itself cannot be understood. */
  usage: 2,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;
