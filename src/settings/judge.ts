import * as z from 'zod/mini';
import type { Fault } from '../errors.js';
import type { Assignment, PlacedText } from './assignment.js';
import { quoted } from './quote.js';
import type { SettingValue } from './setting.js';
import { settingNamed } from './table.js';

/** An assignment with its value, or with what is wrong with its text. */
export type Judgement =
  | { readonly assignment: Assignment; readonly value: SettingValue }
  | { readonly assignment: Assignment; readonly faults: readonly Fault[] };

type Issue = z.core.$ZodIssue;

/** Turns the text of an assignment into a value of its setting. */
export function judge(assignment: Assignment): Judgement {
  const { name } = assignment;
  const { schema, allowed } = settingNamed(name);
  const text = partsOf(assignment);
  if (text === '') {
    const what = `${assignment.place}: ${name} is empty`;
    return { assignment, faults: [{ what, remedy: `must be ${allowed}` }] };
  }
  const result = z.safeParse(schema, typeof text === 'string' ? text : text.map((one) => one.text));
  if (result.success) return { assignment, value: result.data };
  return { assignment, faults: result.error.issues.map((issue) => faultOf(issue, assignment)) };
}

/** Commas separate the entries of a list in the environment and in flags. */
function partsOf({ name, text, place }: Assignment): string | readonly PlacedText[] {
  if (typeof text !== 'string' || text === '' || settingNamed(name).kind !== 'list') return text;
  return text.split(',').map((entry) => ({ text: entry, place }));
}

function faultOf(issue: Issue, assignment: Assignment): Fault {
  const { text, place } = faultyPart(issue, assignment);
  return {
    what: `${place}: ${assignment.name} is ${text}`,
    remedy:
      issue.code === 'custom' ? issue.message : `must be ${settingNamed(assignment.name).allowed}`,
  };
}

/** The entry of a list that an issue is about, or the whole of the value. */
function faultyPart(issue: Issue, assignment: Assignment): PlacedText {
  const parts = partsOf(assignment);
  if (typeof parts === 'string') return { text: quoted(parts), place: assignment.place };
  const entry = parts[Number(issue.path[0])];
  if (entry !== undefined) return { text: quoted(entry.text), place: entry.place };
  return { text: `a list of ${parts.length}`, place: assignment.place };
}
