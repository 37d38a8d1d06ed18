/**
 * The beginning of a job and of its preview: the upload as a float model that has been read, checked and written again,
 * and the data bound to it.
 *
 * Invariant: whatever is wrong with spec, model and data together is found here, before anything is computed; what a
 * preview accepts, a job does not refuse for these reasons.
 */
import type { JobSpec } from '../contracts/parse-spec.ts';
import { ASKABLE } from '../core/quantization/askable.ts';
import type { AskableMethod } from '../core/quantization/method.ts';
import { BitpressError } from '../errors.ts';
import { checkedSignature } from './declared-types.ts';
import { type ImportedModel, importToFile, type ModelFile } from './import.ts';
import { onThisCpu } from './on-this-cpu.ts';
import type { Ports, SessionValue } from './ports.ts';
import { randomNotes } from './random-notes.ts';
import { refuseForeignValues } from './refuse-foreign-values.ts';
import { refuseQuantized } from './refuse-quantized.ts';
import { type JobSamples, openSamples } from './samples.ts';
import { writeWorkingFile } from './write-model-file.ts';

export interface JobInput {
  readonly modelFiles: readonly ModelFile[];
  /** Paths of the datasets. */
  readonly calibration?: string;
  readonly evaluation?: string;
  readonly spec: JobSpec;
  readonly workDir: string;
  /** Wall-clock limit of the run, by which a search plans its trials; none where it is left out. */
  readonly timeoutSeconds?: number;
}

export interface OpenedJob {
  readonly asked: AskableMethod;
  readonly options: Readonly<Record<string, unknown>>;
  readonly imported: ImportedModel;
  /** The imported model as a file: what the artifact is held against. */
  readonly importedPath: string;
  readonly inputs: readonly SessionValue[];
  /** To be closed by whoever opened the job. */
  readonly samples: JobSamples;
}

export async function openJob(request: JobInput, ports: Ports): Promise<OpenedJob> {
  const { spec, workDir } = request;
  const { files } = ports;
  const { type, ...options } = spec.method;
  const asked = ASKABLE.get(type);
  if (!asked) throw new BitpressError('invalid_spec', `there is no method "${type}"`, { field: 'method' });
  const pathOf = (name: string): string => files.join(workDir, name);
  warmThread(request, asked, ports);
  const uploadedPath = pathOf('imported.onnx');
  const imported = await importToFile(request.modelFiles, uploadedPath, files);
  if (asked.id !== 'convert') refuseQuantized(imported.model);
  refuseForeignValues(imported.model);
  const { inputs, outputs, corrected } = await checkedSignature(imported.model, pathOf('probe.onnx'), ports);
  const importedPath = corrected.length > 0 ? pathOf('imported-shapes.onnx') : uploadedPath;
  // The model reads its weights from the first file, which stays.
  if (corrected.length > 0) writeWorkingFile(imported.model, importedPath, files);
  const samples = await openSamples(request, inputs, outputs, ports);
  try {
    refuseUnjudged(spec, samples);
  } catch (error) {
    samples.close();
    throw error;
  }
  const warnings = [
    ...imported.notes,
    ...samples.warnings,
    ...falseShapes(corrected),
    ...randomNotes(imported.model),
  ];
  const decided = onThisCpu(asked, options, spec.target, ports.host);
  return { asked, options: decided, imported, importedPath, inputs, samples: { ...samples, warnings } };
}

/** A model of this size is one whose calibration is shared with another thread, unless it sees a few samples only. */
const WARM_BYTES = 16 * 2 ** 20;

/** That thread loads while the model is imported. */
function warmThread(
  { modelFiles, calibration }: JobInput,
  { data }: AskableMethod,
  { files, sampleThreads }: Ports,
): void {
  if (!sampleThreads || calibration === undefined || data !== 'required') return;
  const bytes = modelFiles.reduce((sum, { path }) => sum + files.byteLength(path), 0);
  if (bytes >= WARM_BYTES) sampleThreads.warm();
}

const SHOWN_VALUES = 3;

function falseShapes(values: readonly string[]): readonly string[] {
  if (values.length === 0) return [];
  const shown = values.slice(0, SHOWN_VALUES).map(name => `"${name}"`);
  const more = values.length > shown.length ? ` and ${values.length - shown.length} more` : '';
  return [
    `The file declares other shapes than the model computes for ${shown.join(', ')}${more}; the artifact declares the real ones.`,
  ];
}

/** A gate whose figure nobody will measure could only be missed: that is an error of the spec, not of the model. */
function refuseUnjudged({ gates, benchmark }: JobSpec, { scoring }: JobSamples): void {
  if (gates?.maxAccuracyDrop !== undefined && !scoring)
    throw new BitpressError('invalid_spec', '"gates.maxAccuracyDrop" needs labels to score', {
      field: 'gates.maxAccuracyDrop',
      hint: 'Send an evaluation dataset with an array "y", or set "minSqnrDb" instead, which needs no labels.',
    });
  if (gates?.minSpeedup !== undefined && !benchmark)
    throw new BitpressError('invalid_spec', '"gates.minSpeedup" needs the latency, and "benchmark" is off', {
      field: 'gates.minSpeedup',
      hint: 'Leave "benchmark" on, or leave the gate out.',
    });
}
