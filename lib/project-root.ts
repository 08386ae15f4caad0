import path from 'node:path';

/** The folder of the project, in which lib/, models/ and .venv/ lie. */
export const PROJECT_ROOT = path.resolve(__dirname, '..');
