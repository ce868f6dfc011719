import { type SpawnedThread, spawnThread } from '../threads/spawn.js';

/** A thread of the one-shot port, which waits for its order. */
export function spawnOneShotThread(): SpawnedThread {
  return spawnThread(new URL('./one-shot-worker.js', import.meta.url));
}
