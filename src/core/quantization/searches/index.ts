/** The searches, in the order in which they are shown. */
import { type Registry, registry } from '../../../registry.ts';
import type { Search } from '../search.ts';
import { auto } from './auto.ts';

export const SEARCHES: Registry<Search> = registry<Search>('searches', [auto]);
