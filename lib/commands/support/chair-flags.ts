import type { Command } from 'commander';
import { knownObjects, REFERENCES_ALONE, type KnownObjects } from '../../data/known-objects';
import { UserError } from '../../errors';
import { readPath } from './user-path';

export interface ChairFlags {
  instances?: string;
  chair?: boolean;
}

/** Adds the flags that ask for CHAIR, object hallucination. */
export function addChairFlags(command: Command): Command {
  return command
    .option(
      '--instances <file>',
      "COCO's instances_*.json of the images: adds CHAIR, the share of named objects that an image does not show",
      readPath('--instances'),
    )
    .option(
      '--chair',
      'add CHAIR also without instances: an image shows what its references name, which calls more objects false',
    );
}

/**
 * The objects of images for CHAIR; undefined where nothing asks for it.
 * @param images ids, numbers or names of files
 * @param found instances files that belong to the captions
 * @throws UserError where the file that the flags name does not know the images
 */
export function objectsForChair(
  { instances, chair }: ChairFlags,
  images: readonly string[],
  found: readonly string[] = [],
): KnownObjects | undefined {
  const known = knownObjects(images, instances === undefined ? found : [instances]);
  if (instances !== undefined && !known) {
    throw new UserError(
      `None of the images ("${images[0]}", …) is in ${instances}: name the instances of these images.`,
    );
  }

  return known ?? (chair ? REFERENCES_ALONE : undefined);
}
