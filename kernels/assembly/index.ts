/** All kernels: one file and one line each. */
export { addRows } from './add-rows';
export { countBins } from './count-bins';
export { dotTile } from './dot-tile';
export { encodeBlockRows, encodeRows } from './encode-rows';
export { encodeBlockRuns, encodeRuns } from './encode-runs';
export { extent } from './extent';
export { extentOfRows, extentOfRuns } from './extents';
export { narrowFloat16 } from './narrow-float16';
export { packColumns } from './pack-columns';
export { packNibbles } from './pack-nibbles';
export { anySaturates, centredSums, pairCodes, saturatedSums } from './saturated-sums';

/** Where memory that no kernel owns begins, in bytes. */
export function memoryBase(): usize {
  return __heap_base;
}
