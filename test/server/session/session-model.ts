/**
 * What the session port does with a stream, written from the contract on texts and bigints, as
 * unlike the real one as can be.
 */

export interface ModelAnswer {
  readonly replies: string;
  /** Whether the server closes although the client has not. */
  readonly isClosed: boolean;
}

const startOfText = '\x02';
const endOfText = '\x03';
const bell = '\x07';
const countMax = 1_000_000;

/** The answer to a whole stream, whose first number is `first`, by a server that has `left` numbers. */
export function modelAnswer(
  stream: string,
  first: bigint,
  increment: bigint,
  left = 2n ** 64n,
): ModelAnswer {
  const end = first + left * increment;
  let rest = stream;
  let next = first;
  let replies = '';
  while (rest !== '') {
    const digits = /^[1-9][0-9]{0,6}/.exec(rest)?.[0] ?? '';
    const command = rest.charAt(digits.length);
    const isGood = digits === '' ? [startOfText, bell].includes(command) : command === startOfText;
    if (!isGood || Number(digits) > countMax) return { replies, isClosed: isHopeless(rest) };
    const count = BigInt(digits === '' ? 1 : digits);
    const isBeyondEnd = command === startOfText && next + count * increment > end;
    if (isBeyondEnd) return { replies, isClosed: true };
    const range = digits === '' ? '' : `+${increment}*${count}`;
    replies += command === bell ? bell : `${next}${range}${endOfText}`;
    if (command === startOfText) next += count * increment;
    rest = rest.slice(digits.length + 1);
  }
  return { replies, isClosed: false };
}

/** Whether nothing that may follow can make a request of this. */
function isHopeless(rest: string): boolean {
  return !(/^[1-9][0-9]{0,6}$/.test(rest) && Number(rest) <= countMax);
}
