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
  const parts = caption.split(/[,;:](?=\s)/).map(wordsOf); // a phrase has no comma in it: "a tv, remote and couch"
  const written = parts.flat();
  const words = written.map(singular);
  const endOfPart = parts.flatMap((part, i) => part.map(() => parts.slice(0, i + 1).flat().length));
  const phraseAt = (place: number) =>
    longestPhrase(words.slice(place, endOfPart[place]), written.slice(place, endOfPart[place]));
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

/** The words of a caption as they are written, in lower case, parted at hyphens too. */
function wordsOf(text: string): string[] {
  return tokenizeAtSpaces(text).flatMap((token) => token.split('-').filter((word) => word !== ''));
}

/**
 * The longest known phrase that words begin with; one word without a category where none is known.
 * @param words singular words of a caption
 * @param written the same as they are written
 */
function longestPhrase(
  words: readonly string[],
  written: readonly string[],
): { category: Category | undefined; length: number } {
  for (let length = Math.min(LONGEST_PHRASE, words.length); length > 0; length--) {
    const phrase = words.slice(0, length).join(' ');
    if (!phrases.has(phrase)) continue;
    const category = phrases.get(phrase);
    if (category !== undefined || !isVerb(written, length - 1)) return { category, length };
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
