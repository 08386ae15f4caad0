import { readWithLists, SPLIT_LISTS } from './caption-file-with-lists';
import type { DatasetDefinition } from './definition';

/** Flickr30k (Young, Lai, Hodosh and Hockenmaier 2014). */
export const flickr30k: DatasetDefinition = {
  name: 'flickr30k',
  description: '31,000 photographs, five captions each',
  files: 'results.csv or results_20130124.token; for official splits train.txt, val.txt, test.txt',
  read: ({ folder }) =>
    readWithLists(folder, ['results.csv', 'results_20130124.token', 'captions.txt'], SPLIT_LISTS),
};
