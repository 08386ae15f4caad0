import { z } from 'zod';
import { CaptionCollector } from '../collect';
import { idSchema, parseJson } from './parse-json';
import type { CaptionFile, SplitName } from '../types';
import { firstLineOf, type CaptionFormat } from './format';

const karpathyFile = z.object({ images: z.array(z.unknown()) });
const karpathyImage = z.object({
  filepath: z.string().optional(),
  filename: z.string().min(1),
  cocoid: idSchema.optional(),
  split: z.string(),
  sentences: z.array(z.unknown()),
});
const karpathySentence = z.object({ raw: z.string(), sentid: idSchema.optional() });

/** Karpathy's names of the splits; COCO's `restval` counts as training data, as papers do it. */
const SPLITS = new Map<string, SplitName>([
  ['train', 'train'],
  ['restval', 'train'],
  ['val', 'validation'],
  ['test', 'test'],
]);

/**
 * Reads Karpathy's `dataset_*.json` (Flickr8k, Flickr30k, COCO): images with `filepath`, `filename`,
 * `split` and sentences (`raw`). (Karpathy and Fei-Fei 2015.)
 *
 * @throws UserError, naming `file`, where it is not such a file
 */
export function parseKarpathy(text: string, file = 'the file'): CaptionFile {
  const { images } = parseJson(text, file, karpathyFile, 'Karpathy JSON file');
  const collector = new CaptionCollector();
  const folders = new Map<string, string | undefined>();
  images.forEach((row, i) => {
    const where = `images[${i}]`;
    const image = karpathyImage.safeParse(row);
    if (!image.success) return collector.problem(where, 'image without filename, split or sentences');
    const { filepath, filename, cocoid, sentences } = image.data;
    const split = SPLITS.get(image.data.split);
    if (!split) return collector.problem(where, `unknown split ${image.data.split}`);
    const path = filepath ? `${filepath}/${filename}` : undefined;
    // Another folder may have another picture of the same name.
    const isOther = path !== undefined && folders.has(filename) && folders.get(filename) !== filepath;
    const id = isOther ? path : filename;
    if (folders.has(id)) return collector.problem(where, `image ${id} occurs twice`);
    folders.set(id, filepath);
    collector.addImage(id, { split, path, imageId: cocoid });
    sentences.forEach((entry, j) => {
      const sentence = karpathySentence.safeParse(entry);
      const place = `${where}.sentences[${j}]`;
      if (!sentence.success) return collector.problem(place, 'sentence without raw');
      const { raw, sentid } = sentence.data;
      collector.addCaption(place, id, raw, sentid);
    });
  });
  return collector.result();
}

export const karpathyJson: CaptionFormat = {
  name: "Karpathy's JSON",
  recognizes: (text) => firstLineOf(text).startsWith('{') && !/"annotations"\s*:/.test(text),
  parse: parseKarpathy,
};
