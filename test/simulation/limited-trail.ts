/**
 * A process that appends events to an audit trail until that fails, and prints how many it appended
 * and the error. Run under a limit of the file size, or on a small file system.
 */

import { TxnidError } from '../../src/errors.js';
import { realFileSystem } from '../../src/progress/file/file-system.js';
import { AuditTrail } from '../../src/progress/trail/trail.js';
import { entryOf } from '../support/fixtures/progress-fixture.js';

const trail = AuditTrail.open(process.argv[2] ?? '', realFileSystem);
let appended = 0;
try {
  for (;;) {
    trail.append(entryOf({ generation: appended + 1 }));
    appended++;
  }
} catch (error) {
  const code = error instanceof TxnidError ? error.code : String(error);
  process.stdout.write(JSON.stringify({ appended, code, generation: trail.last?.generation }));
}
