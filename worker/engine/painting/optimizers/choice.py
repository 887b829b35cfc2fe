"""Which optimizer a job's options ask for."""

from app.contract.painting.choices import OptimizerName
from worker.engine.hyperparameters import Hyperparameters
from worker.engine.options import StylizeOptions
from worker.engine.painting.optimizers.adam import ProjectedAdam
from worker.engine.painting.optimizers.lbfgs import ProjectedLbfgs
from worker.engine.painting.optimizers.optimizer import Optimizer


def optimizer_of(
    options: StylizeOptions, hyperparameters: Hyperparameters
) -> Optimizer:
    """Return one that remembers nothing yet."""
    if options.optimizer is OptimizerName.LBFGS:
        return ProjectedLbfgs(hyperparameters.history)
    return ProjectedAdam(
        hyperparameters.learning_rate, hyperparameters.betas, hyperparameters.averaging
    )
