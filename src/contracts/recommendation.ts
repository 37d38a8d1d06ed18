/** What suits a model, by what it is made of and by the machine that looks at it; with the reason. */
import { type Static, Type } from 'typebox';
import { closed } from './common.ts';

export const Recommendation = Type.Object(
  {
    method: Type.String({ description: 'Id of a method', examples: ['static-int8'] }),
    target: Type.String({ description: 'Id of a target: that of the machine which read the model' }),
    reason: Type.String({ description: 'One or two sentences for people' }),
  },
  { ...closed, title: 'Recommendation' },
);
export type Recommendation = Static<typeof Recommendation>;
