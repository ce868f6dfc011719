/** Text for mdoc(7), the language of manual pages. Pure. */

import { wrap } from '../cli/wrap.js';

/** Lines of a source are short, so that what changed in one is seen. */
const columnsMax = 76;

/** A sentence a line, as mdoc wants it, with what roff would take for its own made harmless. */
export function roffText(text: string): string {
  const sentences = text.replace(/([.!?]) (?=[A-Z])/g, '$1\n');
  const lines = sentences.split('\n').flatMap((sentence) => wrap(sentence, columnsMax));
  return lines.map(roffLine).join('\n');
}

function roffLine(line: string): string {
  const escaped = line.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

/** A list of words and what is to be said of each. */
export function roffList(rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const items = rows.flatMap(([head, text]) => [`.It ${head}`, text]);
  return ['.Bl -tag -width Ds', ...items, '.El'];
}

/** The first lines of a page; `about` goes into the list of all pages. */
export function roffHead(title: string, section: number, name: string, about: string): string[] {
  return [
    '.\\" Generated from the tables of the program: npm run generate',
    '.Dd November 23, 2026',
    `.Dt ${title} ${section}`,
    '.Os txnid',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${roffText(about)}`,
  ];
}
