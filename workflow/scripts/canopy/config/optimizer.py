"""How long and how fast a network trains, and which of its weights are kept."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from canopy.config.base import Count, Positive, Section, Share

Settled = Literal["float32", "bfloat16", "float16"]
Precision = Literal["auto", Settled]


class Optimizer(Section):
    """AdamW under a schedule of learning rates, and averaged weights."""

    epochs: Count = 70
    """Passes over the true-positive boxes."""
    least_steps: Annotated[int, Field(ge=0)] = 500
    """Steps that a training takes at the least: with few boxes, an epoch visits each more often."""
    batch_size: Count = 16
    """Windows per step."""
    learning_rate: Positive = 3.0e-3
    """Peak learning rate; exp_range, which falls from the first step, stays below it."""
    schedule: Literal["warmup_cosine", "triangular", "exp_range", "sgdr", "constant"] = "warmup_cosine"
    """How the rate moves: up, then down half a cosine; up and down in cycles, at one height or at falling ones; down
    half a cosine again and again; not."""
    warmup_share: Share = 0.25
    """warmup_cosine: share of the steps over which the rate climbs to its peak."""
    lowest_share: Share = 0.0
    """Lowest rate of any schedule, as a share of the peak."""
    cycles: Annotated[int, Field(ge=1, le=100)] = 4
    """triangular, exp_range, sgdr: cycles in the whole training."""
    cycle_decay: Annotated[float, Field(gt=0, le=1)] = 0.5
    """exp_range, sgdr: each cycle's peak over that of the cycle before."""
    cycle_growth: Annotated[float, Field(ge=1, le=10)] = 1.0
    """sgdr: each cycle's length over that of the cycle before."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """Decoupled weight decay."""
    average: Literal["ema", "swa", "none"] = "ema"
    """The weights that are kept: an exponential moving average, the plain mean of the last ones, or those of the last
    step."""
    average_decay: Annotated[float, Field(gt=0, lt=1)] = 0.99
    """ema: decay per step."""
    average_share: Annotated[float, Field(gt=0, le=1)] = 0.25
    """swa: share of the steps, at the training's end, whose weights are averaged."""
    clip_norm: Positive = 5.0
    """Gradients are scaled down to this global norm."""
    precision: Precision = "auto"
    """What the network computes in during training: `bfloat16` is faster on processors that have it (AVX512-BF16, AMX;
    there the convolutions alone) and on GPUs since NVIDIA's Ampere, `float16` on those before (with a scaled loss; on a
    processor it means float32). `auto` is bfloat16 on a processor that has it, for a network with two-dimensional
    convolutions, else float32. Weights, logits and the loss stay in float32."""

    @model_validator(mode="after")
    def _room_for_cycles(self) -> "Optimizer":
        if self.schedule in ("triangular", "exp_range", "sgdr") and self.cycles > self.epochs:
            raise ValueError(f"{self.cycles} cycles do not fit into {self.epochs} epochs; give fewer cycles")
        return self
