import assert from 'node:assert/strict';
import test from 'node:test';
import { type Table, tableFigures, tableLines } from './table.js';

const table: Table = {
  title: 'speed',
  columns: [
    { key: 'cpuUs', head: 'CPU us', digits: 1, hasRatio: true },
    { key: 'p50Ms', head: 'p50 ms', digits: 2 },
  ],
  rows: [
    { name: 'C', samples: [1, 2, 4].map((cpuUs) => ({ cpuUs, p50Ms: 1 })) },
    // Its median alone would say 1.5 times; round by round it is twice, once even three times.
    {
      name: 'ours',
      samples: [2, 3, 12].map((cpuUs, round) => ({ cpuUs: round === 1 ? 4 : cpuUs, p50Ms: 2 })),
    },
  ],
  baseline: 'C',
};

test('a table tells medians, and the medians of the ratios of each round', () => {
  assert.deepEqual(tableLines(table), [
    'speed',
    '      CPU us     ×  p50 ms',
    'C        2.0  1.00    1.00',
    'ours     4.0  2.00    2.00',
  ]);
});

test('a figure that was not measured is a dash, not a number', () => {
  const [, , , line] = tableLines({
    ...table,
    rows: [...table.rows.slice(0, 1), { name: 'ours', samples: [] }],
  });
  assert.equal(line, 'ours       -   NaN       -');
});

test('for programs there are the medians, the ratios and all samples', () => {
  const { rows } = tableFigures(table) as { rows: unknown[] };
  assert.deepEqual(rows[1], {
    name: 'ours',
    medians: { cpuUs: 4, p50Ms: 2 },
    ratios: { cpuUs: 2 },
    samples: table.rows[1]?.samples,
  });
});
