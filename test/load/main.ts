/** `npm run load -- <run> [arguments]`: what the service holds. Not part of `npm test`; docs/operations.md has the figures. */
import { kill, VICTIMS } from './kill.ts';
import { polls } from './polls.ts';
import { queue } from './queue.ts';
import { uploads } from './uploads.ts';

const [run, ...args] = process.argv.slice(2);
const backend = (text = 'embedded'): 'embedded' | 'redis' => {
  if (text !== 'embedded' && text !== 'redis') throw new Error(`"${text}" is not a backend`);
  return text;
};

switch (run) {
  case 'polls':
    await polls(backend(args[0]), Number(args[1] ?? 1000), Number(args[2] ?? 15), Number(args[3] ?? 0));
    break;
  case 'uploads':
    await uploads(backend(args[0]), Number(args[1] ?? 1024));
    break;
  case 'queue':
    await queue(Number(args[0] ?? 200), args.length > 1 ? args.slice(1).map(Number) : [1, 2]);
    break;
  case 'kill': {
    const victims = args[0] === undefined ? VICTIMS : VICTIMS.filter(victim => victim === args[0]);
    for (const victim of victims) await kill(victim, Number(args[1] ?? 20));
    break;
  }
  default:
    throw new Error(
      'npm run load -- polls [embedded|redis] [rate] [seconds] [waiting] | uploads [embedded|redis] [MiB] | queue [jobs] [workers ...] | kill [sandbox|worker|server|redis|alone] [rounds]',
    );
}
