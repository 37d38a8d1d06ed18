/**
 * Whether a CPU multiplies and adds 8-bit integers in one instruction: without, 8 bits gain little or nothing, and on x86-64
 * sums saturate.
 */
import type { Host } from './ports.ts';

const DOT_PRODUCTS = ['avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp', 'i8mm'];

/** Known to add pairs of uint8 by int8 products in 16 bits. */
export function sumsSaturate(host: Pick<Host, 'int8Instructions'>): boolean {
  return host.int8Instructions.includes('avx2') && !hasDotProducts(host);
}

export function hasDotProducts({ int8Instructions }: Pick<Host, 'int8Instructions'>): boolean {
  return int8Instructions.some(flag => DOT_PRODUCTS.includes(flag));
}
