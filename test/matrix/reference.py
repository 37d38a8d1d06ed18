"""One 8-bit row of the baseline, made again by onnxruntime.quantization: python reference.py CASE ROW OUT

CASE is a folder with model.onnx and calib.npz. ROW is dynamic_int8 or static_qdq_u8s8_minmax, with _perch for scales per
channel; x_ before it leaves quant_pre_process out, and _convmatmul quantizes Conv, MatMul and Gemm alone.
"""

import logging
import re
import sys
import tempfile
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy as np
import onnxruntime
from onnxruntime import quantization as q
from onnxruntime.quantization.shape_inference import quant_pre_process

onnxruntime.set_default_logger_severity(4)

SAMPLES = 128
ROW = re.compile(
    r"(?P<expert>x_)?(?P<kind>dynamic_int8|static_qdq_u8s8(_minmax)?)(?P<perch>_perch)?(?P<only>_convmatmul)?"
)


class Samples(q.CalibrationDataReader):
    def __init__(self, path):
        with np.load(path) as archive:
            self.arrays = {name: archive[name] for name in archive.files}
        self.at = -1

    def get_next(self):
        self.at += 1
        if self.at == min(SAMPLES, *map(len, self.arrays.values())):
            return None
        return {name: array[self.at : self.at + 1] for name, array in self.arrays.items()}


def main(case, row, out):
    match = ROW.fullmatch(row)
    if not match:
        sys.exit(f"no recipe for {row}")
    model = Path(case) / "model.onnx"
    options = {"per_channel": bool(match["perch"]), "weight_type": q.QuantType.QInt8}
    if match["kind"] == "dynamic_int8":
        q.quantize_dynamic(model, out, **options)
        return
    if match["only"]:
        options["op_types_to_quantize"] = ["Conv", "MatMul", "Gemm"]
    with tempfile.TemporaryDirectory() as directory:
        if not match["expert"]:
            prepared = Path(directory) / "prepared.onnx"
            quant_pre_process(model, prepared)
            model = prepared
        q.quantize_static(
            model,
            out,
            Samples(Path(case) / "calib.npz"),
            quant_format=q.QuantFormat.QDQ,
            activation_type=q.QuantType.QUInt8,
            calibrate_method=q.CalibrationMethod.MinMax,
            **options,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
