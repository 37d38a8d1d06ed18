"""What schemathesis needs to get past 404: things that are there, and how tus' content type is sent."""
import itertools
import os
import re

import requests
import schemathesis

BASE = os.environ.get("BITPRESS_URL", "http://localhost:8080")
KEY = os.environ.get("BITPRESS_API_KEY")
EXAMPLE = os.path.join(os.path.dirname(__file__), "../../examples/fashion-mbv2")

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


def _prepare():
    client = requests.Session()
    if KEY:
        client.headers["authorization"] = f"Bearer {KEY}"
    with open(f"{EXAMPLE}/model.onnx", "rb") as model, open(f"{EXAMPLE}/calib.npz", "rb") as data:
        answer = client.post(
            f"{BASE}/v1/jobs",
            files={"model": model, "calibration": data},
            data={"spec": '{"method":"static-int8","benchmark":false}'},
        )
    answer.raise_for_status()
    job = answer.json()
    while job["state"] in ("queued", "running"):
        job = client.get(BASE + job["links"]["self"], params={"wait": 60}).json()
    assert job["state"] == "succeeded", job
    return {"models": job["model"], "datasets": job["spec"]["calibration"], "jobs": job["id"]}


KNOWN = _prepare()
turn = itertools.count()


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Every other well-formed id of a model, dataset or job becomes that of one that is there."""
    kind = context.operation.path.split("/")[2] if context.operation.path.startswith("/v1/") else None
    identifier = (path_parameters or {}).get("id")
    deletes = context.operation.method.upper() == "DELETE"
    if kind in KNOWN and not deletes and isinstance(identifier, str) and len(identifier) == 64 and next(turn) % 2:
        path_parameters["id"] = KNOWN[kind]
        if "name" in path_parameters:
            path_parameters["name"] = "model.onnx"
    return path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.operation.path == "/v1/jobs" and case.method.upper() == "POST" and isinstance(case.body, dict):
        only_check(case)
    json_path = case.operation.path + str((case.path_parameters or {}).get("name", ""))
    if json_path.endswith(("/report", ".json")) and case.headers:
        # A range of a JSON document is none; the tool reads each application/json as one.
        case.headers.pop("range", None)


def only_check(case):
    """A submission that fits the schema is held against a model that is there, without running it."""
    body = case.body
    for name, kind in (("model", "models"), ("calibration", "datasets"), ("evaluation", "datasets")):
        if isinstance(body.get(name), str) and re.fullmatch("[0-9a-f]{64}", body[name]):
            body[name] = KNOWN[kind]
    if "validateOnly" not in (case.query or {}):
        case.query = {**(case.query or {}), "validateOnly": "true"}
