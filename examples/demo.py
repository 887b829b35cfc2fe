# %% [markdown]
# # Style transfer, from the formula to the service
#
# A photograph is repainted in the manner of a painting. A network that was trained to
# recognize things (VGG19) looks at both; what it sees in its layers is the measure.
# With $F^l(x)$, the feature maps of layer $l$ ($C$ channels at $H W$ positions):
#
# $$L(x) = \alpha \sum_{l \in \text{content}} \lVert F^l(x) - F^l(c) \rVert^2
#   + \beta \sum_{l \in \text{style}} w_l\, D(F^l(x), F^l(s))
#   + \gamma\, \mathrm{TV}(x)$$
#
# * **Content**: deep features stay where they are; the picture keeps its things.
# * **Style**: not features but their statistics over all positions. Gatys et al. (2016)
#   compare Gram matrices, $G = F F^\top / H W$. The default here is the distance of two
#   Gaussians, mean and covariance (Wasserstein-2):
#   $D = \lVert \mu_x - \mu_s \rVert^2 + \mathrm{tr}(\Sigma_x + \Sigma_s
#   - 2 (\Sigma_x^{1/2} \Sigma_s \Sigma_x^{1/2})^{1/2})$.
# * **Total variation**: neighbours are alike; no noise.
#
# The optimizing engine moves the *picture* $x$ down this slope, from coarse to fine.
# The fast engine has networks that were trained to minimize the same kind of loss for
# all photographs, and paints in one pass. Both are below, then the service, then the
# judge.

# %% tags=["parameters"]
import os

FAST = os.environ.get("IMPASTO_DEMO_FAST") == "1"  # small and rough, for a test
SIZE_PX = 96 if FAST else 256
STEPS = 6 if FAST else 80
STUDY_PX = 64 if FAST else 128
STUDY_STEPS = 4 if FAST else 30
TRAINED_S = 20 if FAST else 120
CLIP_FRAMES = 4 if FAST else 16
VIEWS = 4 if FAST else 12
SERVICE_URL = os.environ.get(
    "IMPASTO_URL", ""
)  # empty: a service of its own is started
assert SIZE_PX >= 64
assert STEPS > 0

# %%
import tempfile
from pathlib import Path

from notebook_pictures import curve, sheet, show
from PIL import Image, ImageDraw

from worker.engine import Style, StyleEngine, StylizeOptions, judge
from worker.engine.features.weights import load_weights
from worker.engine.feedforward import FastEngine, FastOptions, FastStyle

EXAMPLES = Path.cwd() if Path("contents").is_dir() else Path.cwd() / "examples"
assert (EXAMPLES / "contents").is_dir(), "start it in the repository or in examples/"

engine = StyleEngine.load()
fast_engine = FastEngine.load()
vgg_weights = load_weights()
assert engine.describe().network == "vgg19"

# %% [markdown]
# ## Content and style

# %%
photograph = Image.open(EXAMPLES / "contents" / "harbour.jpg").convert("RGB")
paintings = {
    path.stem: Image.open(path).convert("RGB")
    for path in sorted((EXAMPLES / "styles").glob("*.jpg"))
}
night = paintings["night"]
show(sheet([("content", photograph), ("style", night)], columns=2, width_px=240))
assert len(paintings) == 10
assert photograph.size == (1000, 750)

# %% [markdown]
# ## A first picture, and how its loss falls
#
# The losses of two scales do not compare: the curve starts anew at each.


# %%
def paint(styles, size_px, steps, **options):
    """Return the picture and the reported losses of each scale."""
    wanted = StylizeOptions(size_px=size_px, steps=steps, preset="draft", **options)
    losses = {}
    picture = None
    for step in engine.stylize(photograph, styles, wanted, report_interval_s=0):
        losses.setdefault(step.scale, []).append(step.losses.total)
        picture = step.picture() if step.is_last else None
    return picture, list(losses.values())


first, losses_by_scale = paint(night, SIZE_PX, STEPS)
show(first)
show(curve(losses_by_scale, "total loss, by scale"))
assert max(first.size) == SIZE_PX
assert sum(map(len, losses_by_scale)) == STEPS
assert all(line[-1] < line[0] for line in losses_by_scale if len(line) > 2)

# %% [markdown]
# ## Strength
#
# `style_strength` 0.5 is as meant; 0 gives the photograph back.

