/** All kernels: one file and one line each. */
export { countBins } from './count-bins';
export { extent } from './extent';

/** Where memory that no kernel owns begins, in bytes. */
export function memoryBase(): usize {
  return __heap_base;
}
