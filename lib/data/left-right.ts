/*
 * Words that are true of an image but not of its mirror image. Where one of them has another meaning ("has left
 * the house", "all right") the caption counts all the same: that costs no more than an image not mirrored.
 */
const side = /(?<![a-z])(left|right)(most|wards?|hand[a-z]*|y|ie|ies)?(?![a-z])/i;
const turn = /clockwise/i;

/** Whether a caption mentions left or right, so that it may be false of the mirrored image. */
export function mentionsLeftRight(caption: string): boolean {
  return side.test(caption) || turn.test(caption);
}
