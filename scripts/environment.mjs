/** The environment variables that choose the data set, its folder and the preset. */
const VARIABLES = ['DATASET', 'DATA_DIR', 'PRESET'];

/** @param {string} name */
const plain = (name) => name.toLowerCase().replaceAll('_', '').replace(/s$/, '');

/**
 * Sentences about variables that are named almost as the project's own (DATASETS, DATADIR, preset), and so have no effect.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]}
 */
export function variableNotes(env) {
  return Object.keys(env).flatMap((name) => {
    const meant = VARIABLES.find((known) => known !== name && plain(known) === plain(name));
    return meant ? [`The environment variable ${name} has no effect: did you mean ${meant}?`] : [];
  });
}
