/** Colour for people at a terminal. What programs read stays as it is. */

import { isatty } from 'node:tty';

const codes = { strong: 1, faint: 2, bad: 31, good: 32, doubtful: 33 } as const;

/** What a piece of text is to its reader. */
export type Tone = keyof typeof codes;

/** The text in the colour of its tone, where there is colour. */
export type Paint = (tone: Tone | undefined, text: string) => string;

const standardOutput = 1;

/** Whether standard output shows colour: a terminal that is not dumb, and no NO_COLOR. */
export function showsColour({ NO_COLOR = '', TERM = '' }: NodeJS.ProcessEnv): boolean {
  return NO_COLOR === '' && TERM !== 'dumb' && isatty(standardOutput);
}

export function painter(isColoured: boolean): Paint {
  return (tone, text) => {
    const isPlain = !isColoured || tone === undefined || text === '';
    return isPlain ? text : `\u001b[${codes[tone]}m${text}\u001b[0m`;
  };
}
