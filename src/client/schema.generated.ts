/** Written by `npm run client` from openapi.yaml; not to be edited. */

export interface paths {
  '/metrics': {
    get: operations['metrics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/models': {
    get: operations['listModels'];
    put?: never;
    post: operations['uploadModel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/models/{id}': {
    get: operations['getModel'];
    put?: never;
    post?: never;
    delete: operations['deleteModel'];
    options?: never;
    head: operations['headModel'];
    patch?: never;
    trace?: never;
  };
  '/v1/models/{id}/content': {
    get: operations['getModelContent'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head: operations['headModelContent'];
    patch?: never;
    trace?: never;
  };
  '/v1/datasets': {
    get: operations['listDatasets'];
    put?: never;
    post: operations['uploadDataset'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/datasets/{id}': {
    get: operations['getDataset'];
    put?: never;
    post?: never;
    delete: operations['deleteDataset'];
    options?: never;
    head: operations['headDataset'];
    patch?: never;
    trace?: never;
  };
  '/v1/datasets/{id}/content': {
    get: operations['getDatasetContent'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head: operations['headDatasetContent'];
    patch?: never;
    trace?: never;
  };
  '/v1/uploads': {
    get?: never;
    put?: never;
    post: operations['createUpload'];
    delete?: never;
    options: operations['describeUploads'];
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/uploads/{upload}': {
    get?: never;
    put?: never;
    post?: never;
    delete: operations['deleteUpload'];
    options?: never;
    head?: never;
    patch: operations['continueUpload'];
    trace?: never;
  };
  '/v1/jobs': {
    get: operations['listJobs'];
    put?: never;
    post: operations['submitJob'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}': {
    get: operations['getJob'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/events': {
    get: operations['streamJob'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/cancel': {
    get?: never;
    put?: never;
    post: operations['cancelJob'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/retry': {
    get?: never;
    put?: never;
    post: operations['retryJob'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/webhooks': {
    get: operations['listWebhooks'];
    put?: never;
    post: operations['addWebhook'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/webhooks/{webhook}/redeliver': {
    get?: never;
    put?: never;
    post: operations['redeliverWebhook'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/artifacts': {
    get: operations['listArtifacts'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/artifacts/{name}': {
    get: operations['getArtifact'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head: operations['headArtifact'];
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/report': {
    get: operations['getReport'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/report.json': {
    get: operations['getReport_json'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/report.html': {
    get: operations['getReport_html'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/report.md': {
    get: operations['getReport_md'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/methods': {
    get: operations['listMethods'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/livez': {
    get: operations['livez'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    get: operations['readyz'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/openapi.yaml': {
    get: operations['openapi'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/docs': {
    get: operations['docs'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}

export interface components {
  schemas: {
    Model: {
      /** SHA-256 of the file; of the list of files where there are several */
      readonly id: string;
      /** The model file, then its external data */
      readonly files: ({
        /** Plain file name */
        readonly name: string;
        /** SHA-256 in lower-case hex */
        readonly sha256: string;
        readonly bytes: number;
      })[];
      /** RFC 3339, UTC */
      readonly createdAt: string;
      /** onnx or keras */
      readonly format: string;
      readonly producer?: string;
      readonly inputs: ({
        readonly name: string;
        readonly dtype: string;
        readonly shape: ((number) | (string) | (null))[];
      })[];
      readonly outputs: ({
        readonly name: string;
        readonly dtype: string;
        readonly shape: ((number) | (string) | (null))[];
      })[];
      /** Version of the default operator set */
      readonly opset: number;
      /** Elements of all constants */
      readonly parameters: number;
      /** Number of nodes by operator */
      readonly operators: { readonly [name: string]: number };
      readonly warnings: (string)[];
      readonly recommendation?: {
        /** Id of a method */
        readonly method: string;
        /** Id of a target: that of the machine which read the model */
        readonly target: string;
        /** One or two sentences for people */
        readonly reason: string;
      };
    };
    Dataset: {
      /** SHA-256 of the file */
      readonly id: string;
      readonly file: {
        /** Plain file name */
        readonly name: string;
        /** SHA-256 in lower-case hex */
        readonly sha256: string;
        readonly bytes: number;
      };
      /** RFC 3339, UTC */
      readonly createdAt: string;
      readonly arrays: ({
        readonly name: string;
        readonly dtype: string;
        readonly shape: ((number) | (null))[];
      })[];
    };
    JobSubmission: {
      /** SHA-256 in lower-case hex */
      readonly model: string;
      readonly method: (('static-int8') | ('dynamic-int8') | ('weight-only-int4') | ('weight-only-int8') | ('float16') | ('bfloat16') | ('convert') | ('auto')) | ({
        readonly type: 'static-int8';
        /** Type of activations */
        readonly activation?: ('uint8') | ('int8') | ('uint16') | ('int16');
        /** Type of weights; 4 bits make the file smaller, not the model faster */
        readonly weight?: ('int8') | ('uint8') | ('int4') | ('uint4');
        /** One weight scale per output channel */
        readonly perChannel?: boolean;
        /** 4-bit weights of MatMul and Gemm: so many along the inner axis share a scale */
        readonly blockSize?: (16) | (32) | (64) | (128) | (256);
        /** Zero in the middle of the activation grid */
        readonly symmetricActivation?: boolean;
        /** 7-bit weights, for CPUs whose 8-bit products saturate */
        readonly reduceRange?: boolean;
        /** 7-bit weights only in the output channels whose sums saturate on CPUs without 8-bit dot products; left out, the target decides */
        readonly saturationGuard?: boolean;
        /** Type of biases; auto is int32 where integer kernels add it, which is with 8-bit activations */
        readonly bias?: ('auto') | ('int32') | ('float');
        /** qdq: conversions around float operators, which runtimes fuse; qoperator: integer operators such as QLinearConv */
        readonly format?: ('qdq') | ('qoperator');
        /** Keep in 8 bits what is as fast and closer in float on a CPU: sums behind products, cheap last convolutions. For accelerators */
        readonly preferInteger?: boolean;
        /** How ranges are chosen */
        readonly calibrator?: ({
          readonly type: 'min-max';
        }) | ({
          readonly type: 'moving-average';
          /** Weight of each new sample against those before it; left out, all samples weigh alike */
          readonly momentum?: number;
        }) | ({
          readonly type: 'percentile';
          /** Share of the elements that the range holds, in percent */
          readonly percentile?: number;
        }) | ({
          readonly type: 'entropy';
        }) | ({
          readonly type: 'mse';
        });
        /** Other options for single nodes, the first entry that matches decides */
        readonly overrides?: ({
          /** Names of nodes, "*" for any characters */
          readonly match: string;
          /** Leave these nodes in float */
          readonly float?: true;
          /** Type of activations */
          readonly activation?: ('uint8') | ('int8') | ('uint16') | ('int16');
          /** Type of weights; 4 bits make the file smaller, not the model faster */
          readonly weight?: ('int8') | ('uint8') | ('int4') | ('uint4');
          /** One weight scale per output channel */
          readonly perChannel?: boolean;
          /** 4-bit weights of MatMul and Gemm: so many along the inner axis share a scale */
          readonly blockSize?: (16) | (32) | (64) | (128) | (256);
        })[];
        /** Cross-layer equalization: weights of neighbouring layers are rescaled to use their grids alike; no data needed */
        readonly equalize?: boolean;
        /** Evens out the channels of activations by moving scales into the weights that read them. auto: behind normalizations alone, with the strength of the least expected error; none; or one strength for all, as {"alpha": 0.5} */
        readonly smoothQuant?: ('auto') | ('none') | ({
          /** How much moves into the weights: 0 evens out the weights, 1 the activations */
          readonly alpha?: number;
          /** Write a Mul where the division cannot be folded into what is there */
          readonly insertMul?: boolean;
        });
        /** Search scales of weights and activations for outputs of layers that are most like float (EasyQuant), judged on other samples */
        readonly scaleSearch?: boolean;
        /** How weights are rounded: each to the nearest code, or so that their errors cancel on the calibration data (GPTQ) */
        readonly rounding?: ('nearest') | ('gptq');
        /** Biases make up for the shift of each layer's mean that rounding its weights causes */
        readonly biasCorrection?: boolean;
        /** Only nodes whose name matches one of these patterns ("*" stands for any characters) */
        readonly include?: (string)[];
        /** Nodes to leave in float, by name pattern, e.g. "/head/*" */
        readonly exclude?: (string)[];
        /** Only these operator types, e.g. "Conv" */
        readonly includeTypes?: (string)[];
        /** Operator types to leave in float */
        readonly excludeTypes?: (string)[];
      }) | ({
        readonly type: 'dynamic-int8';
        /** Type of weights */
        readonly weight?: ('int8') | ('uint8');
        /** One weight scale per output channel */
        readonly perChannel?: boolean;
        /** Quantize convolutions too, although ConvInteger is slow on CPUs */
        readonly convolutions?: boolean;
        /** 7-bit weights, for CPUs whose 8-bit products saturate; left out, the target decides */
        readonly reduceRange?: boolean;
        /** Only nodes whose name matches one of these patterns ("*" stands for any characters) */
        readonly include?: (string)[];
        /** Nodes to leave in float, by name pattern, e.g. "/head/*" */
        readonly exclude?: (string)[];
        /** Only these operator types, e.g. "Conv" */
        readonly includeTypes?: (string)[];
        /** Operator types to leave in float */
        readonly excludeTypes?: (string)[];
      }) | ({
        readonly type: 'weight-only-int4';
        /** How weights are rounded: rtn to nearest; hqq and k-quant on grids that are searched for; gptq so that errors cancel on calibration data. Left out: gptq where calibration data is given, else rtn */
        readonly algorithm?: ('rtn') | ('hqq') | ('k-quant') | ('gptq');
        /** Tables that Gather takes rows of, such as embeddings of tokens; int4 as matmulnbits only */
        readonly embeddings?: ('int8') | ('int4') | ('float');
        /** Weights that share a scale: smaller is closer to float, larger takes fewer bytes */
        readonly blockSize?: (16) | (32) | (64) | (128) | (256);
        /** One zero point for all blocks instead of one for each: fewer bytes, a larger error */
        readonly symmetric?: boolean;
        /** matmulnbits: the operator of onnxruntime; qdq: DequantizeLinear with blocks, which is plain ONNX of opset 21 */
        readonly format?: ('matmulnbits') | ('qdq');
        /** Precision of activations inside MatMulNBits: 4 int8, in blocks, fastest on CPUs; 1 float32, slower, and with 8-bit weights many times slower than float; 0 leaves it to the runtime, which takes 1 */
        readonly accuracyLevel?: (0) | (1) | (4);
        /** Only nodes whose name matches one of these patterns ("*" stands for any characters) */
        readonly include?: (string)[];
        /** Nodes to leave in float, by name pattern, e.g. "/head/*" */
        readonly exclude?: (string)[];
        /** Only these operator types, e.g. "Conv" */
        readonly includeTypes?: (string)[];
        /** Operator types to leave in float */
        readonly excludeTypes?: (string)[];
      }) | ({
        readonly type: 'weight-only-int8';
        /** How weights are rounded: rtn to nearest; hqq and k-quant on grids that are searched for; gptq so that errors cancel on calibration data. Left out: gptq where calibration data is given, else rtn */
        readonly algorithm?: ('rtn') | ('hqq') | ('k-quant') | ('gptq');
        /** Tables that Gather takes rows of, such as embeddings of tokens; int4 as matmulnbits only */
        readonly embeddings?: ('int8') | ('int4') | ('float');
        /** Weights that share a scale: smaller is closer to float, larger takes fewer bytes */
        readonly blockSize?: (16) | (32) | (64) | (128) | (256);
        /** One zero point for all blocks instead of one for each: fewer bytes, a larger error */
        readonly symmetric?: boolean;
        /** matmulnbits: the operator of onnxruntime; qdq: DequantizeLinear with blocks, which is plain ONNX of opset 21 */
        readonly format?: ('matmulnbits') | ('qdq');
        /** Precision of activations inside MatMulNBits: 4 int8, in blocks, fastest on CPUs; 1 float32, slower, and with 8-bit weights many times slower than float; 0 leaves it to the runtime, which takes 1 */
        readonly accuracyLevel?: (0) | (1) | (4);
        /** Only nodes whose name matches one of these patterns ("*" stands for any characters) */
        readonly include?: (string)[];
        /** Nodes to leave in float, by name pattern, e.g. "/head/*" */
        readonly exclude?: (string)[];
        /** Only these operator types, e.g. "Conv" */
        readonly includeTypes?: (string)[];
        /** Operator types to leave in float */
        readonly excludeTypes?: (string)[];
      }) | ({
        readonly type: 'float16';
        /** Only nodes whose name matches one of these patterns ("*" stands for any characters) */
        readonly include?: (string)[];
        /** Nodes to leave in float, by name pattern, e.g. "/head/*" */
        readonly exclude?: (string)[];
        /** Only these operator types, e.g. "Conv" */
        readonly includeTypes?: (string)[];
        /** Operator types to leave in float */
        readonly excludeTypes?: (string)[];
      }) | ({
        readonly type: 'bfloat16';
        /** Only nodes whose name matches one of these patterns ("*" stands for any characters) */
        readonly include?: (string)[];
        /** Nodes to leave in float, by name pattern, e.g. "/head/*" */
        readonly exclude?: (string)[];
        /** Only these operator types, e.g. "Conv" */
        readonly includeTypes?: (string)[];
        /** Operator types to leave in float */
        readonly excludeTypes?: (string)[];
      }) | ({
        readonly type: 'convert';
      }) | ({
        readonly type: 'auto';
        /** What decides between candidates that hold every gate */
        readonly prefer?: ('latency') | ('size') | ('accuracy');
        /** Try only these methods */
        readonly methods?: (('static-int8') | ('dynamic-int8') | ('weight-only-int8') | ('weight-only-int4') | ('float16'))[];
        /** Candidates that are tried at most */
        readonly maxTrials?: number;
        /** No trial is begun that would probably end after this time */
        readonly maxSeconds?: number;
      });
      /** Dataset id, or random data whose ranges are not real */
      readonly calibration?: (string) | ({
        readonly synthetic: true;
        readonly samples?: number;
      });
      /** SHA-256 of the content, in lower-case hex */
      readonly evaluation?: string;
      /** By model input name */
      readonly preprocess?: { readonly [name: string]: {
        /** Multiplied with each element; 1 where left out. 0.00392156862745098 (1/255) maps bytes to 0..1 */
        readonly scale?: number;
        /** Added after the scale; 0 where left out */
        readonly bias?: number;
        /** Per channel, subtracted after scale and bias */
        readonly mean?: (number)[];
        /** Per channel, divides last */
        readonly std?: (number)[];
        /** Layout of the model input; the array is transposed where it differs */
        readonly layout?: ('nchw') | ('nhwc');
        /** What is done to an image of another size than the input: stretched to it; scaled until it covers it, or until its shorter side has this many pixels, and then cut at the centre */
        readonly resize?: ('stretch') | ('cover') | ({
          readonly shorterSide: number;
        });
      } };
      /** How labelled samples are scored. Default: top1 for class indices, mse for float targets. */
      readonly metric?: ('top1') | ('top5') | ('mse') | ('psnr') | ('cosine') | ('perplexity');
      /** Where the artifact must run well: decides defaults, and refuses options that do not run there */
      readonly target?: ('cpu') | ('cpu-avx2') | ('arm64') | ('tensorrt') | ('qnn') | ('web');
      readonly gates?: {
        /** Largest loss of the metric against fp32: absolute for an accuracy (0.01 = one point), relative otherwise */
        readonly maxAccuracyDrop?: number;
        /** Smallest signal-to-quantization-noise ratio of any output against fp32, in dB */
        readonly minSqnrDb?: number;
        /** Largest file size against the source model */
        readonly maxSizeRatio?: number;
        /** Smallest median speed-up against fp32 in the same process */
        readonly minSpeedup?: number;
      };
      /** Release nodes to float until the outputs hold */
      readonly repair?: boolean;
      /** Measure latency and memory */
      readonly benchmark?: boolean;
      readonly limits?: {
        /** Wall-clock limit of the run, queue time apart */
        readonly timeoutSeconds?: number;
        /** Resident-memory limit of the sandbox, in MiB */
        readonly memoryMb?: number;
      };
      /** Told when the job is over */
      readonly webhook?: string;
    };
    Job: {
      /** SHA-256 of (model, datasets, spec, engine version): same work, same id */
      readonly id: string;
      readonly state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
      readonly stage?: 'importing' | 'preparing' | 'calibrating' | 'quantizing' | 'verifying' | 'benchmarking' | 'reporting';
      /** Share of the stage that is done */
      readonly progress?: number;
      /** Place in the queue while queued */
      readonly position?: number;
      readonly verdict?: 'pass' | 'fail';
      /** First line of the report */
      readonly headline?: string;
      readonly error?: {
        /** URI reference of the kind of problem */
        readonly type: string;
        /** Stable code */
        readonly code: 'invalid_request' | 'invalid_spec' | 'unauthorized' | 'not_found' | 'method_not_allowed' | 'not_acceptable' | 'conflict' | 'gone' | 'payload_too_large' | 'unsupported_media_type' | 'precondition_failed' | 'range_not_satisfiable' | 'webhook_refused' | 'digest_mismatch' | 'idempotency_key_reused' | 'idempotency_key_in_use' | 'rate_limited' | 'quota_exceeded' | 'file_unreadable' | 'file_unwritable' | 'start_failed' | 'server_unreachable' | 'model_unreadable' | 'model_invalid' | 'model_limit_exceeded' | 'model_unsupported' | 'external_data_refused' | 'already_quantized' | 'opset_unsupported' | 'dataset_unreadable' | 'dataset_mismatch' | 'dataset_empty' | 'dataset_not_finite' | 'calibration_required' | 'model_load_failed' | 'model_run_failed' | 'nothing_quantized' | 'artifact_broken' | 'artifact_not_finite' | 'model_ill_conditioned' | 'conversion_differs' | 'timeout' | 'out_of_memory' | 'sandbox_died' | 'cancelled' | 'queue_unavailable' | 'shutting_down' | 'queue_full' | 'storage_unavailable' | 'storage_full' | 'internal';
        readonly status: number;
        readonly title: string;
        readonly detail: string;
        /** What to change */
        readonly hint: string;
        /** Id of the request, as in the log */
        readonly instance?: string;
        /** Node of the model */
        readonly node?: string;
        /** Field of the request */
        readonly field?: string;
        /** Limit that was exceeded */
        readonly limit?: string;
      };
      /** SHA-256 in lower-case hex */
      readonly model: string;
      /** The spec with its defaults filled in */
      readonly spec: unknown;
      /** RFC 3339, UTC */
      readonly queuedAt: string;
      /** RFC 3339, UTC */
      readonly startedAt?: string;
      /** RFC 3339, UTC */
      readonly finishedAt?: string;
      readonly artifacts?: ({
        /** Plain file name */
        readonly name: string;
        /** SHA-256 in lower-case hex */
        readonly sha256: string;
        readonly bytes: number;
        readonly contentType: string;
        readonly url: string;
      })[];
      readonly links: {
        readonly self: string;
        readonly report: string;
        readonly artifacts: string;
        readonly cancel: string;
      };
    };
    PlanPreview: {
      /** The spec with its defaults filled in */
      readonly spec: unknown;
      readonly target: string;
      readonly model: {
        /** onnx or keras */
        readonly format: string;
        readonly opset: number;
        readonly parameters: number;
        /** Of the float ONNX model */
        readonly fileBytes: number;
        /** Number of nodes by operator */
        readonly operators: { readonly [name: string]: number };
      };
      /** The method of the spec; of a search the first candidate that fits the model */
      readonly method: {
        readonly id: string;
        readonly title: string;
        /** With defaults filled in */
        readonly options: { readonly [name: string]: unknown };
        readonly quantizedNodes: number;
        readonly absorbedNodes: number;
        readonly floatNodes: number;
        /** Predicted bytes of the artifact, without repair */
        readonly artifactBytes: number;
        /** Of the float ONNX model */
        readonly sizeRatio: number;
        /** Predicted bytes of all constants */
        readonly weightBytes: number;
        /** Number of nodes by operator */
        readonly operators: { readonly [name: string]: number };
      };
      /** Of a search, in the order of trial */
      readonly candidates?: (({
        readonly id: string;
        readonly title: string;
        /** With defaults filled in */
        readonly options: { readonly [name: string]: unknown };
        readonly quantizedNodes: number;
        readonly absorbedNodes: number;
        readonly floatNodes: number;
        /** Predicted bytes of the artifact, without repair */
        readonly artifactBytes: number;
        /** Of the float ONNX model */
        readonly sizeRatio: number;
        /** Predicted bytes of all constants */
        readonly weightBytes: number;
        /** Number of nodes by operator */
        readonly operators: { readonly [name: string]: number };
      }) | ({
        readonly id: string;
        readonly title: string;
        readonly problem: string;
      }))[];
      readonly nodes: ({
        readonly node: string;
        readonly opType: string;
        /** absorbed: taken out, because a quantizer does the same */
        readonly outcome: 'quantized' | 'absorbed' | 'float';
        /** Stable reason code of a node that stays float */
        readonly code?: string;
        readonly reason?: string;
      })[];
      readonly data: {
        readonly calibrationSamples?: number;
        /** Samples that the artifact would be held against fp32 on */
        readonly comparedSamples: number;
        /** What the labels would be scored by */
        readonly metric?: string;
      };
      /** Estimate of the resident memory that the job needs */
      readonly memoryBytes: number;
      readonly warnings: (string)[];
      readonly recommendation: {
        /** Id of a method */
        readonly method: string;
        /** Id of a target: that of the machine which read the model */
        readonly target: string;
        /** One or two sentences for people */
        readonly reason: string;
      };
    };
    Report: {
      readonly schemaVersion: 1;
      /** What must be known first, in one line */
      readonly headline: string;
      readonly verdict: 'pass' | 'fail';
      readonly gates: ({
        /** maxAccuracyDrop, minSqnrDb, maxSizeRatio or minSpeedup */
        readonly name: string;
        readonly limit: number;
        /** Absent where it could not be measured; the gate then fails */
        readonly measured?: number;
        readonly passed: boolean;
        /** One sentence for people */
        readonly detail: string;
      })[];
      readonly warnings: (string)[];
      readonly advice: (string)[];
      readonly model: {
        readonly name: string;
        /** onnx or keras */
        readonly format: string;
        readonly producer?: string;
        readonly opset: number;
      };
      readonly method: {
        readonly id: string;
        readonly title: string;
        /** With defaults filled in */
        readonly options: { readonly [name: string]: unknown };
        readonly target: string;
      };
      /** What "method" was chosen from */
      readonly search?: {
        /** The search that the spec names */
        readonly id: string;
        /** latency, size or accuracy */
        readonly prefer: string;
        readonly trials: ({
          readonly method: string;
          /** Those that are not defaults */
          readonly options: { readonly [name: string]: unknown };
          /** held: every gate, but another was preferred; failed: it gave no artifact */
          readonly outcome: 'chosen' | 'held' | 'missed' | 'failed';
          /** No other is at least as good in error, bytes and latency */
          readonly onFront: boolean;
          /** The artifact and its external data */
          readonly bytes?: number;
          readonly sizeRatio?: number;
          /** Against fp32 in the same short run */
          readonly speedup?: number;
          readonly p50Ms?: number;
          readonly minSqnrDb?: number;
          /** Loss of the metric, positive when worse */
          readonly drop?: number;
          /** Nodes that repair released to float */
          readonly released?: number;
          /** Gates that were missed */
          readonly missed?: (string)[];
          /** Why it failed */
          readonly problem?: string;
        })[];
        /** Candidates for which neither trials nor time were left */
        readonly untried: ({
          readonly method: string;
          /** Those that are not defaults */
          readonly options: { readonly [name: string]: unknown };
        })[];
      };
      readonly models: {
        /** The uploaded model on its own engine's semantics, where that is not onnxruntime */
        readonly source?: {
          /** Heading of the column, e.g. "fp32" */
          readonly title: string;
          /** What ran it, e.g. "onnxruntime 1.30.0" */
          readonly engine: string;
          /** The file and its external data */
          readonly fileBytes?: number;
          /** gzip, level 6 */
          readonly compressedBytes?: number;
          /** All constants as they are stored */
          readonly weightBytes?: number;
          readonly parameters?: number;
          readonly nodes?: number;
          /** Number of nodes by operator */
          readonly operators?: { readonly [name: string]: number };
          /** The metric of "accuracy" */
          readonly score?: number;
          readonly latency?: {
            readonly p50Ms: number;
            readonly p90Ms: number;
            readonly p99Ms: number;
          };
          readonly memory?: {
            /** Bytes */
            readonly loadBytes: number;
            /** Peak above the idle runtime, over loading and running */
            readonly peakBytes: number;
          };
        };
        /** The float ONNX model */
        readonly reference: {
          /** Heading of the column, e.g. "fp32" */
          readonly title: string;
          /** What ran it, e.g. "onnxruntime 1.30.0" */
          readonly engine: string;
          /** The file and its external data */
          readonly fileBytes?: number;
          /** gzip, level 6 */
          readonly compressedBytes?: number;
          /** All constants as they are stored */
          readonly weightBytes?: number;
          readonly parameters?: number;
          readonly nodes?: number;
          /** Number of nodes by operator */
          readonly operators?: { readonly [name: string]: number };
          /** The metric of "accuracy" */
          readonly score?: number;
          readonly latency?: {
            readonly p50Ms: number;
            readonly p90Ms: number;
            readonly p99Ms: number;
          };
          readonly memory?: {
            /** Bytes */
            readonly loadBytes: number;
            /** Peak above the idle runtime, over loading and running */
            readonly peakBytes: number;
          };
        };
        /** What is handed out */
        readonly artifact: {
          /** Heading of the column, e.g. "fp32" */
          readonly title: string;
          /** What ran it, e.g. "onnxruntime 1.30.0" */
          readonly engine: string;
          /** The file and its external data */
          readonly fileBytes?: number;
          /** gzip, level 6 */
          readonly compressedBytes?: number;
          /** All constants as they are stored */
          readonly weightBytes?: number;
          readonly parameters?: number;
          readonly nodes?: number;
          /** Number of nodes by operator */
          readonly operators?: { readonly [name: string]: number };
          /** The metric of "accuracy" */
          readonly score?: number;
          readonly latency?: {
            readonly p50Ms: number;
            readonly p90Ms: number;
            readonly p99Ms: number;
          };
          readonly memory?: {
            /** Bytes */
            readonly loadBytes: number;
            /** Peak above the idle runtime, over loading and running */
            readonly peakBytes: number;
          };
        };
      };
      readonly comparison: {
        /** File of the artifact to file of the reference */
        readonly sizeRatio?: number;
        readonly compressedRatio?: number;
        readonly weightRatio?: number;
        /** Median of the reference to median of the artifact */
        readonly speedup?: number;
        /** 95 % interval of the speed-up */
        readonly speedupLow?: number;
        readonly speedupHigh?: number;
        /** Peak of the artifact to peak of the reference */
        readonly memoryRatio?: number;
        /** The worst float output, optimised or not */
        readonly minSqnrDb?: number;
      };
      readonly structure: {
        readonly quantizedNodes: number;
        readonly absorbedNodes: number;
        readonly floatNodes: number;
        /** Nodes more (or fewer) by operator; operators that did not change are left out */
        readonly difference: { readonly [name: string]: number };
      };
      readonly accuracy?: {
        readonly metric: string;
        readonly title: string;
        readonly unit: string;
        readonly higherIsBetter: boolean;
        /** A share of right answers: the drop is absolute, else relative */
        readonly isAccuracy: boolean;
        /** The output that is scored */
        readonly output: string;
        readonly samples: number;
        /** Positive when the artifact is worse than fp32 */
        readonly drop: number;
      };
      readonly outputs: ({
        readonly name: string;
        /** Against fp32, graph optimisations on */
        readonly sqnrDb?: number;
        /** Against fp32, graph optimisations off on both sides */
        readonly sqnrDbUnoptimized?: number;
        readonly cosine?: number;
        readonly maxAbsError?: number;
        /** Share of rows whose largest element is the same */
        readonly agreement?: number;
        /** False where a NaN or an infinity came out that fp32 does not give */
        readonly finite: boolean;
      })[];
      readonly comparedSamples: number;
      /** Quantized values, worst first */
      readonly values: ({
        readonly value: string;
        /** Node that produces it */
        readonly producer?: string;
        readonly dtype: string;
        readonly sqnrDb: number;
        readonly scale?: number;
        readonly zeroPoint?: number;
        readonly min?: number;
        readonly max?: number;
      })[];
      readonly floatReasons: ({
        readonly code: string;
        readonly reason: string;
        readonly count: number;
        /** Number of nodes by operator */
        readonly operators: { readonly [name: string]: number };
      })[];
      readonly floatNodes: ({
        readonly node: string;
        readonly opType: string;
        /** Stable reason code */
        readonly code: string;
        readonly reason: string;
      })[];
      readonly calibration?: {
        readonly samples: number;
        readonly calibrator: string;
        readonly synthetic: boolean;
        /** Values that were observed */
        readonly values: number;
      };
      /** Layers that would saturate on a CPU without 8-bit dot products, where they were looked for */
      readonly saturation?: ({
        readonly node: string;
        readonly channels: number;
        /** Output channels whose weights got fewer codes, of 7 bits at least */
        readonly narrowed: number;
        /** Those channels with 8-bit weights on such a CPU, simulated on rows of calibration data */
        readonly sqnrDbSaturated?: number;
        /** The same as quantized */
        readonly sqnrDb?: number;
      })[];
      readonly repair: {
        readonly enabled: boolean;
        readonly rounds: ({
          readonly released: ({
            readonly node: string;
            readonly opType: string;
            readonly to: string;
          })[];
          readonly sqnrDbBefore?: number;
          readonly sqnrDbAfter?: number;
          readonly scoreBefore?: number;
          readonly scoreAfter?: number;
          /** False where it bought nothing and was taken back */
          readonly kept: boolean;
        })[];
      };
      readonly benchmark?: {
        /** Rounds in which every model had its turn */
        readonly rounds: number;
        /** Timed runs of each model */
        readonly runs: number;
        readonly threads: number;
      };
      /** How long each stage took; not reproducible */
      readonly stageMs: { readonly [name: string]: number };
      readonly host: {
        readonly cpuModel: string;
        readonly cores: number;
        readonly int8Instructions: (string)[];
        readonly platform: string;
      };
      readonly provenance: {
        /** SHA-256 */
        readonly model: string;
        /** SHA-256 */
        readonly calibration?: string;
        /** SHA-256 */
        readonly evaluation?: string;
        /** SHA-256 of the canonical spec */
        readonly spec?: string;
        /** SHA-256 */
        readonly artifact: string;
        /** Version of Bitpress */
        readonly engine: string;
        readonly onnxruntime: string;
      };
    };
    Webhook: {
      /** Number of the webhook on its job */
      readonly id: string;
      readonly url: string;
      /** waiting for the end of the job, retrying after a failed delivery, delivered, or given up as failed */
      readonly state: 'waiting' | 'retrying' | 'delivered' | 'failed';
      /** Failed deliveries so far */
      readonly attempts: number;
      /** Why the last delivery failed */
      readonly error?: string;
      /** RFC 3339, UTC */
      readonly deliveredAt?: string;
    };
    Problem: {
      /** URI reference of the kind of problem */
      readonly type: string;
      /** Stable code */
      readonly code: 'invalid_request' | 'invalid_spec' | 'unauthorized' | 'not_found' | 'method_not_allowed' | 'not_acceptable' | 'conflict' | 'gone' | 'payload_too_large' | 'unsupported_media_type' | 'precondition_failed' | 'range_not_satisfiable' | 'webhook_refused' | 'digest_mismatch' | 'idempotency_key_reused' | 'idempotency_key_in_use' | 'rate_limited' | 'quota_exceeded' | 'file_unreadable' | 'file_unwritable' | 'start_failed' | 'server_unreachable' | 'model_unreadable' | 'model_invalid' | 'model_limit_exceeded' | 'model_unsupported' | 'external_data_refused' | 'already_quantized' | 'opset_unsupported' | 'dataset_unreadable' | 'dataset_mismatch' | 'dataset_empty' | 'dataset_not_finite' | 'calibration_required' | 'model_load_failed' | 'model_run_failed' | 'nothing_quantized' | 'artifact_broken' | 'artifact_not_finite' | 'model_ill_conditioned' | 'conversion_differs' | 'timeout' | 'out_of_memory' | 'sandbox_died' | 'cancelled' | 'queue_unavailable' | 'shutting_down' | 'queue_full' | 'storage_unavailable' | 'storage_full' | 'internal';
      readonly status: number;
      readonly title: string;
      readonly detail: string;
      /** What to change */
      readonly hint: string;
      /** Id of the request, as in the log */
      readonly instance?: string;
      /** Node of the model */
      readonly node?: string;
      /** Field of the request */
      readonly field?: string;
      /** Limit that was exceeded */
      readonly limit?: string;
    };
  };
}

export interface ProblemAnswer {
  headers: { [name: string]: unknown };
  content: { 'application/problem+json': components['schemas']['Problem'] };
}

export interface operations {
  /** Prometheus metrics */
  metrics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Upload a model */
  uploadModel: {
    parameters: {
      query?: never;
      header?: {
        /** One key, one request: another request with it is refused (422), the same gives the same */
        'idempotency-key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'multipart/form-data': FormData;
        'application/octet-stream': Blob;
        'application/json': {
          /** Ids of finished resumable uploads */
          readonly uploads: (string)[];
        };
      };
    };
    responses: {
      200: {
        headers: {
          location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Model'];
        };
      };
      201: {
        headers: {
          location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Model'];
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      413: ProblemAnswer;
      415: ProblemAnswer;
      422: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
      507: ProblemAnswer;
    };
  };
  /** List models, the last used first */
  listModels: {
    parameters: {
      query?: {
        limit?: number;
        /** "next" of the page before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            readonly items: (components['schemas']['Model'])[];
            /** Cursor of the next page */
            readonly next?: string;
          };
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      410: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Describe a model */
  getModel: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Model'];
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Delete a model */
  deleteModel: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Describe a model: the headers alone */
  headModel: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: {
        headers: {
          'www-authenticate'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      404: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      429: {
        headers: {
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      500: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      503: {
        headers: {
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  /** The bytes of the model */
  getModelContent: {
    parameters: {
      query?: never;
      header?: {
        /** One range of bytes (RFC 9110, 14.2) */
        range?: string;
        /** The range only of this version (RFC 9110, 13.1.5) */
        'if-range'?: string;
        /** 412 for another version (RFC 9110, 13.1.1) */
        'if-match'?: string;
        /** 304 for this version (RFC 9110, 13.1.2) */
        'if-none-match'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/octet-stream': Blob;
        };
      };
      206: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          'content-range'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/octet-stream': Blob;
        };
      };
      304: {
        headers: {
          etag?: string;
          'cache-control'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      410: ProblemAnswer;
      412: ProblemAnswer;
      416: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** The bytes of the model: the headers alone */
  headModelContent: {
    parameters: {
      query?: never;
      header?: {
        /** One range of bytes (RFC 9110, 14.2) */
        range?: string;
        /** The range only of this version (RFC 9110, 13.1.5) */
        'if-range'?: string;
        /** 412 for another version (RFC 9110, 13.1.1) */
        'if-match'?: string;
        /** 304 for this version (RFC 9110, 13.1.2) */
        'if-none-match'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      206: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          'content-range'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      304: {
        headers: {
          etag?: string;
          'cache-control'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: {
        headers: {
          'www-authenticate'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      404: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      410: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      412: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      416: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      429: {
        headers: {
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      500: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      503: {
        headers: {
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  /** Upload a dataset */
  uploadDataset: {
    parameters: {
      query?: never;
      header?: {
        /** One key, one request: another request with it is refused (422), the same gives the same */
        'idempotency-key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'multipart/form-data': FormData;
        'application/octet-stream': Blob;
        'application/json': {
          /** Ids of finished resumable uploads */
          readonly uploads: (string)[];
        };
      };
    };
    responses: {
      200: {
        headers: {
          location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Dataset'];
        };
      };
      201: {
        headers: {
          location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Dataset'];
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      413: ProblemAnswer;
      415: ProblemAnswer;
      422: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
      507: ProblemAnswer;
    };
  };
  /** List datasets, the last used first */
  listDatasets: {
    parameters: {
      query?: {
        limit?: number;
        /** "next" of the page before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            readonly items: (components['schemas']['Dataset'])[];
            /** Cursor of the next page */
            readonly next?: string;
          };
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      410: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Describe a dataset */
  getDataset: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Dataset'];
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Delete a dataset */
  deleteDataset: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Describe a dataset: the headers alone */
  headDataset: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: {
        headers: {
          'www-authenticate'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      404: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      429: {
        headers: {
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      500: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      503: {
        headers: {
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  /** The bytes of the dataset */
  getDatasetContent: {
    parameters: {
      query?: never;
      header?: {
        /** One range of bytes (RFC 9110, 14.2) */
        range?: string;
        /** The range only of this version (RFC 9110, 13.1.5) */
        'if-range'?: string;
        /** 412 for another version (RFC 9110, 13.1.1) */
        'if-match'?: string;
        /** 304 for this version (RFC 9110, 13.1.2) */
        'if-none-match'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/octet-stream': Blob;
        };
      };
      206: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          'content-range'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/octet-stream': Blob;
        };
      };
      304: {
        headers: {
          etag?: string;
          'cache-control'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      410: ProblemAnswer;
      412: ProblemAnswer;
      416: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** The bytes of the dataset: the headers alone */
  headDatasetContent: {
    parameters: {
      query?: never;
      header?: {
        /** One range of bytes (RFC 9110, 14.2) */
        range?: string;
        /** The range only of this version (RFC 9110, 13.1.5) */
        'if-range'?: string;
        /** 412 for another version (RFC 9110, 13.1.1) */
        'if-match'?: string;
        /** 304 for this version (RFC 9110, 13.1.2) */
        'if-none-match'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      206: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          'content-range'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      304: {
        headers: {
          etag?: string;
          'cache-control'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: {
        headers: {
          'www-authenticate'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      404: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      410: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      412: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      416: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      429: {
        headers: {
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      500: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      503: {
        headers: {
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  /** Begin a resumable upload */
  createUpload: {
    parameters: {
      query?: never;
      header: {
        /** Version of tus */
        'tus-resumable': '1.0.0';
        /** Size of the file */
        'upload-length': number;
        /** Keys, each with a value in base64. "filename" is the name of the file; others are ignored */
        'upload-metadata'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      201: {
        headers: {
          'tus-resumable'?: '1.0.0';
          'upload-offset'?: number;
          'upload-expires'?: string;
          location?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      412: ProblemAnswer;
      413: ProblemAnswer;
      415: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
      507: ProblemAnswer;
    };
  };
  /** What of tus is understood */
  describeUploads: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          'tus-resumable'?: '1.0.0';
          'tus-version'?: string;
          'tus-extension'?: string;
          'tus-max-size'?: number;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** The bytes from Upload-Offset on */
  continueUpload: {
    parameters: {
      query?: never;
      header: {
        /** Version of tus */
        'tus-resumable': '1.0.0';
        /** Where these bytes begin */
        'upload-offset': number;
      };
      path: {
        upload: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/offset+octet-stream': Blob;
      };
    };
    responses: {
      204: {
        headers: {
          'tus-resumable'?: '1.0.0';
          'upload-offset'?: number;
          'upload-expires'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      410: ProblemAnswer;
      412: ProblemAnswer;
      413: ProblemAnswer;
      415: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
      507: ProblemAnswer;
    };
  };
  /** Give an upload up */
  deleteUpload: {
    parameters: {
      query?: never;
      header: {
        /** Version of tus */
        'tus-resumable': '1.0.0';
      };
      path: {
        upload: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          'tus-resumable'?: '1.0.0';
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      410: ProblemAnswer;
      412: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Submit a job */
  submitJob: {
    parameters: {
      query?: {
        /** Check everything and answer what the job would do, without running it */
        validateOnly?: boolean;
      };
      header?: {
        /** One key, one request: another request with it is refused (422), the same gives the same */
        'idempotency-key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['JobSubmission'];
        'multipart/form-data': FormData;
      };
    };
    responses: {
      200: {
        headers: {
          location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': (components['schemas']['Job']) | (components['schemas']['PlanPreview']);
        };
      };
      202: {
        headers: {
          location?: string;
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Job'];
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      413: ProblemAnswer;
      415: ProblemAnswer;
      422: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
      507: ProblemAnswer;
    };
  };
  /** List jobs, the last submitted first */
  listJobs: {
    parameters: {
      query?: {
        state?: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
        limit?: number;
        /** SHA-256 in lower-case hex */
        model?: string;
        /** "next" of the page before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            readonly items: (components['schemas']['Job'])[];
            /** Cursor of the next page */
            readonly next?: string;
          };
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      410: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** State of a job */
  getJob: {
    parameters: {
      query?: {
        /** Seconds to wait for the end */
        wait?: number;
      };
      header?: {
        /** Seconds to wait for the end (RFC 7240, 4.3) */
        prefer?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          'retry-after'?: string;
          'preference-applied'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Job'];
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Follow a job by server-sent events */
  streamJob: {
    parameters: {
      query?: never;
      header?: {
        /** Id of the last event that was seen; it is not sent again */
        'last-event-id'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': unknown;
        };
      };
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Stop a job, also while it runs */
  cancelJob: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          location?: string;
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Job'];
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Run a failed or cancelled job again */
  retryJob: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          location?: string;
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Job'];
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Be told when the job is over */
  addWebhook: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** https: URL on a host that the service allows */
          readonly url: string;
        };
      };
    };
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Webhook'];
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      413: ProblemAnswer;
      415: ProblemAnswer;
      422: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Webhooks of a job and what became of them */
  listWebhooks: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            readonly items: (components['schemas']['Webhook'])[];
          };
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Send a webhook again */
  redeliverWebhook: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
        webhook: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Webhook'];
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      422: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** List the artifacts of a job */
  listArtifacts: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            readonly items: ({
              /** Plain file name */
              readonly name: string;
              /** SHA-256 in lower-case hex */
              readonly sha256: string;
              readonly bytes: number;
              readonly contentType: string;
              readonly url: string;
            })[];
          };
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Bytes of an artifact */
  getArtifact: {
    parameters: {
      query?: never;
      header?: {
        /** One range of bytes (RFC 9110, 14.2) */
        range?: string;
        /** The range only of this version (RFC 9110, 13.1.5) */
        'if-range'?: string;
        /** 412 for another version (RFC 9110, 13.1.1) */
        'if-match'?: string;
        /** 304 for this version (RFC 9110, 13.1.2) */
        'if-none-match'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/octet-stream': Blob;
          'text/html': string;
          'text/markdown': string;
          'application/json': components['schemas']['Report'];
        };
      };
      206: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          'content-range'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/octet-stream': Blob;
          'text/html': unknown;
          'text/markdown': unknown;
          'application/json': unknown;
        };
      };
      304: {
        headers: {
          etag?: string;
          'cache-control'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      410: ProblemAnswer;
      412: ProblemAnswer;
      416: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Bytes of an artifact: the headers alone */
  headArtifact: {
    parameters: {
      query?: never;
      header?: {
        /** One range of bytes (RFC 9110, 14.2) */
        range?: string;
        /** The range only of this version (RFC 9110, 13.1.5) */
        'if-range'?: string;
        /** 412 for another version (RFC 9110, 13.1.1) */
        'if-match'?: string;
        /** 304 for this version (RFC 9110, 13.1.2) */
        'if-none-match'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      206: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          'content-range'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      304: {
        headers: {
          etag?: string;
          'cache-control'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: {
        headers: {
          'www-authenticate'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      404: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      410: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      412: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      416: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      429: {
        headers: {
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      500: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      503: {
        headers: {
          'retry-after'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  /** The report, as JSON, HTML or Markdown by "Accept" */
  getReport: {
    parameters: {
      query?: never;
      header?: {
        /** One range of bytes (RFC 9110, 14.2) */
        range?: string;
        /** The range only of this version (RFC 9110, 13.1.5) */
        'if-range'?: string;
        /** 412 for another version (RFC 9110, 13.1.1) */
        'if-match'?: string;
        /** 304 for this version (RFC 9110, 13.1.2) */
        'if-none-match'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          vary?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Report'];
          'text/html': string;
          'text/markdown': string;
        };
      };
      206: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          'content-range'?: string;
          vary?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': unknown;
          'text/html': unknown;
          'text/markdown': unknown;
        };
      };
      304: {
        headers: {
          etag?: string;
          'cache-control'?: string;
          vary?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      406: ProblemAnswer;
      409: ProblemAnswer;
      410: ProblemAnswer;
      412: ProblemAnswer;
      416: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** The report as application/json */
  getReport_json: {
    parameters: {
      query?: never;
      header?: {
        /** One range of bytes (RFC 9110, 14.2) */
        range?: string;
        /** The range only of this version (RFC 9110, 13.1.5) */
        'if-range'?: string;
        /** 412 for another version (RFC 9110, 13.1.1) */
        'if-match'?: string;
        /** 304 for this version (RFC 9110, 13.1.2) */
        'if-none-match'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Report'];
        };
      };
      206: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          'content-range'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': unknown;
        };
      };
      304: {
        headers: {
          etag?: string;
          'cache-control'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      410: ProblemAnswer;
      412: ProblemAnswer;
      416: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** The report as text/html */
  getReport_html: {
    parameters: {
      query?: never;
      header?: {
        /** One range of bytes (RFC 9110, 14.2) */
        range?: string;
        /** The range only of this version (RFC 9110, 13.1.5) */
        'if-range'?: string;
        /** 412 for another version (RFC 9110, 13.1.1) */
        'if-match'?: string;
        /** 304 for this version (RFC 9110, 13.1.2) */
        'if-none-match'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          [name: string]: unknown;
        };
        content: {
          'text/html': string;
        };
      };
      206: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          'content-range'?: string;
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      304: {
        headers: {
          etag?: string;
          'cache-control'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      410: ProblemAnswer;
      412: ProblemAnswer;
      416: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** The report as text/markdown */
  getReport_md: {
    parameters: {
      query?: never;
      header?: {
        /** One range of bytes (RFC 9110, 14.2) */
        range?: string;
        /** The range only of this version (RFC 9110, 13.1.5) */
        'if-range'?: string;
        /** 412 for another version (RFC 9110, 13.1.1) */
        'if-match'?: string;
        /** 304 for this version (RFC 9110, 13.1.2) */
        'if-none-match'?: string;
      };
      path: {
        /** SHA-256 in lower-case hex */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          [name: string]: unknown;
        };
        content: {
          'text/markdown': string;
        };
      };
      206: {
        headers: {
          etag?: string;
          'repr-digest'?: string;
          'accept-ranges'?: string;
          'cache-control'?: string;
          'content-disposition'?: string;
          'content-range'?: string;
          [name: string]: unknown;
        };
        content: {
          'text/markdown': unknown;
        };
      };
      304: {
        headers: {
          etag?: string;
          'cache-control'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      404: ProblemAnswer;
      409: ProblemAnswer;
      410: ProblemAnswer;
      412: ProblemAnswer;
      416: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Methods with their option schemas, and targets */
  listMethods: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            readonly items: ({
              readonly id: string;
              readonly title: string;
              readonly summary: string;
              readonly calibration: ('none') | ('optional') | ('required');
              /** JSON Schema of the options */
              readonly options: unknown;
              /** By target */
              readonly presets: ({
                readonly target: string;
                /** With defaults filled in */
                readonly options?: { readonly [name: string]: unknown };
                /** Why the target does not run the method */
                readonly refused?: string;
                readonly hint?: string;
              })[];
            })[];
            readonly targets: ({
              readonly id: string;
              readonly title: string;
              readonly summary: string;
            })[];
          };
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** The process answers */
  livez: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            readonly status: string;
          };
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Queue and store answer */
  readyz: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** ok, unavailable, or draining: the server stops */
            readonly status: string;
            readonly checks: { readonly [name: string]: string };
          };
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** ok, unavailable, or draining: the server stops */
            readonly status: string;
            readonly checks: { readonly [name: string]: string };
          };
        };
      };
    };
  };
  /** This document */
  openapi: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/yaml': string;
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
  /** Reference page */
  docs: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': string;
        };
      };
      400: ProblemAnswer;
      401: ProblemAnswer;
      429: ProblemAnswer;
      500: ProblemAnswer;
      503: ProblemAnswer;
    };
  };
}
