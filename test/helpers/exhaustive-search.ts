import { END, START } from '../../lib/tokenizer';
import { bannedTokens } from '../../lib/decoding/caption';
import type { Table } from './table-captioner';

export interface Found {
  tokens: number[];
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
  const visit = (tokens: number[], before: number[]) => {
    logSoftmax(table(image, [START, ...tokens])).forEach((p, word) => {
      if (bannedTokens.includes(word) || (word === END && tokens.length === 0)) return;
      const logProbabilities = [...before, p];
      if (word === END) {
        const sum = logProbabilities.reduce((a, b) => a + b, 0);
        found.push({ tokens, logProbabilities, score: sum / logProbabilities.length ** penalty });
      } else if (tokens.length + 1 < maxLength) {
        visit([...tokens, word], logProbabilities);
      }
    });
  };
  visit([], []);
  return found.sort((a, b) => b.score - a.score);
}
