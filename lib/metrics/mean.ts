/** Mean of the figures of all images; 0 where there are none. */
export function meanOf(perImage: Record<string, number>): number {
  const figures = Object.values(perImage);
  return figures.reduce((sum, figure) => sum + figure, 0) / Math.max(1, figures.length);
}
