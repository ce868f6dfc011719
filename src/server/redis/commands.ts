/**
 * What the Redis port answers: the commands that hand out numbers, and those that stock clients send around them
 * (config/protocol.md). Everything else gets an error, and the connection goes on.
 */

import type { OtherReply } from './requests.js';
import {
  array,
  bulk,
  error,
  type Item,
  integer,
  map,
  nil,
  quoted,
  simple,
  verbatim,
} from './resp.js';
import type { RedisState } from './state.js';

/** What a reply may depend on. */
export interface RedisContext {
  /** Those that are served, in their order, and their places. */
  readonly names: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  readonly version: string;
  /** Most numbers of one request. */
  readonly rangeMax: number;
  /** The last number that was handed out, in decimal; undefined before the first. */
  readonly last: (place: number) => string | undefined;
}

/** What a connection has said of itself. */
export type RedisConnection = Pick<RedisState, 'id' | 'resp' | 'name'>;

/** What comes of a command: numbers of a sequence, another reply, or the end behind one. */
export type Outcome =
  | { readonly kind: 'numbers'; readonly place: number; readonly count: number }
  | { readonly kind: 'reply'; readonly reply: OtherReply }
  | { readonly kind: 'quit'; readonly reply: OtherReply };

interface Call {
  readonly args: readonly string[];
  readonly connection: RedisConnection;
  readonly context: RedisContext;
}

interface Command {
  /** As Redis counts: with the name; below zero at least so many. */
  readonly arity: number;
  /** Position of the first name of a sequence; 0 is none. */
  readonly firstKey?: number;
  readonly flags: readonly string[];
  readonly run: (call: Call) => Outcome;
}

const ok = simple('OK');
const pong = simple('PONG');

/** The protocol that clients which look at it are told: that of the version whose commands these are. */
const redisVersion = '7.0.0';

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['incr', { arity: 2, firstKey: 1, flags: ['write', 'fast'], run: (call) => numbers(call, 1) }],
  ['incrby', { arity: 3, firstKey: 1, flags: ['write', 'fast'], run: incrby }],
  ['get', { arity: 2, firstKey: 1, flags: ['readonly', 'fast'], run: get }],
  ['exists', { arity: -2, firstKey: 1, flags: ['readonly', 'fast'], run: exists }],
  ['type', { arity: 2, firstKey: 1, flags: ['readonly', 'fast'], run: type }],
  ['keys', { arity: 2, flags: ['readonly'], run: keys }],
  ['scan', { arity: -2, flags: ['readonly'], run: scan }],
  ['dbsize', { arity: 1, flags: ['readonly', 'fast'], run: dbsize }],
  ['ping', { arity: -1, flags: ['fast'], run: ping }],
  ['echo', { arity: 2, flags: ['fast'], run: ({ args }) => reply(bulk(args[1] ?? '')) }],
  ['quit', { arity: -1, flags: ['fast'], run: () => ({ kind: 'quit', reply: ok }) }],
  ['reset', { arity: 1, flags: ['fast'], run: reset }],
  ['select', { arity: 2, flags: ['fast'], run: select }],
  ['hello', { arity: -1, flags: ['fast'], run: hello }],
  ['auth', { arity: -2, flags: ['fast'], run: auth }],
  ['client', { arity: -2, flags: ['admin'], run: client }],
  ['command', { arity: -1, flags: ['loading'], run: command }],
  ['info', { arity: -1, flags: ['loading'], run: info }],
  ['config', { arity: -2, flags: ['admin'], run: config }],
]);

/** Runs one request. */
export function runCommand(
  args: readonly string[],
  connection: RedisConnection,
  context: RedisContext,
): Outcome {
  const name = (args[0] ?? '').toLowerCase();
  const found = commands.get(name);
  if (found === undefined) return reply(onlyNumbers(args[0] ?? ''));
  const { arity, run } = found;
  const isFitting = arity < 0 ? args.length >= -arity : args.length === arity;
  if (!isFitting) return wrong(`wrong number of arguments for '${name}' command`);
  return run({ args, connection, context });
}

