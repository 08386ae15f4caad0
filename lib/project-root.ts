import path from 'node:path';

/** The folder of the project, in which models/ and .venv/ are. It holds this file's folder: lib/, or dist/ where lib was compiled. */
export const PROJECT_ROOT = path.resolve(__dirname, '..');
