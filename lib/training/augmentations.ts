import { mentionsLeftRight } from '../data/left-right';
import { Random } from '../random';
import type { CaptionGroup } from './batches';
import type { TrainingTask } from './task';

type Seeded = Pick<TrainingTask, 'augmentations'> & { options: { seed: number } };

/**
 * The captions of an epoch, each group with one view of its picture. A group meets all augmentations that it may stand under,
 * in an order drawn from the seed, before it meets one again; one that says left or right meets no mirrored view.
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
    const view = pickInTurn(ids, options.seed, epoch, image);
    return group.map((example) => ({ ...example, image: view }));
  });
}

/** The view that an epoch sees of a picture with all its captions, as the id of its features. */
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

/** Goes round all ids, in an order of its own for each image and each round. */
function pickInTurn(ids: readonly string[], seed: number, epoch: number, image: string): string {
  const round = Math.floor((epoch - 1) / ids.length);
  return Random.unlike(seed, 'views', round, image).shuffle(ids)[(epoch - 1) % ids.length];
}