# %%
strengths = {
    strength: paint(night, STUDY_PX, STUDY_STEPS, style_strength=strength)[0]
    for strength in (0.0, 0.3, 0.5, 0.8)
}
named = [(f"style_strength {strength}", each) for strength, each in strengths.items()]
show(sheet(named, columns=4, width_px=160))
errors = [
    judge(photograph, night, each, vgg_weights).content_error
    for each in strengths.values()
]
assert errors[0] < 0.01
assert errors[1] < errors[3], "more style is less content"

# %% [markdown]
# ## Scale: how large the strokes are

# %%
scales = [
    (f"style_scale {scale}", paint(night, STUDY_PX, STUDY_STEPS, style_scale=scale)[0])
    for scale in (0.5, 1.0, 2.0)
]
show(sheet(scales, columns=3, width_px=200))
assert len({each.tobytes() for _, each in scales}) == 3

# %% [markdown]
# ## Whose colours

# %%
colors = {
    color: paint(night, STUDY_PX, STUDY_STEPS, color=color)[0]
    for color in ("style", "content", "matched")
}
show(sheet([*colors.items()], columns=3, width_px=200))


def mean_color(picture):
    """Return the mean red, green and blue."""
    return picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))


def distance(first, second):
    """Return how far two mean colours lie apart."""
    pairs = zip(mean_color(first), mean_color(second), strict=True)
    return sum(abs(a - b) for a, b in pairs)


assert distance(colors["content"], photograph) < distance(colors["style"], photograph)

# %% [markdown]
# ## Masks: which painting goes where
#
# White is where a style goes. The rest is left to the styles without a mask.

