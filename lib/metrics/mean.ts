/** Mean of figures; 0 where there are none. */
export function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / Math.max(1, figures.length);
}

/** Mean of the figures of all images; 0 where there are none. */
export function meanOf(perImage: Record<string, number>): number {
  return mean(Object.values(perImage));
}
