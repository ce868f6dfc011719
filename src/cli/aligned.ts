import type { Paint, Tone } from './paint.js';

/** A cell of a table: its text, and what it is to the reader. */
export type Cell = string | { readonly text: string; readonly tone: Tone | undefined };

/** Rows as lines of text, with the columns lined up; the last column is left as it is. */
export function aligned(rows: readonly (readonly Cell[])[], paint?: Paint): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, textOf(cell).length);
    });
  }
  return rows.map((row) => lineOf(row, widths, paint));
}

function lineOf(row: readonly Cell[], widths: readonly number[], paint: Paint | undefined): string {
  // Blanks at the end would only wrap a line.
  const last = row.findLastIndex((cell) => textOf(cell) !== '');
  const cells = row.slice(0, last + 1).map((cell, column) => {
    const text = textOf(cell);
    const blanks = ' '.repeat(column === last ? 0 : (widths[column] ?? 0) - text.length);
    const tone = typeof cell === 'string' ? undefined : cell.tone;
    return (paint?.(tone, text) ?? text) + blanks;
  });
  return cells.join('  ');
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
