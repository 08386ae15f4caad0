import { visit } from 'jsonc-parser';
import { UserError } from '../../errors';
import { shownValue } from '../../short-value';
import { captionSet, repeatedSentence, type CaptionSet } from './caption-set';

/**
 * Reads an object of captions by image: `{"image": ["caption", …], …}`, or one text instead of a list.
 * @param value the parsed text
 * @throws UserError, naming `file` and the image, for what is no caption and for an image that is there twice
 */
export function captionMap(text: string, value: object, file: string): CaptionSet {
  const repeated = repeatedKeys(text);
  if (repeated.length > 0) throw new UserError(repeatedSentence(file, repeated));

  const entries = Object.entries(value).map(([image, entry]) => {
    const captions: unknown[] = Array.isArray(entry) ? entry : [entry];
    if (captions.length === 0 || !captions.every((caption) => typeof caption === 'string')) {
      throw new UserError(
        `${file}: image "${image}" needs a caption or a list of captions, each a string, and has ${shownValue(entry)}.`,
      );
    }
    return { image, captions };
  });
  return captionSet(file, entries);
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
