/**
 * `npm run paper`: the comparison of the paper this project grew from, by one command.
 *
 *   npm run paper -- [--models DIR] [--out DIR]
 *
 * DIR holds a folder for each trained model (`cifar10_cnn/cifar10_cnn.h5`, `calib.npz`, `eval.npz`); the MNIST network is
 * in examples/. Writes paper.md and paper.html.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { renderHtml } from './render-html.ts';
import { renderMarkdown } from './render-markdown.ts';
import { runStudy, type Study, type StudyResult } from './run-methods.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values } = parseArgs({
  options: {
    models: { type: 'string', default: join(root, '../shared/fixtures/keras/trained') },
    out: { type: 'string', default: join(root, 'paper') },
  },
});

function study(title: string, folder: string, name: string): Study {
  return {
    title,
    model: join(folder, `${name}.h5`),
    calibration: join(folder, 'calib.npz'),
    evaluation: join(folder, 'eval.npz'),
  };
}

const studies = [
  study('A dense network on MNIST', join(root, 'examples/mnist-dnn'), 'mnist_dnn'),
  study('A convolutional network on CIFAR-10', join(values.models, 'cifar10_cnn'), 'cifar10_cnn'),
];

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const results: StudyResult[] = [];
const scratch = mkdtempSync(join(tmpdir(), 'bitpress-paper-'));
try {
  for (const [index, each] of studies.entries()) {
    if (existsSync(each.model)) results.push(await runStudy(each, join(scratch, String(index)), say));
    else say(`${each.title}: left out, ${each.model} is not there`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
mkdirSync(values.out, { recursive: true });
const machine = `${cpus()[0]?.model ?? process.arch}, ${cpus().length} cores`;
const page = join(values.out, 'paper.md');
writeFileSync(page, renderMarkdown(results, machine));
writeFileSync(join(values.out, 'paper.html'), renderHtml(results, machine));
process.stdout.write(`${page}\n`);
process.exit(0);
