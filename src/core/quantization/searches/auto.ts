/** Search over the methods: each is tried and verified as a job of its own would be, and the best one that holds wins. */
import type { Static } from 'typebox';
import { Type } from '../../schema.ts';
import { literals } from '../literals.ts';
import { METHODS } from '../methods/index.ts';
import type { Candidate, Preference, Search } from '../search.ts';

const MAX_TRIALS = 16;
const DEFAULT_TRIALS = 8;
const DEFAULT_SECONDS = 900;
const DEFAULT_PREFERENCE: Preference = 'latency';

/** Variants that have been worth a trial: each buys what the others do not (accuracy, bytes, or independence of data). */
const CANDIDATES: readonly Candidate[] = [
  { method: 'static-int8', options: {} },
  { method: 'dynamic-int8', options: {} },
  { method: 'weight-only-int8', options: {} },
  { method: 'weight-only-int4', options: {} },
  { method: 'float16', options: {} },
  { method: 'static-int8', options: { calibrator: { type: 'min-max' } } },
  { method: 'static-int8', options: { activation: 'uint16' } },
];

const TRIED = [...new Set(CANDIDATES.map(({ method }) => method))];

const options = Type.Object(
  {
    prefer: Type.Optional(
      Type.Union([Type.Literal('latency'), Type.Literal('size'), Type.Literal('accuracy')], {
        default: DEFAULT_PREFERENCE,
        description: 'What decides between candidates that hold every gate',
      }),
    ),
    methods: Type.Optional(
      Type.Array(literals(TRIED), {
        minItems: 1,
        maxItems: TRIED.length,
        description: 'Try only these methods',
      }),
    ),
    maxTrials: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_TRIALS,
        default: DEFAULT_TRIALS,
        description: 'Candidates that are tried at most',
      }),
    ),
    maxSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        default: DEFAULT_SECONDS,
        description: 'No trial is begun that would probably end after this time',
      }),
    ),
  },
  { additionalProperties: false },
);
type Options = Static<typeof options>;

export const auto: Search<typeof options> = {
  id: 'auto',
  title: 'Automatic',
  summary:
    'Tries the methods that suit the model and the target, verifies and measures each, and hands out the fastest (or smallest, or closest) one that holds the gates.',
  options,
  data: 'optional',
  candidates: ({ methods }: Options, hasCalibration) =>
    CANDIDATES.filter(
      ({ method }) =>
        (hasCalibration || METHODS.get(method)?.data !== 'required') &&
        (methods === undefined || methods.includes(method)),
    ),
  settings: (o: Options) => ({
    prefer: (o.prefer ?? DEFAULT_PREFERENCE) as Preference,
    maxTrials: o.maxTrials ?? DEFAULT_TRIALS,
    maxSeconds: o.maxSeconds ?? DEFAULT_SECONDS,
  }),
};
