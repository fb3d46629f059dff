"""The report's pictures, each with the text for those who cannot see it."""

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from canopy.report.examples import Example, choose_examples, rank_recordings, scene_of
from canopy.report.plots.bars import plot_cost, plot_weights
from canopy.report.plots.examples import Scene, plot_example
from canopy.report.plots.folds import plot_fold_balance, unevenness_percent
from canopy.report.plots.species import plot_species_scores
from canopy.report.plots.style import note, png, stacked
from canopy.report.plots.training import plot_training_curves
from canopy.report.run import Run
from canopy.report.tables import fold_counts, fold_totals, species_scores
from canopy.runtime.progress import duration


@dataclass(frozen=True)
class Drawing:
    """A PNG picture and its text alternative."""

    png: bytes
    alt: str


def fold_balance(run: Run) -> Drawing:
    """Draw the confirmed boxes of each species in each fold."""
    return _of(plot_fold_balance(fold_counts(run), fold_totals(run)), _fold_balance_alt(run))


def training_curves(run: Run) -> Drawing:
    """Draw the training loss by epoch."""
    return _of(plot_training_curves(run.histories), _training_alt(run))


def species_picture(run: Run) -> Drawing:
    """Draw the headline metric by species."""
    return _of(plot_species_scores(species_scores(run), label=run.headline.title), _species_alt(run))


def ensemble_weights(run: Run) -> Drawing:
    """Draw the experiments' shares in the ensemble."""
    return _of(plot_weights(run.weights), _weights_alt(run))


def cost(run: Run) -> Drawing:
    """Draw the time that each rule's jobs took."""
    return _of(plot_cost(run.cost), _cost_alt(run))


def draw_examples(run: Run, n_examples: int) -> list[tuple[Example, Scene, Drawing]]:
    """Choose examples and draw them, the lowest rank first."""
    found = []
    for example in choose_examples(rank_recordings(run.scores, run.annotations), n_examples):
        scene = scene_of(run, example.recording_id)
        found.append((example, scene, _of(plot_example(scene), _example_alt(example, scene))))
    return found


def sheet(pictures: list[Drawing]) -> bytes:
    """Return all examples in one PNG picture, or one that says that there are none."""
    return stacked([picture.png for picture in pictures]) if pictures else png(note("There are no examples."))


def _of(figure: Figure, alt: str) -> Drawing:
    return Drawing(png(figure), alt)


def _fold_balance_alt(run: Run) -> str:
    about = "Heat map of the number of confirmed boxes of each species (rows) in each fold (columns)."
    uneven = unevenness_percent(fold_counts(run)).abs()
    if not uneven.to_numpy().any():
        return f"{about} All are as even as whole numbers can be."
    row, column = divmod(int(uneven.to_numpy().argmax()), uneven.shape[1])
    name, fold, most = uneven.index[row], uneven.columns[column], uneven.iat[row, column]
    return f"{about} The furthest from an even share is {name} in fold {fold}, by {most:.0f} %."


def _training_alt(run: Run) -> str:
    parts = []
    for name, folds in run.histories.items():
        last = pd.DataFrame([table.iloc[-1] for table in folds.values() if len(table)])
        if len(last):
            low, high = last["loss"].min(), last["loss"].max()
            parts.append(f"{name} ends at a loss of {low:.4f} to {high:.4f} after {int(last['epoch'].max())} epochs")
    return f"Line charts of the training loss by epoch, one line per fold. {'; '.join(parts)}."


def _species_alt(run: Run) -> str:
    rows = species_scores(run)
    rows = rows[(rows["series"] == rows["series"].iloc[0]) & (rows["species"] != "")] if len(rows) else rows
    if rows.empty:
        return "Empty: there are no labels to score species by."
    low, high = rows.loc[rows["value"].idxmin()], rows.loc[rows["value"].idxmax()]
    return (
        f"Dot chart of each species' {run.headline.title} with its interval. "
        f"Lowest: {low['species']} with {low['value']:.3f}; highest: {high['species']} with {high['value']:.3f}. "
        "The table below has all figures."
    )


def _weights_alt(run: Run) -> str:
    parts = [f"{row['experiment']} {row['weight']:.3f}" for row in run.weights.to_dict("records")]
    return f"Bar chart of the experiments' weights in the ensemble: {', '.join(parts)}." if parts else "No ensemble."


def _cost_alt(run: Run) -> str:
    parts = [f"{row['rule']} {duration(row['total_s'])}" for row in run.cost.to_dict("records")]
    return f"Bar chart of the time that each rule's jobs took: {', '.join(parts)}." if parts else "No benchmarks."


def _example_alt(example: Example, scene: Scene) -> str:
    boxes = "; ".join(
        f"{box.species} {'confirmed' if box.confirmed else 'refuted'} from {box.onset_s:.1f} to {box.offset_s:.1f} s"
        for box in scene.boxes
    )
    peaks = ", ".join(f"{curve.species} {curve.probability.max():.2f}" for curve in scene.curves)
    return (
        f"Spectrogram of recording {example.recording_id} with its boxes ({boxes}) above the framewise probabilities, "
        f"which peak at: {peaks}."
    )
