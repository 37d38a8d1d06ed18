/** The methods, in the order in which they are shown. */
import { type Registry, registry } from '../../../registry.ts';
import type { Method } from '../method.ts';
import { bfloat16 } from './bfloat16.ts';
import { convert } from './convert.ts';
import { dynamicInt8 } from './dynamic-int8.ts';
import { float16 } from './float16.ts';
import { staticInt8 } from './static-int8.ts';
import { weightOnlyInt4, weightOnlyInt8 } from './weight-only.ts';

export const METHODS: Registry<Method> = registry<Method>('methods', [
  staticInt8,
  dynamicInt8,
  weightOnlyInt4,
  weightOnlyInt8,
  float16,
  bfloat16,
  convert,
]);
