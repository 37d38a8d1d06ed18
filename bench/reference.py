"""One quantization by onnxruntime.quantization, timed: the other side of bench/run.ts.

Takes one JSON argument, a task of bench/task.ts, and prints one JSON line. The clock starts when everything is imported
and the model is still a file, and stops when the quantized file is written. No quant_pre_process: it is the slower path.
"""

import json
import logging
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy as np
import onnx
import onnxruntime
from onnxruntime import quantization as q

onnxruntime.set_default_logger_severity(4)


def peak_bytes():
    """VmHWM counts from this program's start; ru_maxrss would also count the process it was forked from."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class Samples(q.CalibrationDataReader):
    """Rows of an .npz file, one at a time, each with a leading axis of 1."""

    def __init__(self, path, count):
        with np.load(path) as archive:
            self.arrays = {name: archive[name] for name in archive.files}
        self.count = count
        self.at = 0

    def get_next(self):
        if self.at == self.count:
            return None
        self.at += 1
        return {name: array[self.at - 1 : self.at] for name, array in self.arrays.items()}


def static(task, options):
    q.quantize_static(
        task["model"],
        task["out"],
        Samples(task["calibration"], task["samples"]),
        quant_format=q.QuantFormat.QDQ,
        per_channel=options["perChannel"],
        activation_type=q.QuantType[options["activation"]],
        weight_type=q.QuantType[options["weight"]],
        calibrate_method=q.CalibrationMethod[options["calibrator"]],
    )


def dynamic(task, options):
    q.quantize_dynamic(
        task["model"],
        task["out"],
        per_channel=options["perChannel"],
        weight_type=q.QuantType[options["weight"]],
    )


def matmulnbits(task, options):
    quantizer = options["module"](
        onnx.load(task["model"]),
        bits=options["bits"],
        block_size=options["blockSize"],
        is_symmetric=options["symmetric"],
    )
    quantizer.process()
    quantizer.model.save_model_to_file(task["out"], False)


def float16(task, options):
    onnx.save(options["module"](onnx.load(task["model"]), keep_io_types=True), task["out"])


KINDS = {"static": static, "dynamic": dynamic, "matmulnbits": matmulnbits, "float16": float16}


def main():
    task = json.loads(sys.argv[1])
    options = dict(task["reference"])
    if options["kind"] == "matmulnbits":
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

        options["module"] = MatMulNBitsQuantizer
    if options["kind"] == "float16":
        from onnxruntime.transformers.float16 import convert_float_to_float16

        options["module"] = convert_float_to_float16
    idle = peak_bytes()
    start, cpu = time.perf_counter(), time.process_time()
    KINDS[options["kind"]](task, options)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpuSeconds": cpu, "peakBytes": peak_bytes(), "idleBytes": idle}), flush=True)


if __name__ == "__main__":
    main()