# %%
mask = Image.new("L", photograph.size, 0)
ImageDraw.Draw(mask).rectangle((0, 0, photograph.width // 2, photograph.height), 255)
two = [Style(image=night, mask=mask), Style(image=paintings["woodcut"])]
divided, _ = paint(two, SIZE_PX, STEPS)
show(sheet([("mask", mask.convert("RGB")), ("night | woodcut", divided)], columns=2,
           width_px=240))  # fmt: skip
half = divided.width // 2
left = divided.crop((0, 0, half, divided.height))
right = divided.crop((half, 0, divided.width, divided.height))
assert distance(left, right) > distance(
    photograph.crop((0, 0, 500, 750)), photograph.crop((500, 0, 1000, 750))
)

# %% [markdown]
# ## In one pass: the 26 styles that a small network knows by heart

# %%
fast_options = FastOptions(size_px=SIZE_PX)
known = [
    (
        f"builtin:{number}",
        fast_engine.stylize(
            photograph, [FastStyle(pack=fast_engine.builtin(number))], fast_options
        ),
    )
    for number in range(26)
]
show(sheet(known, columns=7, width_px=100))
assert len({each.tobytes() for _, each in known}) == 26

# %% [markdown]
# ## In one pass: any painting at once
#
# A second network looks at the painting and tells the first one how to paint.

# %%
at_once = [
    (name, fast_engine.stylize(photograph, painting, fast_options))
    for name, painting in paintings.items()
]
show(sheet(at_once, columns=5, width_px=140))
assert len({each.tobytes() for _, each in at_once}) == len(paintings)

# %% [markdown]
# ## A style of your own, trained here
#
# The small network that knows 26 styles learns one more, from the nearest of them on:
# pieces of photographs in, VGG19's losses against the painting, Adam. A judge looks at
# photographs that are never learnt from; the best step by its numbers is kept.

# %%
import time

from worker.engine.datasets import open_dataset
from worker.engine.training import TrainingControls, TrainingEngine, TrainingOptions

training_options = TrainingOptions(
    steps=500,
    crop_px=64 if FAST else 128,
    batch_size=1 if FAST else 2,
    learning_rate=0.002 if FAST else None,
)
controls = TrainingControls()
totals = []
began_s = time.monotonic()
for step in TrainingEngine.load().train(
    paintings["woodcut"], open_dataset("builtin"), training_options, controls=controls
):
    if step.losses:
        totals.append(step.losses.total)
    controls.is_finishing = time.monotonic() - began_s > TRAINED_S and len(totals) >= 12
show(step.best_samples())
show(curve([totals], "total loss of each step, on ever other pieces"))
print(f"{step.step} steps from {step.started_from}")
for point in step.curve:
    print(f"step {point.step}: style error {point.score.style_error:.3f}, "
          f"edges {point.score.edge_correlation:.2f}")  # fmt: skip
assert step.is_last
assert len(totals) == step.step
assert step.best.score.style_error < step.curve[0].score.style_error
assert step.best.score.edge_correlation > 0.25

# %% [markdown]
# ## Steering: change your mind while it is painted
#
# What is changed holds from the next step on. Up to there the two are the same.

# %%
from worker.engine import Controls

asked = StylizeOptions(size_px=STUDY_PX, steps=STUDY_STEPS, preset="draft", seed=0)


def painted_with(**changes):
    """Return picture and losses; changes are asked for after the second step."""
    steering, seen = Controls(), []
    steps = engine.stylize(
        photograph, night, asked, controls=steering, report_interval_s=0
    )
    for step in steps:
        seen.append(step.losses.total)
        if len(seen) == 2 and changes:
            steering.change(**changes)
        picture = step.picture() if step.is_last else None
    return picture, seen


plain, plain_losses = painted_with()
weaker, weaker_losses = painted_with(style_strength=0.1)
show(sheet([("as it was", plain), ("style_strength 0.1 from step 3 on", weaker)],
           columns=2, width_px=240))  # fmt: skip
assert weaker_losses[:2] == plain_losses[:2]
assert weaker_losses[2:] != plain_losses[2:]
assert (
    judge(photograph, night, weaker, vgg_weights).content_error
    < judge(photograph, night, plain, vgg_weights).content_error
)

# %% [markdown]
# ## Video: paint that sticks to what moves
#
# A clip made of one photograph, panned. Each frame is painted by the fast network; most
# of a picture is then carried on from the one before, along the motion that is found.
# The error compares each picture with the last one, moved along.

# %%
import numpy as np

from worker.engine.video.painter import VideoOptions, painted


class EachAlone:
    """Paints frames in one pass of the fast network."""

    holds = False  # pictures are mixed with what is carried on

    def ground(self, frame):
        """Return the picture of a frame."""
        options = FastOptions(size_px=max(frame.shape))
        style = [FastStyle(image=paintings["glass"])]
        return np.asarray(fast_engine.stylize(Image.fromarray(frame), style, options))

    def paint(self, frame, _):
        """Return the same; there are no steps to be seen."""
        yield from ()
        return self.ground(frame)


frames = [
    np.asarray(photograph.crop((6 * k, 0, 6 * k + 800, 600)).resize((192, 144)))
    for k in range(CLIP_FRAMES)
]
clip = [*painted(iter(frames), EachAlone(), VideoOptions(temporal_strength=0.7))]
shot = clip[-1].state.shots[-1]
names = ("error", "source", "sharpness", "share", "alone")
numbers = dict(zip(names, shot.sums[:5], strict=True))
print({name: round(value / shot.pairs, 3) for name, value in numbers.items()})
named = [(f"frame {k}", Image.fromarray(each.picture)) for k, each in enumerate(clip)]
show(sheet([named[0], named[len(named) // 2], named[-1]], columns=3, width_px=192))
assert len(clip) == CLIP_FRAMES
assert numbers["error"] < 0.8 * numbers["alone"], "steadier than each frame alone"

# %% [markdown]
# ## Point clouds
#
# A ring of points. Views of it are painted by the fast network, and each point gets the
# colour that explains all views best.

# %%
from worker.cloudfile.formats import read_cloud
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.pointcloud.job import CloudJob
from worker.engine.pointcloud.options import CloudOptions
from worker.engine.pointcloud.quick import paint_quickly

along, around = np.random.default_rng(0).uniform(0, 2 * np.pi, (2, 6000))
breadth = 1 + 0.4 * np.cos(around)
places = (breadth * np.cos(along), breadth * np.sin(along), 0.4 * np.sin(around))
shades = 127 + 120 * np.stack([np.cos(3 * along), np.sin(2 * around), np.sin(along)])
head = ["ply", "format ascii 1.0", f"element vertex {len(along)}",
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {color}" for color in ("red", "green", "blue")),
        "end_header"]  # fmt: skip
rows = [
    f"{x:.4f} {y:.4f} {z:.4f} {r} {g} {b}"
    for x, y, z, r, g, b in zip(*places, *shades.astype(int), strict=True)
]
cloud = read_cloud("\n".join([*head, *rows, ""]).encode())
painting = [paintings["glass"]]
cloud_job = CloudJob(
    cloud=cloud,
    style_images=painting,
    style_weights=[1.0],
    options=CloudOptions(mode="quick", views=VIEWS, view_px=128),
    hyperparameters=HYPERPARAMETERS,
    check=lambda: None,
    changes=lambda _: {},
    is_finishing=lambda: False,
)
style_of_views = [FastStyle(image=paintings["glass"])]
*_, last_view = paint_quickly(
    cloud_job,
    lambda view: fast_engine.stylize(view, style_of_views, FastOptions(size_px=128)),
)
ring = last_view.result
show(sheet([("as it came", ring.before[0]), ("painted", ring.after[0])], columns=2,
           width_px=200))  # fmt: skip
assert (ring.points, ring.gaussians) == (6000, False)
assert ring.recolored > 5000
assert len(read_cloud(ring.content)) == 6000

# %% [markdown]
# ## The same through HTTP
#
# The service queues the job, a worker paints, the client follows. The client speaks
# HTTP only: the service may be anywhere. If `IMPASTO_URL` names none, one is started
# here, on a free port, and stopped at the end of the cell.

# %%
from contextlib import nullcontext

from rich.console import Console

from app.client import ImpastoClient
from app.demo import service_for_one_picture

scratch = Path(tempfile.mkdtemp(prefix="impasto-notebook-"))
own = service_for_one_picture(scratch / "service.log", Console(quiet=True))
with (
    nullcontext(SERVICE_URL) if SERVICE_URL else own as url,
    ImpastoClient(url) as client,
):
    content_path = EXAMPLES / "contents" / "harbour.jpg"
    job = client.submit(
        content_path,
        style_ids=[client.styles()[0].id],
        params={"engine": "fast", "size": SIZE_PX},
    )
    for seen in client.watch(job.id):
        print(seen.status)
    client.save(job.id, scratch / "fast.png")

    params = {"size": STUDY_PX, "steps": STUDY_STEPS, "preset": "draft", "seed": 0}
    job = client.submit(
        content_path, [EXAMPLES / "styles" / "woodcut.jpg"], params=params
    )
    seen = [*client.watch(job.id)][-1]
    client.save(job.id, scratch / "optimized.png")
    loss_points = client.losses(job.id).data
    datasets = client.datasets()

by_http = [
    ("engine=fast", Image.open(scratch / "fast.png").convert("RGB")),
    ("engine=optimize", Image.open(scratch / "optimized.png").convert("RGB")),
]
show(sheet(by_http, columns=2, width_px=240))
print("losses by step:", [round(point.total, 3) for point in loss_points][:8])
print("for trainings:", [(each.name, each.pictures) for each in datasets])
assert seen.status == "succeeded"
assert max(by_http[0][1].size) == SIZE_PX
assert loss_points
assert datasets[0].name == "builtin"

# %% [markdown]
# ## How a picture is judged
#
# Nine numbers, each blind to something that another sees: read them together, and look
# at the picture. The layers are others than those that are optimized.

# %%
judged = {
    "the photograph": photograph,
    "the painting": night,
    "optimized": first,
    "one pass": dict(at_once)["night"],
}
reports = {
    name: judge(photograph, night, picture, vgg_weights)
    for name, picture in judged.items()
}
columns = ("style_error_shallow", "style_error_deep", "palette_distance",
           "content_error", "edge_correlation")  # fmt: skip
print(f"{'':16}" + "".join(f"{name:>21}" for name in columns))
for name, report in reports.items():
    values = "".join(f"{getattr(report, column):21.3f}" for column in columns)
    print(f"{name:16}{values}")
plain = reports["the photograph"]
assert reports["optimized"].style_error_shallow < plain.style_error_shallow
assert plain.content_error < 0.01
assert reports["the painting"].style_error_deep < 0.01

# %% [markdown]
# ## Where each knob is in the API
#
# | here | `POST /v1/jobs`, `impasto submit` |
# | --- | --- |
# | `size_px` | `size`, `--size` |
# | `steps`, `preset` | `steps`, `preset` |
# | `style_strength`, `content_strength` | the same |
# | `style_scale` | the same |
# | `color` | the same: `style`, `content`, `matched` |
# | `Style(mask=...)` | a file `mask` for each style |
# | `Style(weight=...)` | `style_weights` |
# | `FastEngine` | `engine=fast`; `preset=quick` adds some optimizer steps |
# | a built-in painting | `style_id`; `GET /v1/styles` lists them |
#
# `GET /v1/capabilities` has all of them with their bounds, `docs/parameters.md` says
# what each does.

# %%
from app.contract.kinds.image.parameters import StyleTransferParameters

knobs = {"size", "steps", "preset", "style_strength", "content_strength",
         "style_scale", "color", "style_weights"}  # fmt: skip
assert knobs <= set(StyleTransferParameters.model_fields)
print(f"{len(StyleTransferParameters.model_fields)} parameters in all")
