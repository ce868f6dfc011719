/** Names of sequences. Pure. */

/** What the sequence of an instance is called beside those that the setting `sequences` names. */
export const defaultName = 'default';

/** Characters of a name. */
export const nameLengthMax = 64;

/** Names beside the default's. */
export const namesMax = 1000;

/** A name is also the name of a directory: so it begins with no dot, and has no slash. */
const sequenceName = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

/** The rule in words. */
export const nameRule = `1 to ${nameLengthMax} of A-Z a-z 0-9 _ . : - beginning with a letter or digit`;

export function isSequenceName(text: string): boolean {
  return sequenceName.test(text);
}
