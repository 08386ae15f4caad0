import { basename } from 'node:path';
import { captionFilesIn, mergeCaptionFiles, readCaptionFile } from '../caption-file';
import type { SplitName } from '../types';
import { instancesBeside } from './instances-beside';
import type { DatasetDefinition } from './definition';

const captionFiles = (folder: string) => captionFilesIn(folder, /^captions_.*\.json$/, 'captions_*.json');

/** COCO Captions (Chen et al. 2015). Names with train and val make the splits, where there is a file with train. */
export const coco: DatasetDefinition = {
  name: 'coco',
  description: '123,000 photographs, five captions each',
  files: 'captions_*.json, also in annotations/; for object hallucination instances_*.json beside them',
  read({ folder }) {
    const files = captionFiles(folder);
    const hasTraining = files.some((file) => splitOf(file) === 'train');
    const parts = files.map((file) => {
      const { images, problems } = readCaptionFile(file, hasTraining ? splitOf(file) : undefined);
      const folder = basename(file).replace(/^captions_|\.json$/g, ''); // where COCO's archives have its images
      return { images: images.map((image) => ({ ...image, path: `${folder}/${image.id}` })), problems };
    });
    return { captions: mergeCaptionFiles(parts) };
  },
  instances: (folder) => captionFiles(folder).flatMap(instancesBeside),
};

function splitOf(file: string): SplitName {
  const name = basename(file);
  return name.includes('train') ? 'train' : name.includes('val') ? 'validation' : 'test';
}
