/**
 * Initializers that are inputs of the main graph become constants.
 *
 * Up to IR version 3 every initializer had to be an input, which says nothing; since 4 such an input is a default that a
 * caller may replace, and exporters that are asked for it list all weights. What a caller may replace can be neither folded
 * nor quantized: its float form would stay in the file as an input that nothing reads, beside the codes that are read.
 * https://github.com/onnx/onnx/blob/main/docs/IR.md#graphs
 *
 * Ensures: no input of the main graph has an initializer. Those of IR version 4 and later are named, as the interface changed.
 */
import type { Pass } from './pass.ts';

/** An initializer that is no input needs it. */
const IR_VERSION = 4;
const NAMED = 3;

export const defaultsToConstants: Pass = {
  id: 'defaults-to-constants',
  summary: 'Weights that are graph inputs too become constants, so that they can be folded and quantized.',
  run(model) {
    const { inputs } = model.graph;
    const defaults = inputs.filter(({ initializer }) => initializer);
    if (defaults.length === 0) return { changed: 0 };
    inputs.splice(0, inputs.length, ...inputs.filter(({ initializer }) => !initializer));
    const wereReplaceable = model.irVersion >= IR_VERSION;
    model.irVersion = Math.max(model.irVersion, IR_VERSION);
    return {
      changed: defaults.length,
      ...(wereReplaceable && { notes: [noteOn(defaults.map(({ name }) => `"${name}"`))] }),
    };
  },
};

function noteOn(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ');
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `Weights that are graph inputs too, so that a caller could replace them, are constants of the artifact: ${shown}${more}.`;
}
