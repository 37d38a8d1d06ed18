/** The files of a job from the command line: the model with its external data, and the datasets; each is there. */
import { existsSync } from 'node:fs';
import { BitpressError } from '../errors.ts';
import type { JobFiles } from './runners/runner.ts';
import { SYNTHETIC } from './spec-flags.ts';

export interface DataFlags {
  readonly calibration?: string;
  readonly evaluation?: string;
}

/** Files beside a model that exporters name after it. */
export const externalData = (model: string): readonly string[] =>
  [`${model}.data`, `${model}_data`].filter(path => existsSync(path));

export function jobFiles(model: string, data: readonly string[], flags: DataFlags): JobFiles {
  const external = [...new Set([...data, ...externalData(model)])];
  const inputs = [
    model,
    ...external,
    flags.evaluation,
    flags.calibration === SYNTHETIC ? undefined : flags.calibration,
  ];
  for (const path of inputs)
    if (path !== undefined && !existsSync(path))
      throw new BitpressError('file_unreadable', `there is no file ${path}`);
  return {
    model: [model, ...external],
    ...(flags.calibration !== undefined &&
      flags.calibration !== SYNTHETIC && { calibration: flags.calibration }),
    ...(flags.evaluation !== undefined && { evaluation: flags.evaluation }),
  };
}
