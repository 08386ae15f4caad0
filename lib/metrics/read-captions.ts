import { readFileSync } from 'node:fs';
import { visit } from 'jsonc-parser';
import { messageOf, UserError } from '../errors';
import type { Captions, References } from './types';

/**
 * Reads the references of images from a JSON file: `{"image": ["reference", …], …}`.
 * @throws UserError where the file cannot be read, is not of this form or has an image twice
 */
export function readReferences(file: string): References {
  return readObject(file, 'references', (image, value) => {
    const captions = textsOf(value);
    if (captions === undefined || captions.length === 0)
      throw new UserError(`${file}: image "${image}" needs a list of references, each a string.`);

    return captions;
  });
}

/**
 * Reads one candidate for each image from a JSON file: `{"image": "candidate", …}`; a list of one
 * text will do.
 * @throws UserError where the file cannot be read, is not of this form or has an image twice
 */
export function readCandidates(file: string): Captions {
  return readObject(file, 'candidates', (image, value) => {
    const captions = textsOf(value);
    if (captions?.length !== 1) {
      const found = captions === undefined ? 'something else' : `${captions.length} of them`;
      throw new UserError(
        `${file}: image "${image}" needs exactly one candidate, a string, and has ${found}.`,
      );
    }
    return captions[0];
  });
}

function readObject<T>(
  file: string,
  what: string,
  read: (image: string, value: unknown) => T,
): Record<string, T> {
  const text = readText(file, what);
  const value = parse(file, text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UserError(`${file} must hold a JSON object that maps each image to its ${what}.`);

  const repeated = repeatedKeys(text);
  if (repeated.length > 0) {
    const images = repeated
      .slice(0, 5)
      .map((image) => JSON.stringify(image))
      .join(', ');
    const more = repeated.length > 5 ? ` and ${repeated.length - 5} more` : '';
    throw new UserError(`${file} has images twice: ${images}${more}; keep one entry of each.`);
  }
  return Object.fromEntries(Object.entries(value).map(([image, entry]) => [image, read(image, entry)]));
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UserError(
      `Cannot read the ${what} in ${file} (${messageOf(error)}): name an existing JSON file.`,
    );
  }
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is not valid JSON (${messageOf(error)}): repair it or name another file.`);
  }
}

/** Keys that the outermost object of a JSON text has more than once; JSON.parse keeps the last in silence. */
function repeatedKeys(text: string): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  let depth = 0;
  visit(text, {
    onObjectBegin: () => void depth++,
    onObjectEnd: () => void depth--,
    onObjectProperty: (key) => {
      if (depth === 1) (seen.has(key) ? repeated : seen).add(key);
    },
  });
  return [...repeated];
}

/** A text or a list of texts as a list; undefined for anything else. */
function textsOf(value: unknown): string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.every((entry) => typeof entry === 'string') ? list : undefined;
}
