/** Writes what is generated from the tables: `npm run generate`. */
import { writeFileSync } from 'node:fs';
import { generated, generatedUrl } from './generated.js';

for (const [name, render] of Object.entries(generated)) writeFileSync(generatedUrl(name), render());
