import { join, relative } from 'node:path';
import { UserError } from '../../errors';
import { imageFolders, withImageFiles } from '../image-files';
import type { CaptionFile, CaptionRows } from '../types';
import { coco } from './coco';
import type { DatasetDefinition, Source } from './definition';
import { flickr8k } from './flickr8k';

/** Of each 16 photographs of COCO, in the order of their numbers, those at these places are held out. */
const HELD_OUT = { of: 16, places: [0, 5, 10] };

/**
 * Flickr8k and photographs of COCO, which the captioner that comes with the project is trained on: people and dogs
 * outdoors, and food, rooms, streets and animals. The folder has a folder of each data set, as it is on its own.
 *
 * Validation images are those of Flickr8k. Test images are those of COCO that are held out: its validation list where its
 * captions have one, else a fixed part, whatever the seed.
 */
export const flickr8kCoco: DatasetDefinition = {
  name: 'flickr8k-coco',
  description: 'Flickr8k, and photographs of COCO as many as there are',
  files: "folders flickr8k and coco, each with that data set's files; the test split is of COCO",
  async read({ folder, ...options }) {
    const flickr = await flickr8k.read({ ...options, folder: join(folder, 'flickr8k') });
    const { captions } = await coco.read({ ...options, folder: join(folder, 'coco') });
    const first = located(folder, 'flickr8k', { ...flickr.captions, images: imagesOfLists(folder, flickr) });
    const second = located(folder, 'coco', captions);
    const byNumber = second.images.sort((a, b) => Number.parseInt(a.id) - Number.parseInt(b.id));
    return {
      captions: {
        images: [...first.images, ...withSplits(byNumber)],
        problems: [...first.problems, ...second.problems],
      },
    };
  },
  instances: (folder) => coco.instances?.(join(folder, 'coco')) ?? [],
};

/** The images of one of the two data sets that are there, with the paths of their files below the folder of both. */
function located(folder: string, name: string, captions: CaptionFile): CaptionFile {
  const { images, problems } = withImageFiles(captions, imageFolders(join(folder, name)));
  return {
    images: images.map(({ file, ...image }) => ({ ...image, path: relative(folder, file) })),
    problems,
  };
}

/**
 * The images in Flickr8k's official lists for training and validation, each with its split.
 * @throws UserError where there is no list to train on
 */
function imagesOfLists(folder: string, { captions, lists = {} }: Source): CaptionRows[] {
  if (!lists.train) {
    throw new UserError(
      `Flickr8k's list of training images is not in ${join(folder, 'flickr8k')}: put Flickr_8k.trainImages.txt and Flickr_8k.devImages.txt there.`,
    );
  }
  const byId = new Map(captions.images.map((image) => [image.id, image]));
  return (['train', 'validation'] as const).flatMap((split) =>
    (lists[split] ?? []).flatMap((id) => {
      const image = byId.get(id);
      return image ? [{ ...image, split }] : [];
    }),
  );
}

function withSplits(images: readonly CaptionRows[]): CaptionRows[] {
  const hasLists = images.some(({ split }) => split === 'train');
  return images.map((image, i) => {
    const isHeldOut = hasLists ? image.split !== 'train' : HELD_OUT.places.includes(i % HELD_OUT.of);
    return { ...image, split: isHeldOut ? 'test' : 'train' };
  });
}
