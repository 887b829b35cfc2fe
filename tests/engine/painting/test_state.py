"""A job goes on from a saved state as if it had never been interrupted."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from PIL import Image

from tests.engine.conftest import hills, new_small_engine, strokes
from worker.engine import (
    ExceedsMemoryError,
    OptimizerName,
    PaintingState,
    Precision,
    StateError,
    Step,
    Style,
    StyleEngine,
    StylizeOptions,
)
from worker.engine.features.networks import NetworkCache
from worker.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters

RUNGS = ((64, 4), (80, 3))
ADAM = StylizeOptions(size_px=80, rungs=RUNGS)
LBFGS = replace(ADAM, optimizer=OptimizerName.LBFGS)


def steps_of(
    options: StylizeOptions,
    resume_from: PaintingState | None = None,
    engine: StyleEngine | None = None,
) -> Iterator[Step]:
    return (engine or new_small_engine()).stylize(
        hills(), strokes(), options, resume_from=resume_from, report_interval_s=0
    )


def states_and_result(options: StylizeOptions) -> tuple[list[bytes], Image.Image]:
    """Every step's state, as bytes, and the picture at the end."""
    states, picture = [], None
    for step in steps_of(options):
        states.append(step.state().to_bytes())
        picture = step.picture()
    assert picture is not None
    return states, picture


def result_from(options: StylizeOptions, state: bytes) -> Image.Image:
    last, picture = None, None
    for step in steps_of(options, PaintingState.from_bytes(state)):
        last, picture = step, step.picture()
    assert last is not None, "nothing came"
    assert last.is_last
    assert picture is not None
    return picture


@pytest.mark.parametrize("options", [ADAM, LBFGS], ids=["adam", "lbfgs"])
def test_going_on_from_any_step_ends_in_the_same_bytes(options: StylizeOptions) -> None:
    states, undisturbed = states_and_result(options)
    assert len(states) == 7
    for number, state in enumerate(states, start=1):
        found = result_from(options, state)
        assert found.tobytes() == undisturbed.tobytes(), f"from step {number}"


@pytest.mark.parametrize("mask", [None, hills().convert("L")])
def test_going_on_between_two_choices_of_strokes_ends_in_the_same_bytes(
    mask: Image.Image | None,
) -> None:
    engine = new_small_engine(hyperparameters=Hyperparameters(stroke_weight=1.0))
    styles = [Style(image=strokes(), mask=mask), Style(image=hills(70, 90), weight=2)]
    options = StylizeOptions(size_px=72, rungs=((64, 10), (72, 6)))

    def paint(resume_from: PaintingState | None = None) -> Iterator[Step]:
        return engine.stylize(
            hills(), styles, options, resume_from=resume_from, report_interval_s=0
        )

    states = []
    for step in paint():
        states.append(step.state().to_bytes())
        undisturbed = step.picture().tobytes()
    for number in (1, 7, 8, 9, 10, 13, 16):
        for step in paint(PaintingState.from_bytes(states[number - 1])):
            found = step.picture().tobytes()
        assert found == undisturbed, f"from step {number}"


def test_a_state_without_its_strokes_is_refused() -> None:
    engine = new_small_engine(hyperparameters=Hyperparameters(stroke_weight=1.0))
    steps = steps_of(ADAM, engine=engine)
    state = next(steps).state()
    kept = {k: v for k, v in state.tensors.items() if not k.startswith("terms.")}
    assert len(kept) < len(state.tensors)
    with pytest.raises(StateError, match="incomplete"):
        next(steps_of(ADAM, replace(state, tensors=kept), engine))


def test_going_on_counts_steps_as_if_nothing_had_happened() -> None:
    states, _ = states_and_result(ADAM)
    numbers = [
        each.step for each in steps_of(ADAM, PaintingState.from_bytes(states[1]))
    ]
    assert numbers == [3, 4, 5, 6, 7]


def test_a_state_of_the_last_step_gives_the_result_once_more() -> None:
    states, undisturbed = states_and_result(ADAM)
    steps = []
    for step in steps_of(ADAM, PaintingState.from_bytes(states[-1])):
        steps.append(step)
        assert step.picture().tobytes() == undisturbed.tobytes()
    assert [(each.step, each.is_last, each.fraction) for each in steps] == [
        (7, True, 1.0)
    ]


def test_a_rung_that_was_left_early_stays_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.engine.painting.plateau._EVERY", 2)
    monkeypatch.setattr("worker.engine.painting.plateau._LEAST_FALL", 0.9)
    options = StylizeOptions(size_px=80, rungs=((64, 9), (80, 9)), early_stop=True)
    states, undisturbed = states_and_result(options)
    assert len(states) == 8  # four on each rung
    for number, state in enumerate(states, start=1):
        found = result_from(options, state)
        assert found.tobytes() == undisturbed.tobytes(), f"from step {number}"


def test_a_rescued_job_goes_on_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Precision] = []
    network = NetworkCache.network

    def noted(shelf: NetworkCache, choice: object, *rest: object) -> object:
        made.append(choice.precision)  # type: ignore[attr-defined]  # a NetworkChoice
        return network(shelf, choice, *rest)  # type: ignore[arg-type]  # likewise

    monkeypatch.setattr(NetworkCache, "network", noted)
    options = replace(ADAM, precision=Precision.BFLOAT16)
    rescued = replace(step_state(options), is_rescued=True)
    made.clear()
    next(steps_of(options, rescued))
    assert made[-1] is Precision.FLOAT32
    made.clear()
    next(steps_of(options, replace(rescued, is_rescued=False)))
    assert made[-1] is Precision.BFLOAT16


