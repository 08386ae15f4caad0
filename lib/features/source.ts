/** Where features of images come from: a feature store, or arrays in a test. */
export interface FeatureSource {
  readonly regions: number;
  readonly channels: number;
  /** [images, regions, channels] */
  read(images: readonly string[]): Promise<Float32Array>;
}
