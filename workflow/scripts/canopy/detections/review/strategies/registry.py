"""All strategies, in the order in which they draw: what one has drawn, the next cannot."""

from canopy.detections.review.strategies import diverse, random, stratified, top, uncertain, windows
from canopy.detections.review.strategies.strategy import Strategy

STRATEGIES: tuple[Strategy, ...] = (
    top.STRATEGY,
    uncertain.STRATEGY,
    diverse.STRATEGY,
    stratified.STRATEGY,
    random.STRATEGY,
    windows.STRATEGY,
)
