/** Names on the left and figures on the right, a line each. */
export function columns(rows: readonly (readonly [name: string, figure: string])[]): string[] {
  const [name, figure] = [0, 1].map((i) => Math.max(0, ...rows.map((row) => row[i].length)));
  return rows.map((row) => `${row[0].padEnd(name)} ${row[1].padStart(figure)}`);
}

/** A share times 100, with one digit. */
export const percent = (share: number): string => (100 * share).toFixed(1);
