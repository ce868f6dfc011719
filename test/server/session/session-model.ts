/**
 * What the session port does with a stream, written from the contract on texts and bigints, as
 * unlike the real one as can be.
 */

export interface ModelAnswer {
  readonly replies: string;
  /** Whether the server closes although the client has not. */
  readonly isClosed: boolean;
}

const endOfText = '\x03';
const bell = '\x07';
const unserved = '\x15';
const countMax = 1_000_000;

const name = '[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}';
const count = '[1-9][0-9]{0,6}';
const request = new RegExp(`^(?:\\x01(${name})(?: (${count}))?\\x02|(${count})?\\x02|\\x07)`);
/** The beginnings of a request whose end has not come. */
const begun = new RegExp(`^(?:\\x01(?:${name}(?: (?<named>${count})?)?)?|(?<plain>${count}))$`);

/**
 * The answer to a whole stream by a server of these sequences, the first of which need not be named. Each begins at
 * `first` and has `left` numbers.
 */
export function modelAnswer(
  stream: string,
  first: bigint,
  increment: bigint,
  left = 2n ** 64n,
  names: readonly string[] = ['default'],
): ModelAnswer {
  const end = first + left * increment;
  const next = new Map(names.map((one) => [one, first]));
  let rest = stream;
  let replies = '';
  while (rest !== '') {
    const [text, named = names[0] ?? '', ofNamed, ofPlain] = request.exec(rest) ?? [];
    const digits = ofNamed ?? ofPlain;
    if (text === undefined || Number(digits ?? 1) > countMax)
      return { replies, isClosed: isHopeless(rest) };
    rest = rest.slice(text.length);
    const from = next.get(named);
    if (text === bell) replies += bell;
    else if (from === undefined) replies += unserved;
    else {
      const to = from + BigInt(digits ?? 1) * increment;
      if (to > end) return { replies, isClosed: true };
      replies += `${from}${digits === undefined ? '' : `+${increment}*${digits}`}${endOfText}`;
      next.set(named, to);
    }
  }
  return { replies, isClosed: false };
}

/** Whether nothing that may follow can make a request of this. */
function isHopeless(rest: string): boolean {
  const { groups } = begun.exec(rest) ?? {};
  return groups === undefined || Number(groups.named ?? groups.plain ?? 0) > countMax;
}
