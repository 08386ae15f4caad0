import { readWithLists } from './caption-file-with-lists';
import type { DatasetDefinition } from './definition';

/** Flickr8k (Hodosh, Young and Hockenmaier 2013), as its archives or Kaggle bring it. */
export const flickr8k: DatasetDefinition = {
  name: 'flickr8k',
  description: '8,000 photographs, five captions each',
  files: 'Flickr8k.token.txt or captions.txt; for official splits Flickr_8k.*Images.txt',
  read: ({ folder }) =>
    readWithLists(folder, ['Flickr8k.token.txt', 'captions.txt', 'captions.csv'], {
      train: 'Flickr_8k.trainImages.txt',
      validation: 'Flickr_8k.devImages.txt',
      test: 'Flickr_8k.testImages.txt',
    }),
};
