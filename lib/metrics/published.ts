import type { Scores } from './types';

/** Scores that others published for a captioner on the test split of a data set. */
export interface PublishedScores {
  dataset: 'flickr8k' | 'flickr30k' | 'coco';
  captioner: string;
  source: string;
  /** As fractions; what was not published is left out. */
  scores: Scores;
}

const SHOW_ATTEND_TELL = 'Xu et al. 2015, "Show, Attend and Tell", table 1';
const ADAPTIVE = 'Lu et al. 2017, "Knowing When to Look", table 1';
const KERAS = 'github.com/danieljl/keras-image-captioning';
const X_MODALER = 'Li et al. 2021, "X-modaler", github.com/YehLi/xmodaler';

/**
 * Published scores of captioners without vision-language pretraining, to stand beside one's own.
 * Those of X-modaler see regions that an object detector proposes, the others a grid of a
 * convolutional network's features (keras-image-captioning: one pooled vector).
 */
export const PUBLISHED_SCORES: readonly PublishedScores[] = [
  published('flickr8k', 'InceptionV3 and 3 LSTM layers', KERAS, {
    b1: 61.8,
    b4: 19.0,
    meteor: 21.5,
    cider: 41.5,
  }),
  published('flickr8k', 'soft attention', SHOW_ATTEND_TELL, { b1: 67.0, b4: 19.5, meteor: 18.9 }),
  published('flickr8k', 'hard attention', SHOW_ATTEND_TELL, { b1: 67.0, b4: 21.3, meteor: 20.3 }),
  published('flickr30k', 'soft attention', SHOW_ATTEND_TELL, { b1: 66.7, b4: 19.1, meteor: 18.5 }),
  published('flickr30k', 'hard attention', SHOW_ATTEND_TELL, { b1: 66.9, b4: 19.9, meteor: 18.5 }),
  published('flickr30k', 'adaptive attention', ADAPTIVE, { b1: 67.7, b4: 25.1, meteor: 20.4, cider: 53.1 }),
  published('coco', 'soft attention', SHOW_ATTEND_TELL, { b1: 70.7, b4: 24.3, meteor: 23.9 }),
  published('coco', 'adaptive attention', ADAPTIVE, { b1: 74.2, b4: 33.2, meteor: 26.6, cider: 108.5 }),
  published('coco', 'attention LSTM', X_MODALER, {
    b1: 76.4,
    b4: 36.1,
    meteor: 27.6,
    rouge: 56.6,
    cider: 113.0,
  }),
  published('coco', 'attention LSTM, CIDEr optimized', X_MODALER, {
    b1: 79.4,
    b4: 37.1,
    meteor: 27.9,
    rouge: 57.6,
    cider: 123.1,
  }),
  published('coco', 'Transformer', X_MODALER, {
    b1: 76.4,
    b4: 35.8,
    meteor: 28.2,
    rouge: 56.7,
    cider: 116.6,
  }),
  published('coco', 'Transformer, CIDEr optimized', X_MODALER, {
    b1: 80.5,
    b4: 39.2,
    meteor: 29.1,
    rouge: 58.7,
    cider: 130.0,
  }),
];

/** Figures as papers print them, times 100. */
interface Percentages {
  b1: number;
  b4: number;
  meteor: number;
  rouge?: number;
  cider?: number;
}

function published(
  dataset: PublishedScores['dataset'],
  captioner: string,
  source: string,
  { b1, b4, meteor, rouge, cider }: Percentages,
): PublishedScores {
  const scores: Scores = { 'BLEU-1': b1 / 100, 'BLEU-4': b4 / 100, METEOR: meteor / 100 };
  if (rouge !== undefined) scores['ROUGE-L'] = rouge / 100;

  if (cider !== undefined) scores.CIDEr = cider / 100;

  return { dataset, captioner, source, scores };
}
