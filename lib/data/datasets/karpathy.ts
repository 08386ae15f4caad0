import { captionFilesIn, mergeCaptionFiles, readCaptionFile } from '../caption-file';
import type { DatasetDefinition } from './definition';

/** Flickr8k, Flickr30k or COCO with the splits of Karpathy and Fei-Fei 2015, which most papers use. */
export const karpathy: DatasetDefinition = {
  name: 'karpathy',
  description: "Flickr8k, Flickr30k or COCO with Karpathy's splits",
  files: 'dataset*.json',
  read: ({ folder }) => ({
    captions: mergeCaptionFiles(
      captionFilesIn(folder, /^dataset.*\.json$/, 'dataset*.json').map((file) => readCaptionFile(file)),
    ),
  }),
};
