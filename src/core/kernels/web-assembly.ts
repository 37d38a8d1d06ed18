/**
 * The little of WebAssembly's JavaScript interface that is used here; TypeScript declares it for browsers only.
 * https://www.w3.org/TR/wasm-js-api-2/
 */
export interface WasmMemory {
  /** Another one after `grow`; the one before is detached. */
  readonly buffer: ArrayBuffer;
  /** @param pages of 64 KiB. @throws RangeError where the system has no more memory */
  grow(pages: number): number;
}

declare const moduleBrand: unique symbol;
export interface WasmModule {
  readonly [moduleBrand]: true;
}

interface WebAssemblyNamespace {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule) => { readonly exports: unknown };
}

const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyNamespace }).WebAssembly;

export function compileModule(bytes: Uint8Array): WasmModule {
  return new Module(bytes);
}

/** @returns the functions of the module, and its memory */
export function instantiate<Functions>(module: WasmModule): Functions & { readonly memory: WasmMemory } {
  return new Instance(module).exports as Functions & { readonly memory: WasmMemory };
}
