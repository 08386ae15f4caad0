import { END, START } from '../../lib/data/tokenizer';
import { neverGenerated } from '../../lib/decoding/caption';
import type { Table } from './table-captioner';

export interface Found {
  words: number[];
  logProbabilities: number[];
  score: number;
}

export function logSoftmax(logits: number[]): number[] {
  const highest = Math.max(...logits);
  const total = highest + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - highest), 0));
  return logits.map((x) => x - total);
}

/** Every caption of at least one and fewer than `maxLength` words with its end, best first by log-probability / length^penalty. */
export function everyCaption(table: Table, image: number, maxLength: number, penalty: number): Found[] {
  const found: Found[] = [];
  const visit = (words: number[], before: number[]) => {
    logSoftmax(table(image, [START, ...words])).forEach((p, word) => {
      if (neverGenerated.includes(word) || (word === END && words.length === 0)) return;
      const logProbabilities = [...before, p];
      if (word === END) {
        const sum = logProbabilities.reduce((a, b) => a + b, 0);
        found.push({ words, logProbabilities, score: sum / logProbabilities.length ** penalty });
      } else if (words.length + 1 < maxLength) visit([...words, word], logProbabilities);
    });
  };
  visit([], []);
  return found.sort((a, b) => b.score - a.score);
}
