/** Every mutant of a source text: the same text with one small mistake in it. Pure. */

import { parseSync } from 'oxc-parser';
import { type Edit, editsAt, type SyntaxNode } from './operators.js';

export interface Mutant {
  /** Path of the source, relative to src. */
  readonly path: string;
  /** Where the mistake is, from 1. */
  readonly line: number;
  /** The line with the mistake marked in it, `{right → wrong}`: stays the same when lines move. */
  readonly mark: string;
  /** The whole text with the mistake in it. */
  readonly text: string;
}

/** How a mutant is named, by people and in the file of explained survivors. */
export function nameOf({ path, mark }: Pick<Mutant, 'path' | 'mark'>): string {
  return `${path}: ${mark}`;
}

/** All mutants of a source, in the order of the text. Throws SyntaxError where it does not parse. */
export function mutantsOf(path: string, text: string): Mutant[] {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]?.message}`);
  const edits: Edit[] = [];
  visit(program as unknown as SyntaxNode, (node) => edits.push(...editsAt(node, text)));
  edits.sort((one, other) => one.start - other.start);
  return edits.map((edit) => plant(path, text, edit));
}

/** What is there for the type checker only, what names things, and what is imported. */
const skippedFields = new Set(['typeAnnotation', 'typeArguments', 'typeParameters', 'returnType']);
const keptTypes = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression']);

function visit(value: unknown, act: (node: SyntaxNode) => void): void {
  if (Array.isArray(value)) {
    for (const entry of value) visit(entry, act);
    return;
  }
  if (!isNode(value) || isSkipped(value)) return;
  act(value);
  for (const [field, child] of Object.entries(value)) {
    const isName = field === 'key' && value.computed !== true;
    if (!isName && !skippedFields.has(field)) visit(child, act);
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function isSkipped({ type }: SyntaxNode): boolean {
  return type === 'ImportDeclaration' || (type.startsWith('TS') && !keptTypes.has(type));
}

function plant(path: string, text: string, { start, end, replacement }: Edit): Mutant {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const original = text.slice(start, end);
  const [shown = '', ...more] = original.split('\n');
  const rest = text.slice(end).split('\n')[0] ?? '';
  const right = more.length === 0 ? original : `${shown} …`;
  const mark = `${text.slice(lineStart, start)}{${right} → ${replacement}}${rest}`;
  return {
    path,
    line: text.slice(0, start).split('\n').length,
    mark: mark.replace(/\s+/g, ' ').trim(),
    text: text.slice(0, start) + replacement + text.slice(end),
  };
}
