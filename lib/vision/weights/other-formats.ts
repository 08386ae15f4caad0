/** A format that is not read: how its files begin, what they are, and the way out. */
interface OtherFormat {
  /** @param names of the files in it, where it is a zip file */
  recognizes(start: Buffer, names: readonly string[], file: string): boolean;
  what: string;
  remedy: string;
}

const FROM_KERAS =
  "give a file of keras.applications' InceptionV3, ResNet50 or EfficientNetB1, saved as .keras or .h5, or let --encoder fetch one";
const FROM_TORCH =
  "for EfficientNet-Lite0 save its weights with safetensors.torch.save_file(model.state_dict(), 'name.safetensors'); " +
  'the other encoders take the files of keras.applications';

const startsWith = (start: Buffer, text: string, at = 0): boolean =>
  start.toString('latin1', at, at + text.length).toLowerCase() === text.toLowerCase();

/** The first that recognizes a file describes it. */
const formats: readonly OtherFormat[] = [
  { recognizes: (start) => start.length === 0, what: 'empty', remedy: 'fetch it again' },
  {
    recognizes: (start) => startsWith(start, 'version https://git-lfs'),
    what: 'a pointer of Git LFS, not the file itself',
    remedy: 'run git lfs pull in its folder, or download the file by itself',
  },
  {
    recognizes: (start) => /^\s*<(!doctype|html|head|\?xml)/i.test(start.toString('latin1')),
    what: 'a web page, not the weights',
    remedy: "download the file itself: the page's address is often that of a viewer or of a login",
  },
  {
    recognizes: (_start, names) => names.some((name) => /(^|\/)data\.pkl$/.test(name)),
    what: 'a checkpoint of PyTorch',
    remedy: FROM_TORCH,
  },
  {
    // pickle's protocol 2 to 5, as torch.save wrote before it wrote zip files
    recognizes: (start) => start[0] === 0x80 && start[1] >= 2 && start[1] <= 5,
    what: 'a checkpoint of PyTorch, or another file of pickle,',
    remedy: FROM_TORCH,
  },
  {
    recognizes: (start, names) =>
      startsWith(start, '\x93NUMPY') || (names.length > 0 && names.every((name) => name.endsWith('.npy'))),
    what: 'a file of NumPy (.npy, .npz)',
    remedy: FROM_KERAS,
  },
  {
    recognizes: (start) => startsWith(start, 'TFL3', 4),
    what: 'a model of TensorFlow Lite',
    remedy: FROM_KERAS,
  },
  {
    recognizes: (start, _names, file) => start[0] === 8 && (start[2] === 0x12 || file.endsWith('.onnx')),
    what: 'a model of ONNX',
    remedy: FROM_KERAS,
  },
  {
    recognizes: (start) => start[0] === 0x1f && start[1] === 0x8b,
    what: 'compressed (gzip)',
    remedy: 'unpack it first',
  },
  {
    recognizes: (start) => startsWith(start, 'ustar', 257),
    what: 'a tar archive',
    remedy: 'unpack it first',
  },
  {
    recognizes: (_start, names) => names.length > 0,
    what: 'a zip archive, but not of Keras',
    remedy: 'unpack it first, or give a file of keras.applications',
  },
];

/** What a file is that cannot be read, and the way out; a sentence. */
export function describeOther(file: string, start: Buffer, names: readonly string[] = []): string {
  const format = formats.find((one) => one.recognizes(start, names, file));
  if (format) return `${file} is ${format.what}: ${format.remedy}.`;
  return `${file} is neither an HDF5, a .keras nor a safetensors file: ${FROM_KERAS}.`;
}
