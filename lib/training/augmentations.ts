import { mentionsLeftRight } from '../data/left-right';
import { Random } from '../random';
import type { CaptionGroup } from './batches';
import type { TrainingTask } from './task';

type Seeded = Pick<TrainingTask, 'augmentations'> & { options: { seed: number } };

/**
 * The captions of an epoch, each group with one augmentation of its image. A group goes with each augmentation that fits it,
 * in an order drawn from the seed, before one comes again; captions that mention left or right go with no mirrored image.
 */
export function augmentedGroups(
  groups: readonly CaptionGroup[],
  { augmentations, options }: Seeded,
  epoch: number,
): readonly CaptionGroup[] {
  if (!augmentations) return groups;
  return groups.map((group) => {
    const [{ image, mentionsLeftRight = false }] = group;
    const ids = augmentations.idsFor(image, { mentionsLeftRight });
    const augmentation = pickInTurn(ids, options.seed, epoch, image);
    return group.map((example) => ({ ...example, image: augmentation }));
  });
}

/** The augmentation of an image with all its captions in an epoch, as the id of its features. */
export function augmentationOfEpoch(
  image: string,
  { augmentations, options, trainReferences }: Seeded & Pick<TrainingTask, 'trainReferences'>,
  epoch: number,
): string {
  if (!augmentations) return image;
  const ids = augmentations.idsFor(image, {
    mentionsLeftRight: trainReferences[image].some(mentionsLeftRight),
  });
  return pickInTurn(ids, options.seed, epoch, image);
}

/** Takes the ids in turn, in an order of its own for each image and each round. */
function pickInTurn(ids: readonly string[], seed: number, epoch: number, image: string): string {
  const round = Math.floor((epoch - 1) / ids.length);
  return Random.stream(seed, 'views', round, image).shuffle(ids)[(epoch - 1) % ids.length];
}
