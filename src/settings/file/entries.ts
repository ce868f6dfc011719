import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import type { Fault } from '../../errors.js';
import type { Layer } from '../assignment.js';
import { configFileName } from '../limits.js';
import { quoted } from '../quote.js';
import { renameOrRemove } from '../suggest.js';
import {
  environmentName,
  isSettingName,
  type SettingName,
  settingNamed,
  settingNames,
} from '../table.js';

/** Where something starts: `txnid.yaml:7`, and `txnid.yaml:7:12`; both count from 1. */
interface Position {
  readonly line: string;
  readonly place: string;
}

export type Locate = (offset: number) => Position;

/** How YAML writes nothing, besides writing nothing. */
const nothing = /^(?:~|null|Null|NULL)?$/;

/** A key that names a setting, with its value, which the parser has as null if it was left out. */
interface Entry {
  readonly name: SettingName;
  readonly value: ParsedNode | null;
  /** The line of the key, and the place of the value. */
  readonly origin: string;
  readonly place: string;
}

/**
 * The settings of a document that parsed. Aliases are passed over in silence: whoever reads the
 * document as a whole refuses them wherever they are.
 */
export function readEntries(root: ParsedNode | null, locate: Locate): Layer {
  const blank = root === null || (isScalar(root) && root.type === 'PLAIN' && root.source === '');
  if (blank) return { assignments: [], faults: [] };
  if (!isMap<ParsedNode, ParsedNode | null>(root)) {
    const what = `${locate(root.range[0]).place}: not a map of settings`;
    return { assignments: [], faults: [{ what, remedy: 'write each setting as name: value' }] };
  }
  const firstLines = new Map<string, string>();
  const layers = root.items.map(({ key, value }) => readPair(key, value, locate, firstLines));
  return {
    assignments: layers.flatMap((layer) => layer.assignments),
    faults: layers.flatMap((layer) => layer.faults),
  };
}

function readPair(
  key: ParsedNode,
  value: ParsedNode | null,
  locate: Locate,
  firstLines: Map<string, string>,
): Layer {
  const { line, place } = locate(key.range[0]);
  const name = isScalar(key) ? key.source : undefined;
  if (name === undefined || !isSettingName(name)) {
    return { assignments: [], faults: isAlias(key) ? [] : [unknownKey(name, place)] };
  }
  const entry = { name, value, origin: line, place: locate((value ?? key).range[0]).place };
  const firstLine = firstLines.get(name);
  if (firstLine === undefined) firstLines.set(name, line);
  const { assignments, faults } = readValue(entry, locate);
  return { assignments, faults: [...keyFaults(name, place, firstLine), ...faults] };
}

function unknownKey(name: string | undefined, place: string): Fault {
  if (name === undefined) {
    return { what: `${place}: a key that is no word`, remedy: 'write the name of a setting' };
  }
  const what = `${place}: unknown setting ${quoted(name)}`;
  return { what, remedy: renameOrRemove(name, settingNames) };
}

function keyFaults(name: SettingName, place: string, firstLine: string | undefined): Fault[] {
  if (!settingNamed(name).layers.includes('file')) {
    const what = `${place}: ${name} cannot be set in ${configFileName}`;
    return [{ what, remedy: `use -${name} or ${environmentName(name)} instead` }];
  }
  if (firstLine === undefined) return [];
  const what = `${place}: ${name} is given twice, first in ${firstLine}`;
  return [{ what, remedy: 'keep one of them' }];
}

function readValue(entry: Entry, locate: Locate): Layer {
  const { name, value, origin, place } = entry;
  if (isAlias(value)) return { assignments: [], faults: [] };
  if (settingNamed(name).kind === 'list' && isSeq<ParsedNode>(value)) {
    return readList(entry, value.items, locate);
  }
  const text = value === null ? '' : textOf(value);
  if (text === undefined) return misshapen(name, place, isSeq(value) ? 'a list' : 'a map');
  const manner = text === '' ? undefined : demandedManner(name, value);
  if (manner !== undefined) return misshapen(name, place, `the text ${quoted(text)}`, manner);
  return { assignments: [{ name, text, origin, place }], faults: [] };
}

/** Every entry keeps its own place, so that a fault can name it. */
function readList({ name, origin, place }: Entry, items: ParsedNode[], locate: Locate): Layer {
  const entries = items.filter((item) => !isAlias(item));
  const text = entries.filter(isScalar).map((item) => {
    return { text: textOf(item) ?? '', place: locate(item.range[0]).place };
  });
  const faults = entries
    .filter((item) => !isScalar(item))
    .flatMap(
      (item) =>
        misshapen(name, locate(item.range[0]).place, 'a list with lists or maps in it').faults,
    );
  return { assignments: [{ name, text, origin, place }], faults };
}

/** How a scalar that is not written the way its setting demands must be written, if so. */
function demandedManner(name: SettingName, value: ParsedNode | null): string | undefined {
  const { kind, example } = settingNamed(name);
  if (kind === 'list') return `in brackets, such as ${example}`;
  const plainOnly = kind === 'number' || kind === 'boolean';
  return plainOnly && isScalar(value) && value.type !== 'PLAIN' ? 'without quotes' : undefined;
}

function misshapen(name: SettingName, place: string, shape: string, manner?: string): Layer {
  const { allowed } = settingNamed(name);
  const remedy = `must be ${allowed}${manner === undefined ? '' : `, ${manner}`}`;
  return { assignments: [], faults: [{ what: `${place}: ${name} is ${shape}`, remedy }] };
}

/** The text of a scalar, empty for one that says nothing; undefined for anything else. */
function textOf(node: ParsedNode): string | undefined {
  if (!isScalar(node)) return undefined;
  const text = node.source ?? '';
  return node.type === 'PLAIN' && nothing.test(text) ? '' : text;
}
