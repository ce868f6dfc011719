/** Writes what is generated from the settings table: `npm run generate`. */
import { writeFileSync } from 'node:fs';
import { renderSample } from '../../src/settings/sample.js';

// This file runs as dist/test/support/generate.js.
writeFileSync(new URL('../../../config/txnid.yaml', import.meta.url), renderSample());