/** The answer to everything that is not served. */
export function onlyNumbers(name: string): Uint8Array {
  return error(`ERR txnid only hands out numbers: no command ${quoted(name)}`);
}

function reply(bytes: OtherReply): Outcome {
  return { kind: 'reply', reply: bytes };
}

function wrong(what: string): Outcome {
  return reply(error(`ERR ${what}`));
}

function numbers({ args, context }: Call, count: number): Outcome {
  const [, name = ''] = args;
  const place = context.places.get(name);
  return place === undefined ? unknownName(name) : { kind: 'numbers', place, count };
}

function unknownName(name: string): Outcome {
  return wrong(`no such sequence ${quoted(name)}`);
}

function incrby(call: Call): Outcome {
  const [, name = '', text = ''] = call.args;
  if (!call.context.places.has(name)) return unknownName(name);
  if (!/^[+-]?\d{1,19}$/.test(text)) return wrong('value is not an integer or out of range');
  const count = Number(text);
  const { rangeMax } = call.context;
  if (count >= 1 && count <= rangeMax) return numbers(call, count);
  return wrong(`INCRBY takes 1 to ${rangeMax} numbers of a sequence, and never back`);
}

function get({ args, connection, context }: Call): Outcome {
  const [, name = ''] = args;
  // No nil as Redis has for it: a misspelt name would look like a sequence that has not begun.
  const place = context.places.get(name);
  if (place === undefined) return unknownName(name);
  const { resp } = connection;
  return reply(() => {
    const last = context.last(place);
    return last === undefined ? nil(resp) : bulk(last);
  });
}

function exists({ args, context }: Call): Outcome {
  return reply(integer(args.slice(1).filter((name) => context.places.has(name)).length));
}

function type({ args, context }: Call): Outcome {
  return reply(simple(context.places.has(args[1] ?? '') ? 'string' : 'none'));
}

function keys({ args, context }: Call): Outcome {
  return reply(() => array(context.names.filter(matching(args[1] ?? ''))));
}

/** All names at once: there are few enough. */
function scan({ args, context }: Call): Outcome {
  const [, cursor = '', ...options] = args;
  if (!/^\d{1,20}$/.test(cursor)) return wrong('invalid cursor');
  let isMatching = (_name: string): boolean => true;
  let isString = true;
  for (let at = 0; at < options.length; at += 2) {
    const value = options[at + 1];
    const option = options[at]?.toLowerCase();
    if (value === undefined) return wrong('syntax error');
    if (option === 'match') isMatching = matching(value);
    else if (option === 'type') isString = value.toLowerCase() === 'string';
    else if (option !== 'count' || !/^[1-9]\d{0,9}$/.test(value)) return wrong('syntax error');
  }
  const isFirst = /^0+$/.test(cursor);
  return reply(() => array(['0', isFirst && isString ? context.names.filter(isMatching) : []]));
}

function dbsize({ context }: Call): Outcome {
  return reply(integer(context.names.length));
}

function ping({ args }: Call): Outcome {
  if (args.length > 2) return wrong("wrong number of arguments for 'ping' command");
  return reply(args[1] === undefined ? pong : bulk(args[1]));
}

function reset({ connection }: Call): Outcome {
  connection.resp = 2;
  connection.name = '';
  return reply(simple('RESET'));
}

function select({ args }: Call): Outcome {
  if (!/^\d{1,9}$/.test(args[1] ?? '')) return wrong('value is not an integer or out of range');
  return Number(args[1]) === 0 ? reply(ok) : wrong('DB index is out of range');
}

function auth(): Outcome {
  return wrong(
    'AUTH is called, and txnid has no passwords: who may ask is said by the setting allow',
  );
}

