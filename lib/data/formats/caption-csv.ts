import Papa from 'papaparse';
import { splitLines } from '../../text-file';
import { CaptionCollector } from '../collect';
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

/** Lines of a row at most: a quote that is still open then was never closed. */
const MOST_LINES = 50;

/** How a row begins: with the name of an image file. */
const ROW_START = /^\s*"?[^,"]*\.(jpe?g|png|webp|gif|tiff?|avif|svg|bmp)"?\s*,/i;

/**
 * The rows of a CSV text. A quoted cell may hold line ends. A quote that is never closed would swallow the rows that
 * follow: where the next one begins before it is closed, its own line is broken and no other.
 */
function csvRows(text: string): CsvRow[] {
  const lines = splitLines(text);
  const rows: CsvRow[] = [];
  for (let at = 0; at < lines.length;) {
    let { cells, isOpen, broken } = parseRow(lines[at]);
    let length = 1;
    while (
      isOpen &&
      length < MOST_LINES &&
      at + length < lines.length &&
      !ROW_START.test(lines[at + length])
    ) {
      length++;
      ({ cells, isOpen, broken } = parseRow(lines.slice(at, at + length).join('\n')));
    }
    if (isOpen) length = 1;
    rows.push({ line: at + 1, cells, broken });
    at += length;
  }
  return rows;
}

function parseRow(text: string): { cells: string[]; isOpen: boolean; broken: boolean } {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: ',', newline: '\n' });
  const isOpen = errors.some(({ code }) => code === 'MissingQuotes');
  return { cells: data[0] ?? [], isOpen, broken: errors.length > 0 };
}
