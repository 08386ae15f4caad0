import type { Row } from '../row';
import { trainingRows } from './training';

/** All rows, in the order of the table. */
export const rows: Row[] = [...trainingRows];