/** `HELLO [VERSION [AUTH USER PASSWORD] [SETNAME NAME]]`. */
function hello({ args, connection, context }: Call): Outcome {
  const [, version, ...options] = args;
  if (version !== undefined && !/^\d{1,9}$/.test(version)) {
    return wrong('Protocol version is not an integer or out of range');
  }
  if (version !== undefined && Number(version) !== 2 && Number(version) !== 3) {
    return reply(error('NOPROTO unsupported protocol version'));
  }
  let name: string | undefined;
  for (let at = 0; at < options.length; ) {
    const option = options[at]?.toLowerCase();
    if (option === 'auth' && at + 2 < options.length) return auth();
    const value = options[at + 1];
    if (option !== 'setname' || value === undefined) {
      return wrong(`Syntax error in HELLO option ${quoted(options[at] ?? '')}`);
    }
    if (!isClientName(value)) return wrong(badClientName);
    name = value;
    at += 2;
  }
  connection.name = name ?? connection.name;
  if (version !== undefined) connection.resp = Number(version) === 3 ? 3 : 2;
  const facts: (readonly [string, Item])[] = [
    ['server', 'redis'],
    ['version', redisVersion],
    ['proto', connection.resp],
    ['id', connection.id],
    ['mode', 'standalone'],
    ['role', 'master'],
    ['modules', []],
  ];
  return reply(map([...facts, ['txnid', context.version]], connection.resp));
}

const badClientName = 'Client names cannot contain spaces, newlines or special characters.';
const clientNameMax = 256;

function isClientName(name: string): boolean {
  return /^[!-~]*$/.test(name) && name.length <= clientNameMax;
}

function client({ args, connection }: Call): Outcome {
  const [, word = '', ...values] = args;
  switch (`${word.toLowerCase()} ${values.length}`) {
    case 'setname 1':
      if (!isClientName(values[0] ?? '')) return wrong(badClientName);
      connection.name = values[0] ?? '';
      return reply(ok);
    case 'getname 0':
      return reply(connection.name === '' ? nil(connection.resp) : bulk(connection.name));
    case 'setinfo 2':
      if (!/^lib-(?:name|ver)$/i.test(values[0] ?? '')) {
        return wrong(`Unrecognized option ${quoted(values[0] ?? '')}`);
      }
      return reply(ok);
    case 'id 0':
      return reply(integer(connection.id));
    case 'info 0':
      return reply(
        bulk(`id=${connection.id} name=${connection.name} db=0 resp=${connection.resp}\n`),
      );
    case 'no-evict 1':
    case 'no-touch 1':
      return reply(ok);
    default:
      return wrong(`unknown subcommand ${quoted(word)}. txnid only hands out numbers`);
  }
}

function command({ args, connection }: Call): Outcome {
  const [, word, ...names] = args.map((arg) => arg.toLowerCase());
  if (word === undefined) return reply(() => array([...commands.keys()].map(describe)));
  if (word === 'count' && names.length === 0) return reply(integer(commands.size));
  if (word === 'info') {
    return reply(() =>
      array(
        (names.length === 0 ? [...commands.keys()] : names)
          .filter((name) => commands.has(name))
          .map(describe),
      ),
    );
  }
  if (word === 'docs') return reply(map([], connection.resp));
  return wrong(`unknown subcommand ${quoted(word)}. txnid only hands out numbers`);
}

function describe(name: string): Item {
  const { arity, flags, firstKey = 0 } = commands.get(name) as Command;
  const lastKey = name === 'exists' ? -1 : firstKey;
  return [name, arity, flags, firstKey, lastKey, firstKey === 0 ? 0 : 1];
}

