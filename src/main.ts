#!/usr/bin/env node
/** The start of the process, and the only place that ends it. What takes time to load is loaded beside what takes time to begin. */

import { fileURLToPath } from 'node:url';
import { beginEarly } from './service/early.js';

// With a listener, Node does not open its debugger. The service takes this signal over later.
process.on('SIGUSR1', () => {});

const tokens = process.argv.slice(2);
const script = fileURLToPath(import.meta.url);
const early = beginEarly(tokens, process.env);
// In one file with all it imports, as CommonJS, it starts soonest; there is no await at the top level there.
void import('./program.js')
  .then(({ runProgram }) => runProgram({ tokens, script }, early))
  .then((exitCode) => process.exit(exitCode));
