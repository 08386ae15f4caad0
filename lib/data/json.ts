import type { z } from 'zod';
import { UserError, messageOf } from '../errors';

/** Parses JSON of a known form; a UserError names the file and what it should have been. */
export function parseJson<T>(text: string, file: string, schema: z.ZodType<T>, expected: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UserError(`${file} is no JSON (${messageOf(error)}): fetch the ${expected} again.`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw new UserError(
      `${file} is no ${expected} (${path.join('.')}: ${message}): check the data set's name and folder.`,
    );
  }
  return parsed.data;
}
