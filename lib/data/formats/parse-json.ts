import { z } from 'zod';
import { UserError, messageOf } from '../../errors';

/** An id, a number or a text, as text. JSON numbers beyond 2^53 are not exact: they are refused. */
export const idSchema = z.union([z.int(), z.string()]).transform(String);

/**
 * Parses JSON by a schema.
 * @param expected what the file should be, for the error: "COCO captions file"
 * @throws UserError where it is not valid JSON or does not match
 */
export function parseJson<T>(text: string, file: string, schema: z.ZodType<T>, expected: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is not valid JSON (${messageOf(error)}): fetch the ${expected} again.`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw new UserError(
      `${file} is not a ${expected} (${path.join('.')}: ${message}): check the data set's name and folder.`,
    );
  }
  return parsed.data;
}
