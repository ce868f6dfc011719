import { reconnectDelayMsMax, reconnectDelayMsMin } from './limits.js';

/**
 * How long to wait before connecting again, in milliseconds: nothing as long as nothing failed, then
 * twice as long each time. The upper half is chance (`random`, 0 to 1), so that clients which lost
 * the same server do not come back all at once. Pure.
 */
export function reconnectDelayMs(failures: number, random: number): number {
  if (failures === 0) return 0;
  const doubled = reconnectDelayMsMin * 2 ** (failures - 1);
  return (Math.min(reconnectDelayMsMax, doubled) * (1 + random)) / 2;
}
