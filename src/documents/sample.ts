import { wrap } from '../cli/wrap.js';
import { configFileName } from '../settings/limits.js';
import type { Setting } from '../settings/setting.js';
import { defaultValues, environmentName, settingNamed, settingNames } from '../settings/table.js';
import { settingToText } from '../settings/value-text.js';

const columnsMax = 80;

/** Defaults that depend on the host are shown for this one, next to the rule in words. */
const exampleHost = { cpuCount: 4, startsAsRoot: false, confdir: '' };

const introduction =
  `Settings of txnid, to be kept as ${configFileName} in the confdir, writable by root alone. ` +
  'Every setting stands here with its default: remove the "# " in front of it to set it. The ' +
  `environment (${environmentName('port')}) goes before this file, flags (-port) go before both. ` +
  'The settings marked "saved" shape the numbers or decide who can reach them: a restart with ' +
  'other values is refused until "txnid accept" has taken them.';

/** The text of the sample settings file, generated from the table. */
export function renderSample(): string {
  const defaults = defaultValues(exampleHost, {});
  const names = settingNames.filter((name) => settingNamed(name).layers.includes('file'));
  const blocks = names.map((name) => {
    return [...description(settingNamed(name)), `# ${name}: ${settingToText(defaults[name])}`];
  });
  return [comment(introduction), ...blocks].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function description(setting: Setting): string[] {
  const { summary, allowed, unit, defaultInWords, restart } = setting;
  return [
    ...comment(`${sentence(summary)}${restart === 'must match' ? ' Saved.' : ''}`),
    ...comment(`Allowed: ${allowed}${unit === undefined ? '' : `, in ${unit}`}.`),
    ...(defaultInWords === undefined ? [] : comment(`Default: ${defaultInWords}.`)),
  ];
}

function comment(text: string): string[] {
  return wrap(text, columnsMax - '# '.length).map((line) => `# ${line}`);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
