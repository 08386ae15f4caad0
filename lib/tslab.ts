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

/** A place below the cell for a figure that is replaced at each update. */
export interface FigurePlace {
  /** Takes the place with a line of text, until there is a figure. */
  reserve(text: string): void;
  show(figure: { format: 'png' | 'jpeg'; data: Buffer; width: number; height: number }): void;
}

/** What Jupyter is sent to show or to replace an output. */
type WriteDisplayData = (
  content: { data: object; metadata: object; transient: { display_id: string } },
  update: boolean,
) => void;

/**
 * Starts a place for a figure in the cell that runs now. Unlike tslab's own displays it tells the size of an image: the
 * page keeps the room while one image is replaced by the next, instead of jumping.
 */
export function newFigurePlace(): FigurePlace {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { lastWriteDisplayData: write } = require('tslab/dist/jupyter') as {
    lastWriteDisplayData: WriteDisplayData;
  };
  const transient = { display_id: crypto.randomUUID() };
  let shown = false;
  const send = (data: object, metadata: object) => {
    write({ data, metadata, transient }, shown);
    shown = true;
  };
  return {
    reserve: (text) => send({ 'text/plain': text }, {}),
    show: ({ format, data, width, height }) => {
      const type = `image/${format}`;
      send({ [type]: data.toString('base64') }, { [type]: { width, height } });
    },
  };
}
