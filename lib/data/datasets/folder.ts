import { readWithLists, SPLIT_LISTS } from './caption-file-with-lists';
import type { DatasetDefinition } from './definition';

/** Pictures of one's own: a CSV file with the columns image and caption, the pictures beside it or in images/. */
export const folder: DatasetDefinition = {
  name: 'folder',
  description: 'your own pictures, any number of captions each',
  files:
    'captions.txt or captions.csv with the header image,caption; for splits of your own train.txt, val.txt, test.txt',
  read: (options) => readWithLists(options.folder, ['captions.txt', 'captions.csv'], SPLIT_LISTS),
};
