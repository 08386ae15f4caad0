import type { SetDiversity } from '../../metrics/set-diversity';
import { columns, percent } from './columns';
import type { ReportedDiversity } from './evaluation-report';

/** How varied captions are, a line for each measure; `novelty` where training captions are known. */
export function diversityTable(diversity: ReportedDiversity, sets?: SetDiversity): string[] {
  const { captions, distinctCaptions, vocabularySize, meanLength, duplicateRate, novelty } = diversity;
  const rows: [name: string, figure: string][] = [
    ['captions', `${captions}`],
    ['distinct captions', `${distinctCaptions}`],
    ['different words', `${vocabularySize}`],
    ['words a caption', meanLength.toFixed(1)],
    ['captions that another image has too, %', percent(duplicateRate)],
  ];
  if (novelty !== undefined)
    rows.push(['captions that are not in the training captions, %', percent(novelty)]);
  if (sets) {
    rows.push(
      ['images with several captions', `${sets.images}`],
      ['captions of such an image', sets.captionsPerImage.toFixed(1)],
      ['distinct among them, %', percent(sets.distinct)],
      ['Div-1, x 100', percent(sets.div1)],
      ['Div-2, x 100', percent(sets.div2)],
      ['mBLEU-4, x 100 (lower is more diverse)', percent(sets.mBleu4)],
    );
  }
  return ['Diversity:', ...columns(rows)];
}
