import type { CaptionerOptions } from '../../lib/captioners/registry';

/** An option of a captioner whose kind the test leaves open; undefined where that kind does not have it. */
export const optionOf = (captioner: CaptionerOptions, option: string): unknown =>
  (captioner as Record<string, unknown>)[option];
