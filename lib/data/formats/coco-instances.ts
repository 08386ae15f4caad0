import { z } from 'zod';
import { UserError } from '../../errors';
import { isCategory } from '../../metrics/chair/category-words';
import { imageKey, ImageIndex } from '../caption-sets/image-names';
import { idSchema, parseJson } from './parse-json';

const instancesFile = z.object({
  images: z.array(z.object({ id: idSchema, file_name: z.string() })),
  annotations: z.array(z.object({ image_id: idSchema, category_id: idSchema })),
  categories: z.array(z.object({ id: idSchema, name: z.string() })),
});

/** The objects of images, each once, by any name of the image; undefined for an image that the file does not list. */
export type ObjectsOfImage = (image: string) => readonly string[] | undefined;

/**
 * Reads COCO's `instances_*.json` (Lin et al. 2014): which of the 80 categories people marked in each image.
 * @throws UserError, naming `file`, where it is not such a file
 */
export function parseInstances(text: string, file: string): ObjectsOfImage {
  const { images, annotations, categories } = parseJson(text, file, instancesFile, 'COCO instances file');
  const names = new Map(categories.map((category) => [category.id, category.name]));
  if (![...names.values()].some(isCategory))
    throw new UserError(`${file} has none of COCO's 80 categories: name an instances_*.json of COCO.`);

  const objects = new Map(images.map((image) => [imageKey(image.id), new Set<string>()]));
  for (const { image_id: image, category_id: category } of annotations)
    objects.get(imageKey(image))?.add(names.get(category) ?? category);

  const index = new ImageIndex(images.map((image) => [imageKey(image.id), [image.file_name]] as const));
  return (image) => {
    const key = index.find(image);
    return key === undefined ? undefined : [...(objects.get(key) ?? [])];
  };
}
