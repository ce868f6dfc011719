import { echoCharactersMax } from './limits.js';

/** Control, format and line-separator characters: they could forge or hide a line of a log. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** `text` with every character that could disturb a terminal or a log written as `\uXXXX`. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => character.split('').map(escapeUnit).join(''));
}

/** What somebody wrote, for a fault: a JSON string, printable and cut to `echoCharactersMax`. */
export function quoted(text: string): string {
  const cut = text.slice(0, echoCharactersMax);
  return printable(JSON.stringify(cut)) + (cut.length < text.length ? '…' : '');
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
