/** An image with its reference captions, by people or templates. */
export interface CaptionedImage {
  /** Unique in its data set: usually the file's name. */
  id: string;
  /** Path of the image file, absolute or relative to the working directory. */
  file: string;
  captions: string[];
  /** The split that its caption file names, where it does. */
  split?: SplitName;
}

/** A row, caption or image that was left out, and why. */
export interface Problem {
  where: string;
  what: string;
}

export type SplitName = 'train' | 'validation' | 'test';

/** The ids of the images of each split; no image is in two of them. */
export type Splits = Record<SplitName, string[]>;

/** Images with captions, divided by image into splits. */
export interface Dataset {
  name: string;
  /** of the names of all images that are there, whatever splits and limits leave of them */
  fingerprint: string;
  images: CaptionedImage[];
  splits: Splits;
  problems: Problem[];
  /** Training captions left out because they are too short or too long. */
  filteredCaptions?: number;
}

/** The content of a caption file, not yet joined with image files. */
export interface CaptionFile {
  /** Captions by image, in the order of the file. */
  images: CaptionRows[];
  problems: Problem[];
}

/** One image of a caption file. */
export interface CaptionRows {
  /** Unique id: the file's name. */
  id: string;
  /** Path below the images folder, where that is more than its name. */
  path?: string;
  /** COCO's number of the image, which results and instances name it by. */
  imageId?: string;
  captions: string[];
  /** The split that the caption file itself names (Karpathy's, COCO's). */
  split?: SplitName;
}
