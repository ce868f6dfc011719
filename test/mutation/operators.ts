/**
 * The small mistakes that a mutation check plants: for one node of a syntax tree, the texts that
 * could stand in its place. Pure.
 */

/** A node of the syntax tree (ESTree), as far as it is looked at here. */
export interface SyntaxNode {
  readonly type: string;
  /** Offsets in the source text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A piece of the source text, and what to put in its place. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** What each operator of two operands could have been mistaken for. */
const mistaken: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '??=': ['='],
  '++': ['--'],
  '--': ['++'],
};

/** Names that are told apart by nothing but their sense. */
const opposites: Readonly<Record<string, string>> = {
  max: 'min',
  min: 'max',
  larger: 'smaller',
  smaller: 'larger',
  every: 'some',
  some: 'every',
  floor: 'ceil',
  ceil: 'floor',
};

/** Every edit of the text that plants one mistake at this node itself, not below it. */
export function editsAt(node: SyntaxNode, text: string): Edit[] {
  return [...(planters[node.type]?.(node, text) ?? []), ...conditionEdits(node)];
}

type Planter = (node: SyntaxNode, text: string) => Edit[];

const planters: Readonly<Record<string, Planter>> = {
  BinaryExpression: operatorEdits,
  LogicalExpression: logicalEdits,
  AssignmentExpression: operatorEdits,
  UpdateExpression: (node) => [
    node.prefix === true
      ? { ...between(node.start, node.start + 2), replacement: other(node) }
      : { ...between(node.end - 2, node.end), replacement: other(node) },
  ],
  UnaryExpression: (node) =>
    node.operator === '!' || node.operator === '-'
      ? [{ ...between(node.start, childOf(node, 'argument').start), replacement: '' }]
      : [],
  Literal: literalEdits,
  CallExpression: (node) => {
    const callee = childOf(node, 'callee');
    const name = callee.type === 'MemberExpression' ? childOf(callee, 'property') : callee;
    const opposite = typeof name.name === 'string' ? ownEntry(opposites, name.name) : undefined;
    return opposite === undefined ? [] : [{ ...placeOf(name), replacement: opposite }];
  },
  ExpressionStatement: (node) => [{ ...placeOf(node), replacement: ';' }],
  ThrowStatement: (node) => [{ ...placeOf(node), replacement: ';' }],
  BreakStatement: (node) => [{ ...placeOf(node), replacement: ';' }],
  ContinueStatement: (node) => [{ ...placeOf(node), replacement: ';' }],
  ReturnStatement: returnEdits,
};

function operatorEdits(node: SyntaxNode, text: string): Edit[] {
  const left = childOf(node, 'left');
  const right = childOf(node, 'right');
  const operator = String(node.operator);
  if (operator === '+' && [left, right].some(isText)) return [];
  const start = text.indexOf(operator, left.end);
  const place = between(start, start + operator.length);
  const others = ownEntry(mistaken, operator) ?? [];
  return start < right.start ? others.map((replacement) => ({ ...place, replacement })) : [];
}

/** A fallback is tried alone; its absence only where the type checker did not ask for it. */
function logicalEdits(node: SyntaxNode, text: string): Edit[] {
  if (node.operator !== '??') return operatorEdits(node, text);
  const left = childOf(node, 'left');
  const right = childOf(node, 'right');
  const fallback = { ...placeOf(node), replacement: text.slice(right.start, right.end) };
  if (left.type === 'MemberExpression' && left.computed === true) return [fallback];
  return [fallback, { ...placeOf(node), replacement: text.slice(left.start, left.end) }];
}

function literalEdits(node: SyntaxNode): Edit[] {
  const { value } = node;
  const put = (replacement: string): Edit => ({ ...placeOf(node), replacement });
  if (typeof value === 'boolean') return [put(String(!value))];
  if (typeof value === 'number') return [put(`${value + 1}`), put(`(${value - 1})`)];
  if (typeof value === 'bigint') return [put(`${value + 1n}n`), put(`(${value - 1n}n)`)];
  return [];
}

function returnEdits(node: SyntaxNode): Edit[] {
  const argument = node.argument as SyntaxNode | null;
  if (argument === null) return [{ ...placeOf(node), replacement: ';' }];
  const isUndefined = argument.type === 'Identifier' && argument.name === 'undefined';
  if (isUndefined || typeof argument.value === 'boolean') return [];
  return [{ ...placeOf(argument), replacement: 'undefined' }];
}

/** A loop that could not end is not worth the wait: its condition is only ever made false. */
function conditionEdits(node: SyntaxNode): Edit[] {
  const test = node.test as SyntaxNode | null | undefined;
  if (test === null || test === undefined || test.type === 'Literal') return [];
  const isLoop = !['IfStatement', 'ConditionalExpression'].includes(node.type);
  const outcomes = isLoop ? ['false'] : ['true', 'false'];
  return outcomes.map((replacement) => ({ ...placeOf(test), replacement }));
}

function other(node: SyntaxNode): string {
  return ownEntry(mistaken, String(node.operator))?.[0] ?? '';
}

function isText(node: SyntaxNode): boolean {
  return node.type === 'TemplateLiteral' || typeof node.value === 'string';
}

function childOf(node: SyntaxNode, field: string): SyntaxNode {
  return node[field] as SyntaxNode;
}

function placeOf({ start, end }: SyntaxNode): { start: number; end: number } {
  return { start, end };
}

function between(start: number, end: number): { start: number; end: number } {
  return { start, end };
}

function ownEntry<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
