"""The micro graphs quantized by onnxruntime.quantization on many samples: the other side of bench/micro.ts.

    python bench/micro-reference.py FIXTURES/micro OUT

One sample decides nothing within a few dB: it is one draw of the rounding. So each graph gets 64 samples of its own, in
OUT/<graph>/samples.npz, which calibrate both sides and judge both sides: every value then lies inside the ranges, and
what is left of the error is rounding. OUT/<graph>/<mode>.onnx is the reference on the graph as it is, and
OUT/<graph>/<mode>.folded.onnx on the graph after quant_pre_process, which folds BatchNormalization as the other side does.
A mode in which the reference fails leaves no file.
"""

import logging
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy as np
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

onnxruntime.set_default_logger_severity(4)

SAMPLES = 64
SEED = 20

QDQ, QOP = QuantFormat.QDQ, QuantFormat.QOperator
INT8, UINT8, UINT16 = QuantType.QInt8, QuantType.QUInt8, QuantType.QUInt16

# The names and the options of the manifest that comes with the graphs.
STATIC = {
    "qdq_u8s8": dict(quant_format=QDQ, activation_type=UINT8, weight_type=INT8),
    "qdq_u8s8_perchannel": dict(quant_format=QDQ, activation_type=UINT8, weight_type=INT8, per_channel=True),
    "qdq_s8s8_symact": dict(
        quant_format=QDQ, activation_type=INT8, weight_type=INT8, extra_options={"ActivationSymmetric": True}
    ),
    "qdq_u16s8": dict(quant_format=QDQ, activation_type=UINT16, weight_type=INT8),
    "qop_u8s8": dict(quant_format=QOP, activation_type=UINT8, weight_type=INT8),
    "qop_u8u8": dict(quant_format=QOP, activation_type=UINT8, weight_type=UINT8),
}
DYNAMIC = {"dynamic_s8": INT8, "dynamic_u8": UINT8}


class Reader(CalibrationDataReader):
    def __init__(self, samples):
        self.feeds = ({name: array[at] for name, array in samples.items()} for at in range(SAMPLES))

    def get_next(self):
        return next(self.feeds, None)


def draw(calibration):
    """Normal values, and indices over what the calibration samples hold."""
    random = np.random.RandomState(SEED)
    samples = {}
    for name, array in calibration.items():
        shape = (SAMPLES, *array.shape[1:])
        is_float = array.dtype.kind == "f"
        values = random.randn(*shape) if is_float else random.randint(array.min(), array.max() + 1, shape)
        samples[name] = values.astype(array.dtype)
    return samples


def quantize(source, samples, mode, out):
    try:
        if mode in DYNAMIC:
            quantize_dynamic(source, out, weight_type=DYNAMIC[mode])
        else:
            quantize_static(source, out, Reader(samples), **STATIC[mode])
    except Exception as error:  # what it cannot do is a row of the table
        out.unlink(missing_ok=True)
        print(f"{out.parent.name} {mode}: {type(error).__name__}", file=sys.stderr)


def main(fixtures, root):
    for case in sorted(path for path in Path(fixtures).iterdir() if path.is_dir()):
        out = Path(root) / case.name
        out.mkdir(parents=True, exist_ok=True)
        with np.load(case / "calib.npz") as archive:
            samples = draw({name: archive[name] for name in archive.files})
        np.savez(out / "samples.npz", **samples)
        quant_pre_process(case / "model.onnx", out / "folded.onnx")
        for mode in [*STATIC, *DYNAMIC]:
            quantize(case / "model.onnx", samples, mode, out / f"{mode}.onnx")
            quantize(out / "folded.onnx", samples, mode, out / f"{mode}.folded.onnx")


if __name__ == "__main__":
    main(*sys.argv[1:3])
