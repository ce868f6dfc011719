/** What the exit codes mean, for help and manual; the codes themselves are those of errors.ts. */
export const exitMeanings: Readonly<Record<number, string>> = {
  0: 'done',
  64: 'the command line is wrong',
  65: 'the progress or audit file is unusable, missing, or older than the audit trail knows; bench: numbers break the promise',
  69: 'the sequence is at its end, the lock was lost, or no server answers',
  70: 'a fault of the program itself',
  74: 'the progress, or what a command prints, could not be written',
  75: 'the progress file is locked by another process',
  77: 'privileges, ownership or modes',
  78: 'the settings are invalid, or txnid is not installed for this version of Node',
  80: 'the parameters differ from the saved ones',
  255: 'cannot listen',
};

/** The codes of a start, and so of a check. */
export const startCodes = [65, 69, 74, 75, 77, 78, 80, 255] as const;

/** The codes of a command that decides about a stopped instance. */
export const decisionCodes = [65, 69, 74, 75, 77, 78] as const;
