import sharp from 'sharp';

/*
 * A machine may have no font at all, and letters would be boxes. So the project brings its own, Inter, as an npm package.
 */
const REGULAR_FONT = require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf');
const SEMI_BOLD_FONT = require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf');

let loading: Promise<void> | undefined;

/** Makes Inter known to sharp, for text and for SVG. Await it before anything with letters is drawn. */
export function loadFonts(): Promise<void> {
  loading ??= (async () => {
    // A font file that sharp has once drawn text with is known to all that it draws afterwards.
    for (const fontfile of [REGULAR_FONT, SEMI_BOLD_FONT])
      await sharp({ text: { text: '.', font: 'Inter', fontfile } }).toBuffer();
  })();
  return loading;
}
