import { namesSide } from '../data/sides';
import { Random } from '../random';
import type { Group } from './batches';
import type { TrainingTask } from './task';

type Seeded = Pick<TrainingTask, 'views'> & { options: { seed: number } };

/**
 * The captions of an epoch, each group with one view of its picture. A group meets all views that it may stand under,
 * in an order drawn from the seed, before it meets one again; one that says left or right meets no mirrored view.
 */
export function groupsOfEpoch(
  groups: readonly Group[],
  { views, options }: Seeded,
  epoch: number,
): readonly Group[] {
  if (!views) return groups;
  return groups.map((group) => {
    const [{ image, namesSide = false }] = group;
    const ids = views.idsFor(image, { namesSide });
    const view = turnOf(ids, options.seed, epoch, image);
    return group.map((example) => ({ ...example, image: view }));
  });
}

/** The view that an epoch sees of a picture with all its captions, as the id of its features. */
export function viewOfEpoch(
  image: string,
  { views, options, trainReferences }: Seeded & Pick<TrainingTask, 'trainReferences'>,
  epoch: number,
): string {
  if (!views) return image;
  const ids = views.idsFor(image, { namesSide: trainReferences[image].some(namesSide) });
  return turnOf(ids, options.seed, epoch, image);
}

/** Goes round all ids, in an order of its own for each image and each round. */
function turnOf(ids: readonly string[], seed: number, epoch: number, image: string): string {
  const round = Math.floor((epoch - 1) / ids.length);
  return Random.unlike(seed, 'views', round, image).shuffle(ids)[(epoch - 1) % ids.length];
}
