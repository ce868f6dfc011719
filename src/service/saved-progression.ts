import type { Parameters } from '../progress/file/record.js';
import { numberMax, type Progression } from '../sequence/progression.js';

/**
 * The progression that saved parameters describe. A parameter that the record lacks, because an older
 * version or an embedding program wrote it, is its setting's default.
 */
export function progressionFrom(parameters: Parameters): Progression {
  const number = (name: string, byDefault: bigint): bigint => {
    const value = parameters[name];
    return value === undefined ? byDefault : BigInt(String(value));
  };
  return {
    instance: number('instance', 1n),
    increment: number('increment', 1n),
    max: number('max', numberMax),
  };
}
