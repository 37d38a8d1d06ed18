/** The methods, in the order in which they are shown. */
import { type Registry, registry } from '../../../registry.ts';
import type { Method } from '../method.ts';

export const METHODS: Registry<Method> = registry<Method>('methods', []);
