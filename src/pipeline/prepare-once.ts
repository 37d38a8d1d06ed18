/** The prepared model for each opset that methods ask for, made once: most models have an opset that serves them all. */
import type { Ports } from './ports.ts';
import { type PrepareRequest, prepareModel } from './prepare.ts';
import type { PreparedModel } from './prepared-model.ts';

/** @param opset of the imported model */
export function prepareOnce(
  request: Omit<PrepareRequest, 'minOpset'>,
  opset: number,
  ports: Ports,
): (minOpset: number) => Promise<PreparedModel> {
  const made = new Map<number, Promise<PreparedModel>>();
  return minOpset => {
    const wanted = Math.max(minOpset, opset);
    const known = made.get(wanted);
    if (known) return known;
    const workDir = ports.files.makeFolder(request.workDir, `opset-${wanted}`);
    const preparing = prepareModel({ ...request, workDir, minOpset: wanted }, ports);
    made.set(wanted, preparing);
    return preparing;
  };
}
