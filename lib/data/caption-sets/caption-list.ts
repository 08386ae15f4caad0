import { z } from 'zod';
import { UserError } from '../../errors';
import { shownValue } from '../../short-value';
import { captionSet, joinEntries, type CaptionSet, type ImageCaptions } from './caption-set';

const result = z.object({
  image_id: z.union([z.number(), z.string().min(1)]).optional(),
  image: z.string().min(1).optional(),
  caption: z.string().optional(),
  captions: z.array(z.union([z.string(), z.object({ caption: z.string() })])).optional(),
});

const FORM = '[{"image_id": 1, "caption": "…"}, …]';

/**
 * Reads a list of captions: COCO's results (`image_id`, `caption`) or what `npm run caption -- --json` writes (`image`,
 * `caption`, and `captions` where there are several, the best first).
 * @param rows the parsed text
 * @param join whether rows of the same image are its captions, as references are; else they are an error
 * @throws UserError, naming `file` and the entry, for what is no such row and for an image that is there twice
 */
export function captionList(rows: readonly unknown[], file: string, { join = false } = {}): CaptionSet {
  const entries = rows.map((row, i) => readRow(row, `${file}: entry ${i + 1}`));
  return captionSet(file, join ? joinEntries(entries) : entries);
}

function readRow(row: unknown, where: string): ImageCaptions {
  const parsed = result.safeParse(row);
  if (!parsed.success) {
    const path = parsed.error.issues[0].path.map(String);
    const [key] = path;
    const found = key === undefined ? row : (row as Record<string, unknown>)[key];
    throw new UserError(`${where} has the ${key ?? 'value'} ${shownValue(found)}: expected ${FORM}.`);
  }
  const { image_id: id, image = id, caption, captions = [] } = parsed.data;
  if (image === undefined) throw new UserError(`${where} has neither image_id nor image: expected ${FORM}.`);
  if (typeof image === 'number' && !Number.isSafeInteger(image)) {
    throw new UserError(
      `${where} has the image_id ${image}, which is no exact number: write it as a string.`,
    );
  }

  const texts = captions.map((one) => (typeof one === 'string' ? one : one.caption));
  const all = caption === undefined || caption === texts[0] ? texts : [caption, ...texts];
  if (all.length === 0) throw new UserError(`${where} has no caption: expected ${FORM}.`);
  return { image, captions: all };
}
