import { z } from 'zod';
import { CaptionCollector } from '../collect';
import { parseJson } from './parse-json';
import type { CaptionFile, SplitName } from '../types';
import { firstLineOf, type CaptionFormat } from './format';

const cocoFile = z.object({ images: z.array(z.unknown()), annotations: z.array(z.unknown()) });
const cocoImage = z.object({ id: z.union([z.int(), z.string()]), file_name: z.string().min(1) });
const cocoAnnotation = z.object({
  id: z.union([z.int(), z.string()]).optional(),
  image_id: z.union([z.int(), z.string()]),
  caption: z.string(),
});

/**
 * Reads COCO's `captions_*.json`: a list of images (`id`, `file_name`) and a list of annotations
 * (`image_id`, `caption`). (Chen et al. 2015, Microsoft COCO Captions.)
 *
 * @param split the split that all its images belong to
 * @throws UserError, naming `file`, where it is not such a file
 */
export function parseCocoCaptions(text: string, file = 'the file', split?: SplitName): CaptionFile {
  const coco = parseJson(text, file, cocoFile, 'COCO captions file');
  const collector = new CaptionCollector();
  const names = new Map<number | string, string>();
  coco.images.forEach((row, i) => {
    const image = cocoImage.safeParse(row);
    const where = `images[${i}]`;
    if (!image.success) return collector.problem(where, 'image without id or file_name');
    if (names.has(image.data.id)) return collector.problem(where, `image ${image.data.id} occurs twice`);
    names.set(image.data.id, image.data.file_name);
    collector.addImage(image.data.file_name, { split });
  });
  coco.annotations.forEach((row, i) => {
    const annotation = cocoAnnotation.safeParse(row);
    const where = `annotations[${i}]`;
    if (!annotation.success) return collector.problem(where, 'annotation without image_id or caption');
    const { id, image_id: image, caption } = annotation.data;
    const name = names.get(image);
    if (name === undefined) return collector.problem(where, `image ${image} is not listed`);
    collector.addCaption(where, name, caption, id === undefined ? undefined : String(id));
  });
  return collector.result();
}

export const cocoJson: CaptionFormat = {
  name: "COCO's JSON",
  recognizes: (text) => firstLineOf(text).startsWith('{') && /"annotations"\s*:/.test(text),
  parse: parseCocoCaptions,
};
