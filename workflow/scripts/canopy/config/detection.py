"""How framewise scores become detections."""

from typing import Annotated, Literal

from pydantic import Field

from canopy.config.base import Count, Natural, PathText, Section, Seed, Share

Format = Literal[
    "csv",
    "raven",
    "raven_all",
    "audacity",
    "birdnet",
    "kaleidoscope",
    "opensoundscape",
    "label_studio",
    "aoef",
    "whombat",
    "parquet",
    "rfcx",
    "birdclef",
]


class Detection(Section):
    """How framewise scores become detections."""

    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Calibrated probability that a detection reaches, for all species."""
    precision: Annotated[float, Field(gt=0, lt=1)] | None = None
    """A precision of `ensemble/thresholds.csv`: each species' own threshold for it is used; null: `threshold` is."""
    extend: Share = 0.5
    """A detection reaches as far as the probability stays above this share of its threshold (hysteresis)."""
    relative_to_peak: Share = 0.3
    """It ends where the probability falls below this share of its highest one; 0: its peak does not matter."""
    smooth_s: Annotated[float, Field(ge=0)] = 0.0
    """Framewise scores are smoothed by a median over so many seconds; 0: not."""
    merge_gap_s: Annotated[float, Field(ge=0)] = 0.4
    """Detections of a species that are at most so far apart are one."""
    min_duration_s: Annotated[float, Field(ge=0)] = 0.1
    """Shorter detections are dropped."""
    formats: tuple[Format, ...] = ("csv", "raven", "audacity", "birdnet", "parquet", "rfcx", "birdclef")
    """What is written: tables of detections, and recording-level scores (rfcx, birdclef)."""


class Review(Section):
    """Which detections `snakemake review` cuts out for people to judge."""

    top: Natural = 10
    """Detections of each species with the highest probability."""
    uncertain: Natural = 10
    """Of each species, those of the others whose probability is nearest to the threshold, from either side."""
    diverse: Natural = 0
    """Of each species, as many of the next most uncertain ones, chosen so that they are least like each other."""
    stratified: Natural = 0
    """Of each species, the same number of the others from each band of scores, spread over sites, dates and hours."""
    random: Natural = 10
    """Detections of each species drawn at random from what is left."""
    windows: Natural = 0
    """Of each species, windows of all that was scored, from bands of scores: they tell how often it calls."""
    window_s: Annotated[float, Field(ge=0.5, le=60)] = 5.0
    """Seconds of such a window."""
    budget: Count | None = None
    """Clips in all, where the numbers above make more: each is cut by the same share; null: no limit."""
    seed: Seed = 1
    """Seed of the draw."""
    context_s: Annotated[float, Field(ge=0)] = 1.0
    """Seconds of sound before and after a detection in its clip."""
    verdicts: PathText | None = None
    """A file of verdicts that the review page saved, or a folder of such files; null: the review's own folder."""
