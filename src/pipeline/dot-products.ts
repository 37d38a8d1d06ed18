/** Whether a CPU multiplies and adds 8-bit integers in one instruction: without, 8 bits gain little or nothing. */
import type { Host } from './ports.ts';

const DOT_PRODUCTS = ['avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp', 'i8mm'];

export function hasDotProducts({ int8Instructions }: Pick<Host, 'int8Instructions'>): boolean {
  return int8Instructions.some(flag => DOT_PRODUCTS.includes(flag));
}
