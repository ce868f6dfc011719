/** Limits and defaults of the session client. */

/** Requests that may wait or be in flight at once. */
export const pendingMaxDefault = 100_000;

/** From the call to the reply; reconnecting is included. */
export const requestTimeoutMsDefault = 10_000;

/** From the first packet to the server's answer to a ping. */
export const connectTimeoutMsDefault = 5_000;

/** The longest time that a timer of Node can take. */
export const timeoutMsMax = 2 ** 31 - 1;

/** Pause after the first failure to connect; it doubles with each further one. */
export const reconnectDelayMsMin = 50;
export const reconnectDelayMsMax = 5_000;

/** Characters of a reply that are shown when it is refused. */
export const echoCharactersMax = 40;
