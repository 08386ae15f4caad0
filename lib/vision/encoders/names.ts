/** The convolutional networks that can look at pictures, by the names that options and saved models use. */
export const encoderNames = ['inception-v3', 'resnet-50', 'efficientnet-b1', 'efficientnet-lite0'] as const;

export type EncoderName = (typeof encoderNames)[number];

/** Their names as people write them. */
export const encoderTitles: Record<EncoderName, string> = {
  'inception-v3': 'InceptionV3',
  'resnet-50': 'ResNet-50',
  'efficientnet-b1': 'EfficientNet-B1',
  'efficientnet-lite0': 'EfficientNet-Lite0',
};
