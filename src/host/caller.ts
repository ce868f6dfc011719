/** Whether somebody waits for this process to become ready: see daemonize.ts. */

/** Tells the service that a caller waits for it. Not a setting, hence not called like one. */
export const callerVariable = 'TXNID_CALLER_WAITS';

/** Where the service tells its caller that it is ready. */
export const readinessFd = 3;

/** Whether this process is the service that a caller waits for; if not, it may be that caller. */
export function isCallerWaiting(environment: NodeJS.ProcessEnv): boolean {
  return environment[callerVariable] !== undefined;
}
