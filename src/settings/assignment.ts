import type { Fault } from '../errors.js';
import type { SettingName } from './table.js';

/** A piece of text, and where it stands: `txnid.yaml:7:12`, an environment variable or a flag. */
export interface PlacedText {
  readonly text: string;
  readonly place: string;
}

/** One setting as one layer gives it: text, not judged yet. */
export interface Assignment {
  readonly name: SettingName;
  /** The text, which for a list still holds its commas; or the entries of a YAML list. */
  readonly text: string | readonly PlacedText[];
  /** Where the value comes from, as `txnid config` shows it: `txnid.yaml:3`, `-port`. */
  readonly origin: string;
  /** Where the value stands, as a fault shows it: `txnid.yaml:3:7`, `-port`. */
  readonly place: string;
}

/** What one layer says, and what is wrong with the way it says it. */
export interface Layer {
  readonly assignments: readonly Assignment[];
  readonly faults: readonly Fault[];
}
