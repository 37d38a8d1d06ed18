/** `bitpress inspect`: what a model is, and what a job would make of it, without running one. */
import type { Command } from 'commander';
import type { ModelDescription } from '../../contracts/model.ts';
import type { MethodOutlook, PlanPreview } from '../../contracts/preview.ts';
import { TARGETS } from '../../core/quantization/targets/index.ts';
import { renderModel, renderPreview } from '../../pipeline/render/preview.ts';
import type { CliIo } from '../io.ts';
import { type DataFlags, jobFiles } from '../job-files.ts';
import { methodFlags, methodSpec } from '../method-flags.ts';
import type { JobFiles } from '../runners/runner.ts';
import { type SpecFlags, SYNTHETIC, specFrom } from '../spec-flags.ts';
import type { DescribedMethod } from './methods.ts';

export interface InspectedModel extends ModelDescription {
  readonly fileBytes: number;
  /** Empty where no method takes the model. */
  readonly methods: readonly MethodOutlook[];
}

export interface InspectDeps {
  /** @param files the model, then its external data */
  inspect(files: readonly [string, ...string[]]): Promise<InspectedModel>;
  preview(spec: Readonly<Record<string, unknown>>, files: JobFiles): Promise<PlanPreview>;
}

interface InspectFlags extends SpecFlags, DataFlags {
  readonly json?: boolean;
  readonly method?: string;
}

export function inspectCommand(
  program: Command,
  deps: InspectDeps & { readonly methods: readonly DescribedMethod[] },
  io: CliIo,
): void {
  const command = program
    .command('inspect')
    .description(
      'Show what a model is and what each method would make of it; with --method, the plan node by node. Runs no job.',
    )
    .argument('<model>', 'ONNX file, or Keras .h5 or .keras file')
    .argument('[data...]', 'external data files of the model')
    .option('-m, --method <id>', 'preview the plan of this method')
    .option('-c, --calibration <file>', '.npz or .npy file to check against the model')
    .option('-e, --evaluation <file>', '.npz file to check against the model')
    .option('--target <id>', `where the artifact must run well: ${TARGETS.ids.join(', ')}`)
    .option('--json', 'print as JSON');
  for (const option of methodFlags(deps.methods)) command.addOption(option);
  command.action(async (model: string, data: string[], flags: InspectFlags) => {
    const files = jobFiles(model, data, flags);
    const shown =
      flags.method === undefined
        ? await deps.inspect(files.model).then(found => ({ found, text: () => renderModel(found) }))
        : await deps
            .preview(previewSpec(flags.method, flags, deps.methods), files)
            .then(found => ({ found, text: () => renderPreview(found) }));
    io.out(flags.json ? JSON.stringify(shown.found, undefined, 2) : shown.text());
  });
}

/** Without calibration data the plan is still the same; only ranges are missing, and a preview needs none. */
function previewSpec(
  id: string,
  flags: InspectFlags,
  methods: readonly DescribedMethod[],
): Record<string, unknown> {
  const spec = specFrom(methodSpec(methods, id, flags as unknown as Record<string, unknown>), flags);
  const needsData = methods.find(method => method.id === id)?.data === 'required';
  const synthetic = flags.calibration === SYNTHETIC || (needsData && flags.calibration === undefined);
  return { ...spec, ...(synthetic && { calibration: { synthetic: true } }) };
}
