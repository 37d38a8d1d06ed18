import { describe, expect, it } from 'vitest';
import { tensorAttribute } from '../../../src/core/ir/attribute.ts';
import { Graph } from '../../../src/core/ir/graph.ts';
import { Model } from '../../../src/core/ir/model.ts';
import { Node } from '../../../src/core/ir/node.ts';
import { modelStatistics } from '../../../src/core/ir/statistics.ts';
import { Value } from '../../../src/core/ir/value.ts';
import { tensorOf } from '../../../src/core/tensor/tensor.ts';

describe('modelStatistics', () => {
  it('counts nodes and constants of all graphs, Constant nodes among them', () => {
    const inner = new Graph('then');
    inner.nodes.push(new Node({ opType: 'Relu', inputs: [], outputs: [] }));
    const graph = new Graph('main');
    const weight = new Value('w', undefined, tensorOf('float32', [2, 3], new Float32Array(6)));
    graph.initializers.push(weight);
    graph.nodes.push(
      new Node({
        opType: 'Constant',
        inputs: [],
        outputs: [],
        attributes: { value: tensorAttribute(tensorOf('int8', [5], new Int8Array(5))) },
      }),
      new Node({ opType: 'Relu', inputs: [], outputs: [] }),
      new Node({ opType: 'MatMulNBits', domain: 'com.microsoft', inputs: [], outputs: [] }),
      new Node({
        opType: 'If',
        inputs: [],
        outputs: [],
        attributes: { then_branch: { kind: 'graph', value: inner } },
      }),
    );
    const statistics = modelStatistics(new Model(graph, 8, new Map([['', 17]])));
    expect(statistics).toEqual({
      nodes: 5,
      parameters: 11,
      weightBytes: 29,
      operators: { Relu: 2, Constant: 1, If: 1, 'com.microsoft.MatMulNBits': 1 },
    });
    expect(Object.keys(statistics.operators)[0]).toBe('Relu');
  });
});
