/**
 * A table of measurements: for each row one sample a round, told as medians, which a noisy machine
 * moves least, and as medians of each round's ratio to the row that all are compared with.
 */

import { median } from './median.js';

/** Figures of one round, by the keys of the table's columns. */
export type Sample = Readonly<Record<string, number>>;

export interface Column {
  readonly key: string;
  /** Heading, with the unit. */
  readonly head: string;
  readonly digits: number;
  /** Whether to tell the ratio too. */
  readonly hasRatio?: boolean;
}

export interface Row {
  readonly name: string;
  readonly samples: readonly Sample[];
}

export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Name of the row that the ratios are to. */
  readonly baseline?: string;
}

/** Aligned lines for people. */
export function tableLines(table: Table): string[] {
  const rows = [headings(table), ...table.rows.map((row) => cells(table, row))];
  const widths = rows[0]?.map((_, place) =>
    Math.max(...rows.map((row) => row[place]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, place) =>
        place === 0 ? cell.padEnd(widths?.[0] ?? 0) : cell.padStart(widths?.[place] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [table.title, ...lines];
}

/** For programs: the medians and ratios by row and column, and all samples. */
export function tableFigures(table: Table): object {
  const rows = table.rows.map((row) => {
    const medians = table.columns.map(({ key }) => [key, medianOf(row, key)]);
    const ratios = ratioColumns(table).map(({ key }) => [key, ratioOf(table, row, key)]);
    const { name, samples } = row;
    return {
      name,
      medians: Object.fromEntries(medians),
      ratios: Object.fromEntries(ratios),
      samples,
    };
  });
  return { title: table.title, baseline: table.baseline, rows };
}

function ratioColumns({ baseline, columns }: Table): readonly Column[] {
  return baseline === undefined ? [] : columns.filter(({ hasRatio }) => hasRatio);
}

function headings(table: Table): string[] {
  const withRatio = ratioColumns(table);
  return [
    '',
    ...table.columns.flatMap((column) => [
      column.head,
      ...(withRatio.includes(column) ? ['×'] : []),
    ]),
  ];
}

function cells(table: Table, row: Row): string[] {
  const withRatio = ratioColumns(table);
  const figures = table.columns.flatMap((column) => {
    const value = medianOf(row, column.key);
    const cell = Number.isNaN(value) ? '-' : value.toFixed(column.digits);
    return withRatio.includes(column) ? [cell, ratioOf(table, row, column.key).toFixed(2)] : [cell];
  });
  return [row.name, ...figures];
}

function medianOf({ samples }: Row, key: string): number {
  return median(samples.map((sample) => sample[key] ?? Number.NaN));
}

function ratioOf({ rows, baseline }: Table, { samples }: Row, key: string): number {
  const compared = rows.find(({ name }) => name === baseline)?.samples ?? [];
  return median(
    samples.map(
      (sample, round) => (sample[key] ?? Number.NaN) / (compared[round]?.[key] ?? Number.NaN),
    ),
  );
}