function info({ args, connection, context }: Call): Outcome {
  const wanted = args.slice(1).map((section) => section.toLowerCase());
  const isAll =
    wanted.length === 0 || wanted.some((one) => /^(?:all|default|everything)$/.test(one));
  const { resp } = connection;
  return reply(() => {
    const sections = infoSections(context).filter(
      ([title]) => isAll || wanted.includes(title.toLowerCase()),
    );
    const text = sections.map(
      ([title, lines]) => `# ${title}\r\n${lines.map((line) => `${line}\r\n`).join('')}`,
    );
    return verbatim(text.join('\r\n'), resp);
  });
}

function infoSections({ names, version }: RedisContext): [title: string, lines: string[]][] {
  return [
    [
      'Server',
      [`redis_version:${redisVersion}`, 'redis_mode:standalone', `txnid_version:${version}`],
    ],
    ['Persistence', ['loading:0']],
    ['Replication', ['role:master', 'connected_slaves:0']],
    ['Cluster', ['cluster_enabled:0']],
    ['Keyspace', [`db0:keys=${names.length},expires=0,avg_ttl=0`]],
  ];
}

/** What clients and load generators ask for before they begin. */
const configValues: readonly (readonly [name: string, value: string])[] = [
  ['save', ''],
  // Every number is durable before it leaves.
  ['appendonly', 'yes'],
  ['appendfsync', 'always'],
  ['databases', '1'],
  ['maxmemory', '0'],
];

function config({ args, connection }: Call): Outcome {
  const [, word = '', ...patterns] = args;
  if (word.toLowerCase() !== 'get')
    return wrong(`unknown subcommand ${quoted(word)}. Settings are in txnid.yaml`);
  if (patterns.length === 0) return wrong("wrong number of arguments for 'config|get' command");
  const tests = patterns.map((pattern) => matching(pattern.toLowerCase()));
  const found = configValues.filter(([name]) => tests.some((test) => test(name)));
  return reply(map(found, connection.resp));
}

/** Longest pattern that is looked at: no name is longer. */
const patternMax = 128;

/** Whether a name matches a pattern of Redis: `*`, `?`, `[a-c]`, `[^a]`, and `\` for any of them as it stands. */
export function matching(pattern: string): (name: string) => boolean {
  if (pattern.length > patternMax) return () => false;
  return (name) => matchesGlob(pattern, name);
}

/** In time proportional to both lengths: of several stars only the last one is ever gone back to. */
function matchesGlob(pattern: string, name: string): boolean {
  let [at, from] = [0, 0];
  let star: { readonly at: number; from: number } | undefined;
  while (from < name.length) {
    const step =
      at < pattern.length && pattern[at] !== '*'
        ? matchOne(pattern, at, name[from] ?? '')
        : undefined;
    if (pattern[at] === '*') {
      star = { at: at + 1, from };
      at++;
    } else if (step !== undefined) {
      at = step;
      from++;
    } else if (star !== undefined) {
      star.from++;
      [at, from] = [star.at, star.from];
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

/** The place behind what stands at `at`, if it matches one character. */
function matchOne(pattern: string, at: number, char: string): number | undefined {
  const sign = pattern[at];
  if (sign === '?') return at + 1;
  if (sign === '[') {
    const set = /^\[(\^?)((?:\\.|[^\]\\])*)\]?/.exec(pattern.slice(at));
    const [whole = '', not = '', members = ''] = set ?? [];
    return isMember(members, char) === (not === '') ? at + whole.length : undefined;
  }
  if (sign === '\\' && at + 1 < pattern.length)
    return pattern[at + 1] === char ? at + 2 : undefined;
  return sign === char ? at + 1 : undefined;
}

function isMember(members: string, char: string): boolean {
  const terms = members.match(/(?:\\.|[^\\])-(?:\\.|[^\\])|\\.|[^\\]/g) ?? [];
  return terms.some((term) => {
    const [low = '', high = low] =
      term.length > 2 && term.includes('-')
        ? term.replaceAll('\\', '').split('-')
        : [term.replace('\\', '')];
    return low <= high ? char >= low && char <= high : char >= high && char <= low;
  });
}
