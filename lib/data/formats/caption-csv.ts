import Papa from 'papaparse';
import { CaptionCollector, splitLines } from '../collect';
import type { CaptionFile } from '../types';
import { firstLineOf, type CaptionFormat } from './format';

/**
 * Reads a CSV file of captions such as Kaggle's `captions.txt`: a header with a column `image` (or
 * `image_name`) and a column `caption` (or `comment`), captions with commas in quotes.
 */
export function parseCaptionCsv(text: string): CaptionFile {
  const collector = new CaptionCollector();
  const rows = csvRows(text);
  const header = (rows.shift()?.cells ?? []).map((cell) => cell.trim().toLowerCase());
  const image = header.findIndex((name) => name === 'image' || name === 'image_name');
  const caption = header.findIndex((name) => name === 'caption' || name === 'comment');
  if (image < 0 || caption < 0) {
    collector.problem('line 1', 'no header with the columns image and caption');
    return collector.result();
  }
  for (const { line, cells, broken } of rows) {
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (broken) collector.problem(`line ${line}`, 'quotes do not match');
    else if (cells.length !== header.length)
      collector.problem(`line ${line}`, `${cells.length} columns instead of ${header.length}`);
    else collector.addCaption(`line ${line}`, cells[image], cells[caption]);
  }
  return collector.result();
}

export const captionCsv: CaptionFormat = {
  name: 'a CSV with the columns image and caption',
  recognizes: (text) => /^"?(image|image_name)"?\s*,/i.test(firstLineOf(text)),
  parse: parseCaptionCsv,
};

interface CsvRow {
  /** Counted from 1. */
  line: number;
  cells: string[];
  broken: boolean;
}

/**
 * The rows of a CSV text. A quote that is never closed would swallow the rest of the file: where
 * quotes don't match, each line is parsed by itself, and only the broken ones are lost.
 */
function csvRows(text: string): CsvRow[] {
  const lines = splitLines(text);
  const whole = Papa.parse<string[]>(lines.join('\n'), { delimiter: ',', newline: '\n' });
  if (!whole.errors.some(({ type }) => type === 'Quotes')) {
    let line = 1;
    return whole.data.map((cells) => {
      const row = { line, cells, broken: false };
      line += 1 + cells.join('').split('\n').length - 1; // a quoted cell may hold line ends
      return row;
    });
  }
  return lines.map((line, i) => {
    const { data, errors } = Papa.parse<string[]>(line, { delimiter: ',' });
    return { line: i + 1, cells: data[0] ?? [], broken: errors.length > 0 };
  });
}
