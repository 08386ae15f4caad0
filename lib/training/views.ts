import { namesSide } from '../data/sides';
import { Random } from '../random';
import type { Example } from './batches';
import type { TrainingTask } from './task';

type Seeded = Pick<TrainingTask, 'views'> & { options: { seed: number } };

/**
 * The captions of an epoch, each with one view of its picture. A caption meets all views that it may stand under, in
 * an order drawn from the seed, before it meets one again; one that says left or right meets no mirrored view.
 */
export function captionsOfEpoch(
  examples: readonly Example[],
  { views, options }: Seeded,
  epoch: number,
): readonly Example[] {
  if (!views) return examples;
  return examples.map((example, i) => {
    const ids = views.idsFor(example.image, { namesSide: example.namesSide ?? false });
    return { ...example, image: turnOf(ids, options.seed, epoch, [example.image, i]) };
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
  return turnOf(ids, options.seed, epoch, [image]);
}

/** Goes round all ids, in an order of its own for each `key` and each round. */
function turnOf(ids: readonly string[], seed: number, epoch: number, key: (string | number)[]): string {
  const round = Math.floor((epoch - 1) / ids.length);
  return Random.unlike(seed, 'views', round, ...key).shuffle(ids)[(epoch - 1) % ids.length];
}
