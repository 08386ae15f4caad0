import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/*
 * A stamp is a small file with the hash of the inputs with which a step of the set-up last succeeded.
 * It is written last and atomically, so a step that failed or was stopped has none.
 */

/**
 * The hash of a step's inputs.
 * @param {unknown} inputs anything that JSON can hold
 */
export function hashOf(inputs) {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/**
 * Whether the step last succeeded with these inputs.
 * @param {string} dir folder of the stamps
 * @param {string} step
 * @param {unknown} inputs
 */
export function isStamped(dir, step, inputs) {
  return readIfThere(join(dir, step)) === hashOf(inputs);
}

/**
 * @param {string} dir folder of the stamps
 * @param {string} step
 * @param {unknown} inputs
 */
export function stamp(dir, step, inputs) {
  writeAtomically(join(dir, step), hashOf(inputs));
}

/**
 * @param {string} dir folder of the stamps
 * @param {string} step
 */
export function removeStamp(dir, step) {
  rmSync(join(dir, step), { force: true });
}

/**
 * Writes a temporary file, then renames it: the file is there whole or not at all.
 * @param {string} file
 * @param {string} text
 */
export function writeAtomically(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

/**
 * The text of a file, or undefined where it can't be read.
 * @param {string} file
 */
export function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
