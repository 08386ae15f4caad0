import { mean } from './mean';
import { tokenizeAtSpaces } from './ptb-tokenizer';
import type { Captions, References } from './types';

/** Words by which captions name men and boys, women and girls, and dogs. */
const GROUPS = {
  men: 'man men boy boys guy guys gentleman gentlemen male males father dad son sons brother brothers husband groom he him his',
  women:
    'woman women girl girls lady ladies female females mother mom daughter daughters sister sisters wife bride she her hers',
  dogs: 'dog dogs puppy puppies doggy pup pups',
};

export type MentionGroup = keyof typeof GROUPS;

/** How often captions name a group, beside what people wrote about the same images. */
export interface Mentions {
  group: MentionGroup;
  /** captions that name it */
  captions: number;
  /** as many captions of people, were each image described by one of its people at random */
  people: number;
  /** captions that name it although no person did: of men and women, where people named the other group alone */
  wrong: number;
  /** images on which it could be wrong in that way */
  couldBeWrong: number;
}

const groupWords = Object.entries(GROUPS).map(
  ([group, words]) => [group as MentionGroup, new Set(words.split(' '))] as const,
);

/**
 * Counts whom captions name: captioners of few photographs see men and dogs where others are (Hendricks et al. 2018,
 * "Women also Snowboard"). For men and women an error is a caption that names one where every person who named either
 * named the other; for dogs a caption that names one where nobody did.
 */
export function countMentions(references: References, captions: Captions): Mentions[] {
  const images = Object.entries(captions).map(([id, caption]) => ({
    caption: groupsIn(caption),
    people: references[id].map(groupsIn),
  }));
  return groupWords.map(([group]) => {
    const other = group === 'men' ? 'women' : 'men';
    const open = images.filter(({ people }) => {
      const named = (one: MentionGroup) => people.some((groups) => groups.has(one));
      return !named(group) && (group === 'dogs' || named(other));
    });
    return {
      group,
      captions: images.filter(({ caption }) => caption.has(group)).length,
      people: images.reduce(
        (sum, { people }) => sum + mean(people.map((groups) => (groups.has(group) ? 1 : 0))),
        0,
      ),
      wrong: open.filter(({ caption }) => caption.has(group)).length,
      couldBeWrong: open.length,
    };
  });
}

function groupsIn(caption: string): ReadonlySet<MentionGroup> {
  const words = tokenizeAtSpaces(caption);
  return new Set(groupWords.filter(([, own]) => words.some((word) => own.has(word))).map(([group]) => group));
}
