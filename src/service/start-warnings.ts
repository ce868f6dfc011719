/** What the operator should know of a start that is no reason to refuse it. */

import type { Fault } from '../errors.js';
import { lockReachWarnings } from '../host/file-systems.js';
import { descriptorWarnings, preloadWarnings } from '../host/surroundings.js';
import { numberAt, type Progression } from '../sequence/progression.js';
import { judgeConfdir, rootWarnings } from './confdir.js';
import type { Confinement } from './confinement.js';
import type { LoadedSettings } from './settings.js';

/** What a start warns of. Throws what `judgeConfdir` refuses it for. */
export function startWarnings(settings: LoadedSettings, confinement: Confinement): Fault[] {
  const { values, confdir } = settings;
  const isConfined = confinement.keeper !== undefined;
  const hasSessions = values['session-port'] !== 0 || values['redis-port'] !== 0;
  return [
    ...rootWarnings(values.user),
    ...(isConfined ? preloadWarnings(process.env) : []),
    ...judgeConfdir(settings),
    ...(hasSessions ? descriptorWarnings(values['max-sessions'], values.sequences.length) : []),
    ...lockReachWarnings(confdir),
  ];
}

/** What there is to know about the numbers and their place, for who checks them. */
export function checkWarnings({ progression, confdir }: LoadedSettings): Fault[] {
  return [...instanceWarnings(progression), ...lockReachWarnings(confdir)];
}

/** Of an instance beyond its increment, which hands out numbers of another one of the same cluster. */
function instanceWarnings(progression: Progression): Fault[] {
  const { instance, increment } = progression;
  if (instance <= increment) return [];
  const same = ((instance - 1n) % increment) + 1n;
  const numbers = [0n, 1n, 2n].map((index) => numberAt(progression, index)).join(', ');
  const what = `instance ${instance} is beyond increment ${increment}: its numbers ${numbers}, … are numbers of instance ${same} too`;
  const remedy =
    'give each instance of a cluster one from 1 to increment that no other has; one that is alone may stay';
  return [{ what, remedy }];
}
