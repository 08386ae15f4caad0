import { splitLines } from '../../text-file';
import { CaptionCollector } from '../collect';
import type { CaptionFile } from '../types';
import type { CaptionFormat } from './format';

/**
 * Reads Flickr8k's token file: `name.jpg#k<TAB>caption`, five lines for each image.
 * (Hodosh, Young and Hockenmaier 2013.)
 */
export function parseTokenFile(text: string): CaptionFile {
  const collector = new CaptionCollector();
  splitLines(text).forEach((line, i) => {
    if (line.trim() === '') return;
    const where = `line ${i + 1}`;
    const parts = /^(.+?)#(\d+)\t(.*)$/s.exec(line);
    if (!parts) return collector.problem(where, 'not of the form name#number<TAB>caption');
    const [, name, number, caption] = parts;
    collector.addCaption(where, name, caption, `${name.trim()}#${Number(number)}`);
  });
  return collector.result();
}

export const tokenFile: CaptionFormat = {
  name: 'a token file (name#number<TAB>caption)',
  recognizes: (text) => /#\d+\t/.test(text),
  parse: parseTokenFile,
};
