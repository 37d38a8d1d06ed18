/** The trained models of the fixtures, each with its data and how it is scored. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fixture } from '../support/fixtures.ts';

export interface MatrixCase {
  readonly name: string;
  readonly model: string;
  readonly calibration: string;
  readonly evaluation: string;
  readonly metric: string;
  readonly lowerIsBetter: boolean;
  /** The best score of the reference quantizer in 8 bits, its expert rows included. */
  readonly reference?: { readonly score: number; readonly row: string };
}

interface Row {
  readonly score?: number | null;
}

export function matrixCases(): readonly MatrixCase[] {
  const baseline = JSON.parse(readFileSync(fixture('peer_baseline.json'), 'utf8')) as {
    readonly cases: Readonly<Record<string, { readonly methods: Readonly<Record<string, Row>> }>>;
  };
  const zoo = readdirSync(fixture('zoo')).map((name): MatrixCase => {
    const folder = fixture(`zoo/${name}`);
    const card = JSON.parse(readFileSync(`${folder}/card.json`, 'utf8')) as Record<string, unknown>;
    const lowerIsBetter = card.lower_is_better === true;
    // Rows of 8-bit weights and activations: 16-bit activations, weight-only and float16 are other trades.
    const rows = Object.entries(baseline.cases[name]?.methods ?? {}).flatMap(([row, { score }]) =>
      /u16|weightonly|float16/.test(row) || typeof score !== 'number' ? [] : [{ row, score }],
    );
    const [reference] = rows.sort((a, b) => (lowerIsBetter ? a.score - b.score : b.score - a.score));
    return {
      ...files(name, folder, 'model.onnx'),
      metric: String(card.metric),
      lowerIsBetter,
      ...(reference && { reference }),
    };
  });
  const trained = readdirSync(fixture('keras/trained')).filter(name => !name.includes('.'));
  const keras = trained.map(
    (name): MatrixCase => ({
      ...files(name, fixture(`keras/trained/${name}`), `${name}.h5`),
      metric: 'top1',
      lowerIsBetter: false,
    }),
  );
  return [...zoo, ...keras];
}

function files(name: string, folder: string, model: string) {
  const path = (file: string): string => {
    if (!existsSync(`${folder}/${file}`)) throw new Error(`${folder} has no ${file}`);
    return `${folder}/${file}`;
  };
  return { name, model: path(model), calibration: path('calib.npz'), evaluation: path('eval.npz') };
}
