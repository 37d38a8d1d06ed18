import { describe, expect, it } from 'vitest';
import { describeHost, int8Instructions } from '../../src/platform/host.ts';

describe('int8Instructions', () => {
  it('reads x86 flags and arm64 features', () => {
    const x86 = 'processor\t: 0\nflags\t\t: fpu sse avx avx2 avx512f avx512_vnni amx_int8 amx_bf16\n';
    expect(int8Instructions(x86)).toEqual(['avx2', 'avx512_vnni', 'amx_int8']);
    const arm = 'processor\t: 0\nFeatures\t: fp asimd evtstrm aes asimddp i8mm\n';
    expect(int8Instructions(arm)).toEqual(['asimddp', 'i8mm']);
    expect(int8Instructions('processor : 0')).toEqual([]);
  });
});

describe('describeHost', () => {
  it('names this machine', () => {
    const host = describeHost();
    expect(host.cpuModel).not.toBe('');
    expect(host.cores).toBeGreaterThan(0);
    expect(host.platform).toContain(process.versions.node);
    expect(host.now()).toBeLessThanOrEqual(host.now());
  });
});
