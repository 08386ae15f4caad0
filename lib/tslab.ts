import type * as tslab from 'tslab';

/** Does this code run in a cell of a notebook, in tslab's kernel? */
export function inNotebook(): boolean {
  // tslab hands `exports` and `require` to the cells in this global; nothing else sets it.
  return '__tslab__' in globalThis;
}

/**
 * tslab's display functions. Only for code that runs in a notebook: elsewhere they throw.
 *
 * It is loaded here and not at the top of the file, because it brings a whole TypeScript compiler along.
 */
export function tslabDisplay(): typeof tslab {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('tslab') as typeof tslab;
}
