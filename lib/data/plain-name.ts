/** Endings of image files, which lists and caption files may leave out or have otherwise. */
const IMAGE_ENDING = /\.(jpe?g|png|webp|gif|tiff?|avif|svg|bmp|heic)$/;

/** A file's name without what differs between systems: upper case, the form of accents (NFC, NFD), the ending. */
export function plainName(name: string): string {
  return name.normalize('NFC').toLowerCase().replace(IMAGE_ENDING, '');
}

export function isImageName(name: string): boolean {
  return IMAGE_ENDING.test(name.toLowerCase());
}
