/**
 * The user and group that the service becomes, as numbers. Names are looked up once, before anything
 * else: within a jail there is nobody to ask, and a name that is not checked can be taken for root
 * (setuid of NaN, -1 or 2^32 changes nothing or wraps around).
 */

import { failure, type TxnidError } from '../../errors.js';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** What an account is looked up in: posix's two functions, which throw for who is not there. */
export interface AccountDirectory {
  readonly getpwnam: (user: string | number) => { readonly uid: number; readonly gid: number };
  readonly getgrnam: (group: string | number) => { readonly gid: number };
}

/** setuid(2) takes 2^32 - 1, which is -1, for "leave it as it is". */
const idMax = 4294967294;

/** Looks an account up on this host. Main thread only. Throws TxnidError 'privilege'. */
export async function accountOf(user: string): Promise<Account> {
  const { default: posix } = await import('posix');
  return resolveAccount(user, posix);
}

/**
 * `user`: `name`, `name:group`, each also as a number; its syntax is the settings' business. Without a
 * group it is the user's own. Throws TxnidError 'privilege' for who does not exist, and for root.
 */
export function resolveAccount(user: string, directory: AccountDirectory): Account {
  const [name = '', group] = user.split(':');
  const account = group === undefined ? own(user, name, directory) : named(name, group, directory);
  const { uid, gid } = account;
  if (uid === 0 || gid === 0) {
    throw refusal(user, 'that is root', 'name a user and a group that have no rights of their own');
  }
  if (![uid, gid].every(isId)) throw refusal(user, `its ids are ${uid} and ${gid}`, checkIt);
  return { uid, gid };
}

const checkIt = 'check the name, or make the account (config/txnid.sysusers.conf)';

function own(user: string, name: string, { getpwnam }: AccountDirectory): Account {
  const entry = found(() => getpwnam(nameOrId(name)));
  if (entry !== undefined) return { uid: entry.uid, gid: entry.gid };
  const isNumeric = typeof nameOrId(name) === 'number';
  const remedy = isNumeric ? `say which group too, such as ${name}:${name}` : checkIt;
  throw refusal(user, `there is no user ${name}`, remedy);
}

function named(name: string, group: string, directory: AccountDirectory): Account {
  const user = nameOrId(name);
  const owner = nameOrId(group);
  const whole = `${name}:${group}`;
  const uid = typeof user === 'number' ? user : found(() => directory.getpwnam(user))?.uid;
  if (uid === undefined) throw refusal(whole, `there is no user ${name}`, checkIt);
  const gid = typeof owner === 'number' ? owner : found(() => directory.getgrnam(owner))?.gid;
  if (gid === undefined) throw refusal(whole, `there is no group ${group}`, checkIt);
  return { uid, gid };
}

function nameOrId(text: string): string | number {
  return /^[0-9]+$/.test(text) ? Number(text) : text;
}

function isId(id: number): boolean {
  return Number.isSafeInteger(id) && id > 0 && id <= idMax;
}

/** posix tells "not there" by an error without a code, and nothing else can be done about others. */
function found<Entry>(look: () => Entry): Entry | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function refusal(user: string, reason: string, remedy: string): TxnidError {
  return failure('privilege', `Cannot run as user ${user}: ${reason}`, remedy);
}
