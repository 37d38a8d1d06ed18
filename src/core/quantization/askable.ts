/** Everything that the "method" of a spec may name: the methods, and the searches over them. */
import { type Registry, registry } from '../../registry.ts';
import type { AskableMethod } from './method.ts';
import { METHODS } from './methods/index.ts';
import { SEARCHES } from './searches/index.ts';

export const ASKABLE: Registry<AskableMethod> = registry<AskableMethod>('methods and searches', [
  ...METHODS.all,
  ...SEARCHES.all,
]);
