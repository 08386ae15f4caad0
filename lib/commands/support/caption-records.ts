import Papa from 'papaparse';
import type { CaptionText, GeneratedCaption } from '../../generate-caption';

/** A captioned image as commands write it. */
export interface CaptionRecord extends RecordedCaption {
  image: string;
  /** of the best caption, where it is known */
  confidence?: number;
  /** a sentence where the confidence is low */
  lowConfidence?: string;
  captions: RecordedCaption[];
}

/** A caption without its attention weights. */
export interface RecordedCaption {
  caption: string;
  score: number;
  words: { word: string; logProbability: number }[];
}

export function captionRecord(image: string, caption: GeneratedCaption): CaptionRecord {
  const { confidence, lowConfidence } = caption;
  return {
    image,
    ...recorded(caption),
    ...(confidence === undefined ? {} : { confidence }),
    ...(lowConfidence === undefined ? {} : { lowConfidence }),
    captions: caption.captions.map(recorded),
  };
}

function recorded({ caption, score, words }: CaptionText): RecordedCaption {
  return { caption, score, words: words.map(({ word, logProbability }) => ({ word, logProbability })) };
}

/** What has been written to a file: the names of the images, and the text less what was cut off at its end. */
export interface Written {
  images: string[];
  text: string;
}

/** A file of captions to which lines are added. */
export interface RecordFormat {
  /** the first line; none where there is no need of one */
  head(captions: number): string;
  line(record: CaptionRecord, captions: number): string;
  /** What a file holds; undefined where it is none of this format and number of captions. */
  read(text: string, captions: number): Written | undefined;
}

/** A JSON object a line. */
export const jsonLines: RecordFormat = {
  head: () => '',
  line: (record) => `${JSON.stringify(record)}\n`,
  read(text) {
    const images: string[] = [];
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    for (const line of whole.split('\n').slice(0, -1)) {
      const image = imageOf(line);
      if (image === undefined) return undefined;
      images.push(image);
    }
    // Without a whole line it may be the beginning of one, or any file.
    return whole === '' && !'{"image":'.startsWith(text.slice(0, 9)) ? undefined : { images, text: whole };
  },
};

function imageOf(line: string): string | undefined {
  try {
    const { image, caption } = JSON.parse(line) as Partial<CaptionRecord>;
    return typeof image === 'string' && typeof caption === 'string' ? image : undefined;
  } catch {
    return undefined;
  }
}

/** A row an image: its name, caption, score and confidence, which is empty where it is not known, then caption and score of others. */
export const csvRows: RecordFormat = {
  head: (captions) => csvLine(columns(captions)),
  line({ image, confidence = '', captions: [best, ...others] }, captions) {
    const cells = others.flatMap(({ caption, score }) => [caption, score]);
    const missing = Array.from({ length: 2 * (captions - 1 - others.length) }, () => '');
    return csvLine([image, best.caption, best.score, confidence, ...cells, ...missing]);
  },
  read(text, captions) {
    const head = this.head(captions);
    if (!text.startsWith(head)) return head.startsWith(text) ? { images: [], text: '' } : undefined;
    const { data } = Papa.parse<string[]>(text, { newline: '\n' });
    // The row behind the last line break is empty, or was cut off.
    const rows = data.slice(0, -1).filter((row) => row.length === 2 + 2 * captions);
    return { images: rows.slice(1).map(([image]) => image), text: rows.map(csvLine).join('') };
  },
};

/** `image`, `caption`, `score` and `confidence`, then `caption2` and `score2`, … */
const columns = (captions: number) => {
  const numbers = Array.from({ length: captions - 1 }, (_, i) => i + 2);
  return [
    'image',
    'caption',
    'score',
    'confidence',
    ...numbers.flatMap((number) => [`caption${number}`, `score${number}`]),
  ];
};

const csvLine = (cells: (string | number)[]) => `${Papa.unparse([cells], { newline: '\n' })}\n`;
