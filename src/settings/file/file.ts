/**
 * The settings file: a subset of YAML in which every value is what it looks like. All scalars are
 * taken as text, so that no number is rounded and no word turns into a boolean. Only this
 * module loads the parser: import it when there is a file, so that other starts do not pay.
 */
import { Composer, type CST, type Document, isAlias, LineCounter, Parser, visit } from 'yaml';
import type { Fault } from '../../errors.js';
import type { Layer } from '../assignment.js';
import {
  configFileName,
  nestingMax,
  parserMessageCharactersMax,
  syntaxFaultsMax,
} from '../limits.js';
import { printable, quoted } from '../quote.js';
import { type Locate, readEntries } from './entries.js';
import { offsetOfDeepNesting } from './nesting.js';
import { decodeConfigFile } from './text.js';

const plainLines = 'write each setting on a line of its own, such as port: 8963';

/** Reads the bytes of a settings file, of which `configFileBytesMax + 1` are enough; never throws. */
export function fileLayer(bytes: Uint8Array): Layer {
  const decoded = decodeConfigFile(bytes);
  return 'fault' in decoded ? onlyFaults([decoded.fault]) : parseConfigFile(decoded.text);
}

/** Reads the text of a settings file; one without any setting is fine. Never throws. */
export function parseConfigFile(text: string): Layer {
  try {
    return readDocuments(text);
  } catch (error) {
    // Nothing is known that makes it throw; if it does, the file is to blame.
    const what = `${configFileName}:1:1: cannot be parsed, ${quoted(String(error))}`;
    return onlyFaults([{ what, remedy: plainLines }]);
  }
}

function onlyFaults(faults: readonly Fault[]): Layer {
  return { assignments: [], faults };
}

function readDocuments(text: string): Layer {
  const tokens = [...new Parser().parse(text)];
  const locate = locator(text);
  const deep = offsetOfDeepNesting(tokens);
  if (deep !== undefined) return onlyFaults([tooDeep(locate(deep).place)]);
  const [document, second] = composed(tokens);
  const directives = directiveFaults(text);
  if (document === undefined) return onlyFaults(directives);
  const syntax = [...directives, ...syntaxFaults(document, locate)];
  // What the parser could not read, it guessed at; faults of guesses would mislead.
  if (document.errors.length > 0) return onlyFaults(syntax);
  const { assignments, faults } = readEntries(document.contents, locate);
  const features = featureFaults(document, locate);
  const more = second === undefined ? [] : [secondDocument(second, locate)];
  return { assignments, faults: [...syntax, ...features, ...faults, ...more] };
}

function composed(tokens: Iterable<CST.Token>): Document.Parsed[] {
  const composer = new Composer({
    logLevel: 'silent',
    prettyErrors: false,
    schema: 'failsafe',
    // Duplicates get a fault that names both lines.
    uniqueKeys: false,
  });
  return [...composer.compose(tokens)];
}

function tooDeep(place: string): Fault {
  return { what: `${place}: nested more than ${nestingMax} levels deep`, remedy: plainLines };
}

/** The parser's own count misses lines that come after some errors. */
function locator(text: string): Locate {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line: `${configFileName}:${line}`, place: `${configFileName}:${line}:${col}` };
  };
}

/** `%YAML 1.1` and `%TAG` change what is meant, and a misplaced `%name: value` would be skipped. */
function directiveFaults(text: string): Fault[] {
  return text.split('\n').flatMap((line, index) => {
    if (!line.startsWith('%') || /^%YAML 1\.2\s*$/.test(line)) return [];
    const what = `${configFileName}:${index + 1}:1: the directive ${quoted(line.trim())}`;
    return [{ what, remedy: 'remove it' }];
  });
}

function syntaxFaults(document: Document, locate: Locate): Fault[] {
  return document.errors.slice(0, syntaxFaultsMax).map(({ message, pos }) => ({
    what: `${locate(pos[0]).place}: ${printable(message.slice(0, parserMessageCharactersMax))}`,
    remedy: plainLines,
  }));
}

function secondDocument(document: Document, locate: Locate): Fault {
  const { place } = locate(document.range?.[0] ?? 0);
  return { what: `${place}: a second YAML document`, remedy: 'keep all settings in one' };
}

/** Tags, anchors and aliases, wherever they are: they make text mean something else. */
function featureFaults(document: Document, locate: Locate): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Node(_key, node) {
      const { place } = locate(node.range?.[0] ?? 0);
      const found = (feature: string) =>
        faults.push({ what: `${place}: ${feature}`, remedy: 'write the value itself' });
      if (isAlias(node)) found(`the alias ${quoted(node.source)}`);
      else if (node.anchor !== undefined) found(`the anchor ${quoted(node.anchor)}`);
      if (node.tag !== undefined) found(`the tag ${quoted(node.tag)}`);
    },
  });
  return faults;
}
