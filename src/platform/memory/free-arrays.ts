/**
 * Gives the memory of typed arrays back at once.
 *
 * Memory of an ArrayBuffer that is dropped goes when the garbage collector finds it, which V8 hastens by a collection for
 * every 64 MiB of them. Memory of one that is sent through a closed port goes with the message.
 */
import { MessageChannel } from 'node:worker_threads';

const { port1: nowhere } = new MessageChannel();
nowhere.close();

/** All arrays on the same memory are empty afterwards. @param atLeast bytes in all; less is left to the collector */
export function freeArrays(arrays: Iterable<ArrayBufferView>, atLeast = 0): void {
  const buffers = new Set<ArrayBuffer>();
  for (const { buffer } of arrays)
    if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) buffers.add(buffer);
  let bytes = 0;
  for (const { byteLength } of buffers) bytes += byteLength;
  if (bytes >= atLeast) nowhere.postMessage(undefined, [...buffers]);
}
