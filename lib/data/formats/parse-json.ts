import type { z } from 'zod';
import { UserError, messageOf } from '../../errors';

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
