/** Loaded before a test, it lets property tests draw the same values in every run. */

import fc from 'fast-check';

fc.configureGlobal({ seed: 1 });
