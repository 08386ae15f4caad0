import { z } from 'zod';
import { imageKey } from '../caption-sets/image-names';
import { CaptionCollector } from '../collect';
import { idSchema, parseJson } from './parse-json';
import type { CaptionFile, SplitName } from '../types';
import { firstLineOf, type CaptionFormat } from './format';

const cocoFile = z.object({ images: z.array(z.unknown()), annotations: z.array(z.unknown()) });
const cocoImage = z.object({ id: idSchema, file_name: z.string().min(1) });
const cocoAnnotation = z.object({ id: idSchema.optional(), image_id: idSchema, caption: z.string() });

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
  const names = new Map<string, string>(); // by the key of the id: 7, "7" or "000000000007"
  coco.images.forEach((row, i) => {
    const image = cocoImage.safeParse(row);
    const where = `images[${i}]`;
    if (!image.success) return collector.problem(where, `image without ${unusable(image.error)}`);
    const { id: imageId, file_name: name } = image.data;
    if (names.has(imageKey(imageId))) return collector.problem(where, `image ${imageId} occurs twice`);
    names.set(imageKey(imageId), name);
    collector.addImage(name, { split, imageId });
  });
  coco.annotations.forEach((row, i) => {
    const annotation = cocoAnnotation.safeParse(row);
    const where = `annotations[${i}]`;
    if (!annotation.success)
      return collector.problem(where, `annotation without ${unusable(annotation.error)}`);
    const { id: key, image_id: image, caption } = annotation.data;
    const name = names.get(imageKey(image));
    if (name === undefined) return collector.problem(where, `image ${image} is not listed`);
    collector.addCaption(where, name, caption, key);
  });
  return collector.result();
}

/** The members that a row lacks, or that are something else than they should be. */
function unusable({ issues }: z.ZodError): string {
  return `a usable ${issues.map(({ path }) => path.join('.') || 'row').join(' and ')}`;
}

export const cocoJson: CaptionFormat = {
  name: "COCO's JSON",
  recognizes: (text) => firstLineOf(text).startsWith('{') && /"annotations"\s*:/.test(text),
  parse: parseCocoCaptions,
};
