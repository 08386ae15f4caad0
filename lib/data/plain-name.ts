/** Endings of image files, which lists and caption files may leave out or have otherwise. */
export const IMAGE_ENDINGS = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'tif', 'tiff', 'avif', 'svg', 'bmp', 'heic']; // prettier-ignore
const IMAGE_ENDING = new RegExp(`\\.(${IMAGE_ENDINGS.join('|')})$`);

/** A file's name without what differs between systems: upper case, the form of accents (NFC, NFD), the ending. */
export function plainName(name: string): string {
  return name.normalize('NFC').toLowerCase().replace(IMAGE_ENDING, '');
}

export function isImageName(name: string): boolean {
  return IMAGE_ENDING.test(name.toLowerCase());
}
