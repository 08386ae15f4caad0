import sharp from 'sharp';
import { escapeMarkup } from '../html';
import { colors } from './colors';
import { loadFonts } from './fonts';
import { FONT_FAMILY } from './svg';

/** A line of text below an image. */
export interface TextLine {
  text: string;
  color?: string;
  bold?: boolean;
}

/** Text as an image with a transparent background. */
export interface DrawnText {
  data: Buffer;
  width: number;
  height: number;
}

/** Pango counts in points: with this many to the inch, a point is a pixel. */
const DOTS_PER_INCH = 72;

/**
 * Draws lines of text, wrapped to a width; words that are too long for it are broken.
 *
 * @param width the most pixels it may take
 * @param size height of the letters in pixels
 * @returns undefined where there is nothing to draw
 */
export async function drawText(
  lines: readonly TextLine[],
  width: number,
  size = 15,
): Promise<DrawnText | undefined> {
  const visible = lines.filter(({ text }) => text.trim() !== '');
  if (visible.length === 0) return undefined;
  await loadFonts();
  // sharp crops the image to the ink, so that "a" would stand higher than "dog". An invisible bar, as high as a
  // line and without width, after the first word and at the end makes all texts stand alike.
  const bar = `<span fgalpha="1" letter_spacing="${Math.round(-0.33 * size * 1024)}">|</span>`;
  const markup = visible.map(({ text, color = colors.text, bold = false }, i) => {
    // Control characters are not allowed in Pango's markup.
    const words = escapeMarkup(
      text
        .trim()
        .replace(/\s+/g, ' ')
        .replace(/\p{Cc}/gu, ''),
    );
    const line = i === 0 ? words.replace(/^\S+/, (first) => first + bar) : words;
    return `<span foreground="${escapeMarkup(color)}" weight="${bold ? 600 : 400}" insert_hyphens="no">${line}</span>`;
  });
  const { data, info } = await sharp({
    text: {
      text: markup.join('\n') + bar,
      font: `${FONT_FAMILY} ${size}`,
      width: Math.floor(width),
      dpi: DOTS_PER_INCH,
      rgba: true,
      wrap: 'word-char',
      spacing: Math.round(size * 0.25),
    },
  })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
