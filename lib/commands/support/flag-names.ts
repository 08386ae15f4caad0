import { namedOptions, optionGroups } from '../../config/named-options';
import { flagOf } from '../../config/unused-options';

/**
 * A message of lib for a user of the command line: options are named as flags. `set beamWidth to 8` becomes `set --beam-width
 * to 8`, and `captioner.layers` becomes `--layers`.
 */
export function withFlags(message: string): string {
  const flags = new Map<string, string>();
  for (const { name, places } of namedOptions()) {
    if (/[A-Z]/.test(name)) flags.set(name, flagOf(name)); // others are words of the language too
    for (const { group, option } of places) flags.set(`${group}.${option}`, flagOf(name));
  }
  const groups = optionGroups.join('|');
  // No part of a path, of a quotation or of a longer name.
  const named = new RegExp(`(?<![\\w./"=-])((?:(?:${groups})\\.)?[a-z]+[A-Za-z]*)(?![\\w/"=]|\\.\\w)`, 'g');
  return message
    .replace(named, (text) => flags.get(text) ?? text)
    .replace(/\bOption ([a-z]+[A-Za-z]*)(?=:)/g, (_, name: string) => flagOf(name)) // also those of a command alone
    .replaceAll('Option --', '--');
}
