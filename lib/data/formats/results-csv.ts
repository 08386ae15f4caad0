import { splitLines } from '../../text-file';
import { CaptionCollector } from '../collect';
import type { CaptionFile } from '../types';
import { firstLineOf, type CaptionFormat } from './format';

/**
 * Reads Flickr30k's `results.csv`: `image_name| comment_number| comment`, with pipes between the
 * columns and spaces around them; quotes have no meaning. In one row of the published file the
 * second pipe is missing (`2199200615.jpg| 4   A dog runs across the grass .`): such a row is
 * read by its number. (Young, Lai, Hodosh and Hockenmaier 2014.)
 */
export function parseResultsCsv(text: string): CaptionFile {
  const collector = new CaptionCollector();
  splitLines(text).forEach((line, i) => {
    if (line.trim() === '' || /^\s*image_name\s*\|/.test(line)) return;
    const where = `line ${i + 1}`;
    const parts = /^([^|]*)\|\s*(\d+)\s*(?:\||\s)(.*)$/s.exec(line);
    if (!parts) return collector.problem(where, 'not of the form name| number| caption');
    const [, name, number, caption] = parts;
    collector.addCaption(where, name, caption.replace(/^\s*\|/, ''), `${name.trim()}#${Number(number)}`);
  });
  return collector.result();
}

export const resultsCsv: CaptionFormat = {
  name: 'results.csv (name| number| caption)',
  recognizes: (text) => firstLineOf(text).includes('|') && !/#\d+\t/.test(firstLineOf(text)),
  parse: parseResultsCsv,
};
