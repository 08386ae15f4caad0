import { confidenceText, isLowConfidence } from '../confidence/words';
import { colors } from './colors';
import type { GridCell } from './image-grid';

/**
 * An image with its caption as the title and, where it is known, how sure the captioner is of it below; low confidence
 * says so.
 * @param generated what `generateCaption` gives; an image without a caption has no title
 * @param lines further ones, such as what people wrote
 */
export function captionCell(
  image: GridCell['image'],
  { caption, confidence }: { caption?: string; confidence?: number },
  lines: NonNullable<GridCell['lines']> = [],
): GridCell {
  if (confidence === undefined) return { image, title: caption, lines };
  const color = isLowConfidence(confidence) ? colors.bad : colors.muted;
  return { image, title: caption, lines: [{ text: confidenceText(confidence), color }, ...lines] };
}
