/** _exit(2): the end of the process without what atexit(3) and static destructors would still do. */

import { foreign } from './libc.js';

export const exitAtOnce = foreign<(code: number) => number>('int _exit(int)');
