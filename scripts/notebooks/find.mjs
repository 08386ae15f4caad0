import { SetupError } from '../setup/errors.mjs';
import { notebookNames } from './execute.mjs';

/**
 * The notebook that a word means: its number, its name, or a part of it.
 * @param {string} word such as 4, 04, inference or 04-inference.ipynb
 * @returns {string} its name
 */
export function findNotebook(word) {
  const plain = word
    .replace(/^.*\//, '')
    .replace(/\.ipynb$/, '')
    .toLowerCase();
  const number = /^\d+$/.test(plain) ? plain.padStart(2, '0') : undefined;
  const found = notebookNames.filter((name) =>
    number === undefined ? plain !== '' && name.includes(plain) : name.startsWith(`${number}-`),
  );
  if (found.length === 1) return found[0];
  const problem =
    found.length === 0 ? `There is no notebook "${word}"` : `"${word}" may be several notebooks`;
  throw new SetupError(`${problem}: choose of ${notebookNames.join(', ')}.`);
}
