import { expect, test } from 'vitest';
import { queueChanges } from '../../src/jobs/queue-changes.ts';

const READS = [
  "-- A job's full row (of $1).\nSELECT * FROM job WHERE queue = $1 AND id = $2;",
  'SELECT id FROM get_range($1, $2, $3, $4, $5) AS t(id);',
  "SELECT COUNT(*) FILTER (WHERE state = 'active') AS active FROM job WHERE queue = $1;",
];
const OF_ONE = [
  'SELECT update_progress($1, $2, $3::jsonb) AS updated;',
  'SELECT extend_lock($1, $2, $3, $4, $5) AS n;',
  'UPDATE job SET data = $3::jsonb WHERE queue = $1 AND id = $2 RETURNING id;',
];
const OF_ANY = [
  'SELECT * FROM move_to_active($1, $2, $3, $4, $5, $6, $7);',
  'SELECT extend_locks($1, $2);',
  "UPDATE job SET data = $3, state = 'failed' WHERE queue = $1 AND id = $2;",
  'UPDATE job SET data = $1;',
  'WITH gone AS (DELETE FROM job RETURNING 1) SELECT count(*) FROM gone;',
  'SELECT something_that_comes_later($1, $2);',
  'VACUUM',
];

const revisions = (text: string): { readonly told: boolean; readonly other: boolean } => {
  const changes = queueChanges();
  const before = [changes.revision('a'), changes.revision('b')];
  changes.note(text, ['queue', 'a']);
  return { told: changes.revision('a') !== before[0], other: changes.revision('b') !== before[1] };
};

test.each(READS)('nothing changes by %s', text =>
  expect(revisions(text)).toEqual({ told: false, other: false }),
);
test.each(OF_ONE)('one job changes by %s', text =>
  expect(revisions(text)).toEqual({ told: true, other: false }),
);
test.each(OF_ANY)('every job may change by %s', text =>
  expect(revisions(text)).toEqual({ told: true, other: true }),
);

test('no number comes twice', () => {
  const changes = queueChanges();
  const seen = new Set([changes.revision('a')]);
  for (let turn = 0; turn < 50; turn++) {
    changes.note(turn % 3 === 0 ? OF_ANY[0]! : OF_ONE[0]!, ['queue', turn % 2 === 0 ? 'a' : 'b']);
    const now = changes.revision('a');
    if (turn % 3 === 0 || turn % 2 === 0) expect(seen.has(now)).toBe(false);
    else expect(seen.has(now)).toBe(true);
    seen.add(now);
  }
});
