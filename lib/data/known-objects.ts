import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { isFile } from '../files';
import { readText } from '../text-file';
import { datasetDefinition } from './datasets/registry';
import { parseInstances } from './formats/coco-instances';
import type { DataOptions } from './options';

/** The objects of images, as CHAIR asks for them. */
export interface KnownObjects {
  /** by image; one that is in no file is left out */
  objects: Record<string, readonly string[]>;
  /** a sentence that says what an image is taken to show */
  note: string;
}

/** Where no objects are marked. */
export const REFERENCES_ALONE: KnownObjects = {
  objects: {},
  note: 'CHAIR: no objects are marked, so an image shows what its references name.',
};

/**
 * The objects that COCO's instances files know of images. Small files are read first, and only as many as it takes.
 * @param images ids, numbers or names of files
 * @returns undefined where the files know none of the images
 * @throws UserError where a file cannot be read
 */
export function knownObjects(images: readonly string[], files: readonly string[]): KnownObjects | undefined {
  const known = new Map<string, readonly string[]>();
  const used: string[] = [];
  let missing = images;
  for (const file of bySize(files)) {
    if (missing.length === 0) break;
    const objectsOf = parseInstances(readText(file, 'instances'), file);
    const before = known.size;
    for (const image of missing) {
      const objects = objectsOf(image);
      if (objects) known.set(image, objects);
    }
    if (known.size > before) used.push(basename(file));
    missing = missing.filter((image) => !known.has(image));
  }
  if (used.length === 0) return undefined;
  const alone = missing.length === 0 ? '' : `; ${missing.length} of the ${images.length} are not marked`;
  return {
    objects: Object.fromEntries(known),
    note: `CHAIR: an image shows what ${used.join(' and ')} marks and what its references name${alone}.`,
  };
}

/** The instances files of a data set; none where it has no marked objects. */
export function instancesOfDataset({ dataset, dataDir }: Pick<DataOptions, 'dataset' | 'dataDir'>): string[] {
  return datasetDefinition(dataset).instances?.(resolve(dataDir)) ?? [];
}

function bySize(files: readonly string[]): string[] {
  const sized = files.map((file) => ({ file, size: isFile(file) ? statSync(file).size : 0 }));
  return sized.sort((a, b) => a.size - b.size).map(({ file }) => file);
}
