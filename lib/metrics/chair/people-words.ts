import { ANIMALS, type Category } from './category-words';

/** Words for people that also tell an animal's age, sex or kin: "a baby elephant", "a mother cow and her baby". */
const OF_ANIMALS = new Set(
  (
    'baby newborn infant toddler adult youth mother mom father dad parent child family male female sibling brother ' +
    'sister couple'
  ).split(' '),
);

const BETWEEN = new Set(['and', 'or', 'a', 'an', 'the', 'one', 'two', 'its', 'her', 'his', 'their']);
const LOOKS = /^(black|brown|gr[ae]y|white|little|small|big|large|young)$/;
const POSSESSIVES = new Set(['its', 'her', 'his', 'their']);

/**
 * Whether a word for a person means an animal: one follows, perhaps after more such words ("mother and baby elephant"),
 * or the word belongs to the animal named last ("a giraffe and its baby").
 * @param words singular words of a caption
 * @param start place of the word
 * @param categoryAt category of the object that is named at a place, if any
 * @param last category of the object named before, if any
 */
export function meansAnimal(
  words: readonly string[],
  start: number,
  categoryAt: (place: number) => Category | undefined,
  last: Category | undefined,
): boolean {
  if (!OF_ANIMALS.has(words[start])) return false;
  if (last !== undefined && ANIMALS.includes(last) && POSSESSIVES.has(words[start - 1])) return true;
  let next = start + 1;
  while (OF_ANIMALS.has(words[next]) || BETWEEN.has(words[next])) next++;
  // "A mother and her calf", "a father with his child and a dog": the animal is another one.
  if (next > start + 1 && !OF_ANIMALS.has(words[next - 1])) return false;
  while (LOOKS.test(words[next] ?? '')) next++;
  const following = categoryAt(next);
  return following !== undefined && ANIMALS.includes(following);
}
