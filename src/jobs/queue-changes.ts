/**
 * What has changed in the embedded queue, told by the statements that BullMQ sends: every change is one of them, since one
 * process owns the database.
 *
 * Invariant: a statement that is not known to leave a job alone counts as a change of it, so that a BullMQ with other
 * statements costs reads and never answers from before.
 */

export interface QueueChanges {
  /** For each statement, as it is sent and once more when it is answered. */
  note(text: string, params: readonly unknown[]): void;
  /** Another number whenever the job, or what its place depends on, may have changed. */
  revision(job: string): number;
}

type Reach = 'nothing' | 'one job' | 'anything';

export function queueChanges(): QueueChanges {
  const reaches = new Map<string, Reach>();
  /** Changes of one job since the last change of anything. */
  const ofOne = new Map<string, number>();
  let ofAny = 0;
  let tick = 0;
  return {
    note(text, params) {
      const reach = reaches.get(text) ?? reachOf(text);
      reaches.set(text, reach);
      if (reach === 'nothing') return;
      tick++;
      if (reach === 'one job') ofOne.set(String(params[1]), tick);
      else {
        ofAny = tick;
        ofOne.clear();
      }
    },
    revision: job => ofOne.get(job) ?? ofAny,
  };
}

/** A query that calls nothing else changes nothing; `t` is the alias that the range has. */
const READING_CALLS = new Set(['count', 'filter', 'get_range', 't']);
/** Their second parameter is the job: its progress, the lock of its run, its data. No other job's state depends on them. */
const OF_ONE_JOB =
  /^(?:select (?:update_progress|extend_lock)\(\$1, \$2\b|update job set data = [^,]* where queue = \$1 and id = \$2\b)/;

/** The texts are few and of the program, never of a client. */
function reachOf(text: string): Reach {
  const statement = text.replace(/--.*$/gm, '').replace(/\s+/g, ' ').trim().toLowerCase();
  const calls = [...statement.matchAll(/(\w+)\s*\(/g)].map(([, name]) => name!);
  if (/^select\b/.test(statement) && calls.every(name => READING_CALLS.has(name))) return 'nothing';
  return OF_ONE_JOB.test(statement) ? 'one job' : 'anything';
}
