import type { z } from 'zod';

/** What makes an option count: another one has one of these values or, where none are listed, is not its default. */
export interface Condition {
  /** name of the other option, unique in all groups */
  option: string;
  values: readonly string[];
}

/**
 * Metadata of an option that has an effect only while another one has some value. Declared once, beside the option:
 * `--help`, docs/options.md and the error for an option without effect follow from it.
 * @param values of the other option (none: any but its default)
 */
export const onlyWith = (option: string, ...values: string[]): { onlyWith: Condition } => ({
  onlyWith: { option, values },
});

/** The condition that a schema declares. */
export function conditionOf(schema: z.ZodType): Condition | undefined {
  return schema.meta()?.['onlyWith'] as Condition | undefined;
}
