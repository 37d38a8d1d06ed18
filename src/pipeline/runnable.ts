/**
 * The runtime over working files: it maps weights into memory and computes on them where they lie, so that each must
 * begin where its elements may begin. In an upload of one file they begin anywhere.
 *
 * Invariant: a model with weights that lie unaligned is opened as a twin that refers to aligned ones. Each of these is
 * written once, with the first twin that needs it, and later twins refer to it.
 */
import { type AlignedWeights, alignedFile } from './aligned-file.ts';
import type { Host, Ports, Runtime, SampleThreads } from './ports.ts';

/** The same ports, for models that `writeWorkingFile` has written. */
export function overWorkingFiles(ports: Ports): Ports {
  const { files } = ports;
  const aligned: AlignedWeights = new Map();
  const twins = new Map<string, string>();
  const runnable = (path: string): string => {
    let twin = twins.get(path);
    if (twin === undefined) {
      twin = alignedFile(path, aligned, files);
      twins.set(path, twin);
    }
    return twin;
  };
  const runtime: Runtime = {
    ...ports.runtime,
    open: (path, options) => ports.runtime.open(runnable(path), options),
  };
  const host: Host = {
    ...ports.host,
    measureMemory: (path, sample, signal, engine) =>
      ports.host.measureMemory(engine === 'tensorflowjs' ? path : runnable(path), sample, signal, engine),
  };
  const { sampleThreads: threads } = ports;
  const sampleThreads: SampleThreads | undefined = threads && {
    ...threads,
    open: ({ shown, ...task }, options) =>
      threads.open({ ...task, shown: { ...shown, path: runnable(shown.path) } }, options),
  };
  return { ...ports, runtime, host, ...(sampleThreads && { sampleThreads }) };
}
