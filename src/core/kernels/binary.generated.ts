/** Made by `npm run kernels` from kernels/assembly. Not to be edited. */

/** The functions of the binary; addresses and lengths are unsigned 32-bit integers. */
export interface Kernels {
  memoryBase(): number;
  extent(at: number, length: number, out: number): void;
}

export const SOURCES_SHA256 = '39a4b8515a668adfd9d326a0dff22c917a8a64b337f12c54e2ef4ecdaf326069';

/** A WebAssembly module in base64. */
export const BINARY =
  'AGFzbQEAAAABCwJgAAF/YAN/f38AAwMCAAEFBgEBAYCABAcgAwptZW1vcnlCYXNlAAAGZXh0ZW50AAEGbWVtb3J5AgAK5QMCBQBBgAgL'
  + '3AMDCHsCfQF//QwAAIB/AACAfwAAgH8AAIB/IQP9DAAAgP8AAID/AACA/wAAgP8hBP0MAACAfwAAgH8AAIB/AACAfyEG/QwAAID/AACA'
  + '/wAAgP8AAID/IQcgACABQQJ0aiENA0AgAEEgaiIBIA1NBEAgAyAA/QAEACIJ/eoBIQMgBiAA/QAEECIK/eoBIQYgBCAJ/esBIQQgByAK'
  + '/esBIQcgBSAJ/Qz///9/////f////3////9//U79uAEhBSAIIAr9DP///3////9/////f////3/9Tv24ASEIIAEhAAwBCwsDQCAAIA1J'
  + 'BEAgAyAA/QkCACIJ/eoBIQMgBCAJ/esBIQQgBSAJ/Qz///9/////f////3////9//U79uAEhBSAAQQRqIQAMAQsLIAIgAyAG/eoBIgMg'
  + 'AyAD/Q0ICQoLDA0ODwABAgMEBQYH/eoBIgP9HwAiCyAD/R8BIgwgCyAMXRs4AgAgAiAEIAf96wEiAyADIAP9DQgJCgsMDQ4PAAECAwQF'
  + 'Bgf96wEiA/0fACILIAP9HwEiDCALIAxeGzgCBCACIAUgCP24ASIDIAMgA/0NCAkKCwwNDg8AAQIDBAUGB/24ASID/RsAIgAgA/0bASIB'
  + 'IAAgAUobNgIICw==';
