/** A confidence below this is low: the caption is more than twice as likely to be below the median as above it. */
export const LOW_CONFIDENCE = 1 / 3;

/** Whether a confidence is called low. */
export const isLowConfidence = (confidence: number): boolean => confidence < LOW_CONFIDENCE;

/** A confidence as it stands beside its caption: "confidence 61 %", "confidence 23 %: low". */
export function confidenceText(confidence: number): string {
  return `confidence ${Math.round(100 * confidence)} %${isLowConfidence(confidence) ? ': low' : ''}`;
}

/** What a low confidence means: a sentence; undefined where it is not low. */
export function lowConfidenceSentence(confidence: number): string | undefined {
  if (!isLowConfidence(confidence)) return undefined;
  return (
    `Low confidence: of captions like this one ${Math.round(100 * confidence)} % are better than the captioner's median ` +
    'caption, so it may well be wrong.'
  );
}