def step_state(options: StylizeOptions) -> PaintingState:
    """After the first step."""
    steps = steps_of(options)
    return next(steps).state()


@pytest.mark.parametrize(
    "change",
    [
        {"size_px": 96, "rungs": ((64, 4), (96, 3))},
        {"rungs": ((64, 5), (80, 3))},
        {"seed": 1},
        {"optimizer": "lbfgs"},
        {"color": "matched"},
        {"style_loss": "gram"},
        {"pooling": "average"},
        {"precision": "bfloat16"},
        {"averaging": 0.5},
        {"early_stop": True},
        {"content_layers": {"relu3_1": 1.0}},
    ],
    ids=lambda change: ",".join(change),
)
def test_a_job_with_other_options_is_another_job(change: dict[str, object]) -> None:
    state = step_state(ADAM)
    with pytest.raises(StateError, match="another job"):
        next(steps_of(replace(ADAM, **change), state))  # type: ignore[arg-type]  # options


def test_a_job_with_other_pictures_or_numbers_is_another_job() -> None:
    state = step_state(ADAM)
    engine = new_small_engine()
    for pictures in ((hills().rotate(180), strokes()), (hills(), strokes().rotate(90))):
        with pytest.raises(StateError, match="another job"):
            next(engine.stylize(*pictures, ADAM, resume_from=state))
    other = StyleEngine(
        engine._networks, engine._compute, replace(HYPERPARAMETERS, content_weight=0.2)
    )
    with pytest.raises(StateError, match="another job"):
        next(steps_of(ADAM, state, other))


def test_a_job_of_another_algorithm_is_another_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = step_state(ADAM)
    monkeypatch.setattr("worker.engine.painting.job.ALGORITHM", "another@1")
    with pytest.raises(StateError, match="another job"):
        next(steps_of(ADAM, state))


def test_a_state_that_could_cost_the_picture_its_memory_is_not_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = next(steps := steps_of(ADAM))
    held_bytes = sum(each.nbytes for each in step.state().tensors.values())
    for free_bytes, is_copied in ((4 * held_bytes, True), (4 * held_bytes - 1, False)):
        monkeypatch.setattr(
            "worker.engine.painting.iteration_state.free_memory_bytes",
            lambda _, free=free_bytes: free,
        )
        if is_copied:
            step.state()
        else:
            with pytest.raises(ExceedsMemoryError, match=f"{free_bytes} are free"):
                step.state()
    assert next(steps).step == 2, "the work goes on"


@pytest.mark.parametrize(
    "change",
    [
        {"style_strength": 0.6},
        {"learning_rate": 0.01},
        {"gradient_clip": 1.0},
        {"memory": "checkpoint"},
        {"tile_px": 128},
    ],
    ids=lambda change: ",".join(change),
)
def test_what_may_change_while_a_job_runs_may_change_between_two_halves(
    change: dict[str, object],
) -> None:
    state = step_state(ADAM)
    step = next(steps_of(replace(ADAM, **change), state))  # type: ignore[arg-type]  # options
    assert step.step == 2


def test_every_damaged_byte_is_noticed() -> None:
    content = step_state(ADAM).to_bytes()
    length = int.from_bytes(content[:8], "little")
    places = [0, 3, 8, 40, 8 + length // 2, 8 + length + 5, len(content) - 1]
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 0x11
        with pytest.raises(StateError):
            PaintingState.from_bytes(bytes(damaged))
    for shorter in (b"", content[:7], content[: 8 + length], content[:-1]):
        with pytest.raises(StateError):
            PaintingState.from_bytes(shorter)


@pytest.mark.parametrize("content", [b"x" * 100, b"\x02" + b"\0" * 7 + b"[]"])
def test_anything_else_is_no_state(content: bytes) -> None:
    with pytest.raises(StateError, match="can not be read"):
        PaintingState.from_bytes(content)


def test_a_state_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.engine.painting.state.STATE_FORMAT", 0)
    content = step_state(ADAM).to_bytes()
    monkeypatch.undo()
    with pytest.raises(StateError, match="another version"):
        PaintingState.from_bytes(content)


def test_a_state_survives_as_bytes() -> None:
    state = step_state(LBFGS)
    found = PaintingState.from_bytes(state.to_bytes())
    assert replace(found, tensors={}) == replace(state, tensors={})
    assert set(found.tensors) == set(state.tensors)
    for name, tensor in state.tensors.items():
        assert torch.equal(found.tensors[name], tensor), name


@pytest.mark.parametrize("field", [{"rung": 2}, {"rung": 1}, {"step": 5}])
def test_a_state_that_stands_nowhere_is_refused(field: dict[str, int]) -> None:
    state = replace(step_state(ADAM), **field)  # type: ignore[arg-type]  # integers
    with pytest.raises(StateError, match=r"rung that this job has not|not of its rung"):
        next(steps_of(ADAM, state))


@pytest.mark.parametrize(
    "field", [{"rung": -1}, {"step": -1}, {"step": 1.5}, {"factor": 0.0}]
)
def test_nonsense_is_no_state(field: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(field))):
        replace(step_state(ADAM), **field)  # type: ignore[arg-type]  # that is the point


def test_a_state_without_its_picture_is_refused() -> None:
    state = replace(step_state(ADAM), tensors={})
    with pytest.raises(StateError, match="incomplete"):
        next(steps_of(ADAM, state))


def test_a_state_is_a_safetensors_file_with_its_place_in_words() -> None:
    content = step_state(ADAM).to_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert json.loads(header["__metadata__"]["painting"])["step"] == 1
