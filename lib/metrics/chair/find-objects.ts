import { tokenizeAtSpaces } from '../ptb-tokenizer';
import { CATEGORY_WORDS, isCategory, type Category } from './category-words';
import { NO_OBJECTS } from './no-objects';
import { isFruit } from './orange';
import { meansAnimal } from './people-words';
import { singular } from './singular';
import { isVerb } from './verbs';

/** What each phrase of singular words names: a category, or nothing. */
const phrases = new Map<string, Category | undefined>();
for (const phrase of phrasesOf(NO_OBJECTS)) phrases.set(phrase, undefined);
for (const [name, words] of Object.entries(CATEGORY_WORDS))
  if (isCategory(name)) for (const phrase of phrasesOf(`${name}, ${words}`)) phrases.set(phrase, name);

const LONGEST_PHRASE = Math.max(...[...phrases.keys()].map((phrase) => phrase.split(' ').length));

/**
 * The objects that a caption names, as COCO's categories, in the order of its words; one that is named twice is there
 * twice. The longest phrase counts: "hot dog" names no dog, "train track" no train.
 */
export function findObjects(caption: string): Category[] {
  const written = tokenizeAtSpaces(caption).flatMap((token) =>
    token.split('-').filter((word) => word !== ''),
  );
  const words = written.map(singular);
  const phraseAt = (place: number) => longestPhrase(words, written, place);
  const categoryAt = (place: number) => phraseAt(place).category;
  const objects: Category[] = [];
  for (let place = 0; place < words.length; place += phraseAt(place).length) {
    const { category, length } = phraseAt(place);
    const isOneWord = length === 1;
    if (category === undefined) continue;
    if (isOneWord && category === 'orange' && !isFruit(written, place)) continue;
    if (isOneWord && category === 'person' && meansAnimal(words, place, categoryAt, objects.at(-1))) continue;
    objects.push(category);
  }
  return objects;
}

/**
 * The longest known phrase at a place; one word without a category where none is known.
 * @param words singular words of a caption
 * @param written the same as they are written
 */
function longestPhrase(
  words: readonly string[],
  written: readonly string[],
  place: number,
): { category: Category | undefined; length: number } {
  for (let length = Math.min(LONGEST_PHRASE, words.length - place); length > 0; length--) {
    const phrase = words.slice(place, place + length).join(' ');
    if (!phrases.has(phrase)) continue;
    const category = phrases.get(phrase);
    if (category !== undefined || !isVerb(written, place + length - 1)) return { category, length };
  }
  return { category: undefined, length: 1 };
}

/** Phrases of a list with commas, their words as `findObjects` sees them. */
function phrasesOf(list: string): string[] {
  return list
    .split(',')
    .map((phrase) => phrase.trim().split(/\s+/).map(singular).join(' '))
    .filter((phrase) => phrase !== '');
}
