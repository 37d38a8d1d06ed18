/**
 * The domain of the operators that onnxruntime adds to ONNX, and its only version.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
export const CONTRIB = 'com.microsoft';
export const CONTRIB_VERSION = 1;
