"""An exported style is opened by another program and gives the same picture."""

import numpy as np
import onnx
import pytest
import torch

from app.contract.packs.onnx import OPSET, to_onnx
from tests.engine.conftest import hills, strokes
from tests.engine.feedforward.conftest import session
from worker.engine.feedforward.engine import FastEngine
from worker.engine.feedforward.network import TransformNetwork
from worker.engine.feedforward.packs import Pack, identity
from worker.engine.feedforward.padding import on_grid
from worker.engine.images import to_tensor


@pytest.fixture(scope="module", params=["built-in", "painting"])
def pack(request: pytest.FixtureRequest, fast_engine: FastEngine) -> Pack:
    if request.param == "built-in":
        return fast_engine.builtin(5)
    return fast_engine.pack_of(strokes(), "strokes")


def test_onnx_runtime_gives_the_same_at_any_size(pack: Pack) -> None:
    network, program = (
        TransformNetwork(pack.shape, pack.kernels),
        session(to_onnx(pack.to_bytes())),
    )
    for height, width in ((256, 256), (255, 387), (64, 512)):
        image = to_tensor(hills(), width, height)
        (found,) = program.run(None, {"image": image.numpy()})
        with torch.no_grad():
            made = network(on_grid(image), pack.condition).sigmoid()
        wanted = made[..., :height, :width].numpy()
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() < 1e-3


def test_the_file_says_what_it_is(pack: Pack) -> None:
    content = to_onnx(pack.to_bytes())
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    told = {each.key: each.value for each in model.metadata_props}
    assert told == {
        "name": pack.info.name,
        "licence": pack.info.licence,
        "origin": pack.info.origin,
        "pack_sha256": identity(pack.to_bytes()),
    }
    assert [each.version for each in model.opset_import] == [OPSET]
    (image,) = model.graph.input
    sides = [each.dim_param for each in image.type.tensor_type.shape.dim[2:]]
    assert sides == ["height", "width"]
    assert all(not each.external_data for each in model.graph.initializer)
    assert to_onnx(pack.to_bytes()) == content
