/** `npm run load -- <run> [arguments]`: what the service holds. Not part of `npm test`; docs/operations.md has the figures. */
import { polls } from './polls.ts';

const [run, ...args] = process.argv.slice(2);
const backend = (text = 'embedded'): 'embedded' | 'redis' => {
  if (text !== 'embedded' && text !== 'redis') throw new Error(`"${text}" is not a backend`);
  return text;
};

if (run === 'polls') await polls(backend(args[0]), Number(args[1] ?? 1000), Number(args[2] ?? 15));
else throw new Error('npm run load -- polls [embedded|redis] [rate] [seconds]');
