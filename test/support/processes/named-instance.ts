/** An instance with sequences that have a name, and numbers of them. */

import { connect } from '../../../src/client/client.js';
import { type Instance, newInstance } from './daemon.js';
import { freePort } from './one-shot-client.js';

export interface NamedInstance extends Instance {
  readonly sessionPort: number;
  readonly names: readonly string[];
}

/** `values`: further flags. */
export async function namedInstance(
  names: readonly string[],
  ...values: string[]
): Promise<NamedInstance> {
  const sessionPort = await freePort();
  const instance = await newInstance('-session-port', String(sessionPort), ...values);
  return { ...withNames(instance, names), sessionPort, names };
}

/** The same files with these names in the settings. */
export function withNames<Any extends Instance>(instance: Any, names: readonly string[]): Any {
  const values = instance.values.filter((value) => !value.startsWith('-sequences='));
  return {
    ...instance,
    names,
    values: [...values, ...(names.length > 0 ? [`-sequences=${names.join()}`] : [])],
  };
}

/** `count` numbers of that sequence, one after the other. */
export async function numbersOf(
  { sessionPort }: Pick<NamedInstance, 'sessionPort'>,
  name: string,
  count = 1,
): Promise<bigint[]> {
  const client = await connect({ host: '127.0.0.1', port: sessionPort });
  try {
    const asked = Array.from({ length: count }, () => client.sequence(name).next());
    return await Promise.all(asked);
  } finally {
    await client.close();
  }
}

/** One. */
export async function numberOf(instance: NamedInstance, name: string): Promise<bigint> {
  const [number] = await numbersOf(instance, name);
  return number as bigint;
}
