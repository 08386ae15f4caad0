import type { Row } from '../row';
import { authorRow } from './author';
import { captionRows } from './captions';
import { featureStoreRow } from './feature-store';
import { inceptionRows } from './inception';
import { memoryRow } from './memory';
import { pictureRows } from './pictures';
import { matmulRows } from './matmuls';
import { searchRow } from './search';
import { trainingRows } from './training';

/** All rows, in the order of the table. */
export const allRows = (): Row[] => [
  ...trainingRows(),
  authorRow,
  ...matmulRows,
  ...inceptionRows,
  ...pictureRows,
  ...captionRows(),
  searchRow,
  memoryRow,
  featureStoreRow,
];
