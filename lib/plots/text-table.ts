import { inNotebook } from '../tslab';

/** Letters that fit into a line below a cell. */
const NOTEBOOK_WIDTH = 100;
/** A column is never made narrower to fit a terminal. */
const LEAST_WIDTH = 8;
const GAP = '  ';

/** Letters of a line where text is shown now: of the terminal, of a notebook's cell, or any number in a file or pipe. */
export function lineWidth(): number {
  if (inNotebook()) return NOTEBOOK_WIDTH;
  return process.stdout.columns || Infinity;
}

/**
 * A table for a terminal: columns as wide as their longest cell, numbers on the right. Where lines would be longer than
 * `width`, the cells of the widest columns break into several lines.
 */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  width = lineWidth(),
): string {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const widths = header.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const tooWide = () => widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width;
  while (tooWide() > 0 && Math.max(...widths) > LEAST_WIDTH) widths[widths.indexOf(Math.max(...widths))] -= 1;
  const isNumber = header.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  return cells.flatMap((row) => rowLines(row, widths, isNumber)).join('\n');
}

/** A row in as many lines as its cells need. */
function rowLines(row: readonly string[], widths: readonly number[], isNumber: readonly boolean[]): string[] {
  const broken = row.map((cell, i) => wrapped(cell, widths[i]));
  const height = Math.max(...broken.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    broken
      .map((lines, i) => {
        const text = lines[line] ?? '';
        return isNumber[i] ? text.padStart(widths[i]) : text.padEnd(widths[i]);
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** Text in lines of a width, broken at spaces where there are any. */
function wrapped(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  const space = text.lastIndexOf(' ', width);
  const end = space > 0 ? space : width;
  return [text.slice(0, end), ...wrapped(text.slice(end).trimStart(), width)];
}
