import type { Mentions } from '../../metrics/mentions';
import { PUBLISHED_SCORES } from '../../metrics/published';
import { scoreLabel } from '../../metrics/registry';
import type { Captions, References, Scores } from '../../metrics/types';
import { measureDiversity, type Diversity } from '../../metrics/diversity';
import { columns, percent } from './columns';

export const CIDER_OF_ONE_IMAGE =
  'CIDEr of a single image is always 0: its weights come from how many images share a phrase.';

/** Captions shown of each end of the list. */
const CAPTIONS_SHOWN = 3;

/** How varied captions are; `novelty` only where the training captions are given. */
export type ReportedDiversity = Omit<Diversity, 'novelty'> & Partial<Pick<Diversity, 'novelty'>>;

/** Vocabulary and repetition of generated captions. */
export function diversityReport(
  captions: Readonly<Record<string, string | readonly string[]>>,
  training?: readonly string[],
): ReportedDiversity {
  const { novelty, ...diversity } = measureDiversity(captions, training ?? []);
  return training ? { ...diversity, novelty } : diversity;
}

/** A line for each score, its name and the score times 100 in columns. */
export function scoreTable(scores: Scores): string[] {
  return columns(Object.entries(scores).map(([name, score]) => [scoreLabel(name), percent(score)]));
}

/** Scores times 100, a line each, with figures published for the same data set where it is a known one. */
export function scoreLines(scores: Scores, dataset?: string): string[] {
  const lines = scoreTable(scores);
  const published = PUBLISHED_SCORES.filter((one) => one.dataset === dataset);
  if (published.length === 0) return lines;
  const others = published.map(({ captioner, source, scores: theirs }) => {
    const figures = Object.entries(theirs).map(([name, score]) => `${name} ${percent(score)}`);
    return `  ${captioner} (${source}): ${figures.join(', ')}`;
  });
  return [...lines, '', 'Published for the test split of the same data set:', ...others];
}

/** Whom captions name beside what people wrote, a line for each group. */
export function mentionLines(mentions: readonly Mentions[], images: number): string[] {
  return [
    `Captions that name them, of ${images}; in brackets as many as if one person had written each:`,
    ...mentions.map(({ group, captions, people, wrong, couldBeWrong }) => {
      const other = group === 'men' ? 'women' : 'men';
      const where = group === 'dogs' ? 'where nobody named one' : `where people named ${other} alone`;
      return `  ${group}: ${captions} (${people.toFixed(0)}); ${wrong} of ${couldBeWrong} ${where}`;
    }),
  ];
}

/** Words, repetition, and the best and worst captions by CIDEr beside a reference. */
export function captionLines(
  diversity: ReportedDiversity,
  captions: Captions,
  references: References,
  perImage: Record<string, Scores>,
): string[] {
  const { novelty } = diversity;
  const ids = Object.keys(captions).sort((a, b) => perImage[b].CIDEr - perImage[a].CIDEr);
  const line = (id: string) =>
    `  ${(100 * perImage[id].CIDEr).toFixed(0).padStart(4)}  ${id}: ${captions[id]}  (reference: ${references[id][0]})`;
  return [
    `${diversity.vocabularySize} different words, ${diversity.meanLength.toFixed(1)} a caption`,
    `${percent(diversity.duplicateRate)} % of the images share their caption with another one`,
    ...(novelty === undefined
      ? []
      : [`${percent(novelty)} % of the captions do not occur word for word in the training captions`]),
    '',
    'Best by CIDEr:',
    ...ids.slice(0, CAPTIONS_SHOWN).map(line),
    'Worst:',
    ...ids.slice(-CAPTIONS_SHOWN).map(line),
  ];
}
