# What jobs take as input, by functions that the rules share.


def dataset_files(*names):
    """Return files of the dataset for a job to wait for: those that the workflow makes.

    Jobs depend on what these files say, by fingerprint, and neither on their times nor on their place.
    """
    return [ancient(f"{DATA}/{name}") for name in names if name and GENERATED]


def shard_arrays(features, subset, suffix=".npy"):
    shards = planned(PLAN.recordings.shards, subset)
    return [f"{RESULTS}/features/{features}/{subset}/{shard}{suffix}" for shard in shards]


def checked_shards(subset, suffix):
    """Return the spectrograms in which `check_data` looks for copies; none where no experiment uses spectrograms."""
    features = PLAN.settings.checked_features()
    return shard_arrays(features, subset, suffix) if features else []


def experiment_shards(suffix, mark=str):
    """Return an input function: the shards that a network trains on or scores; those of train for `oof`.

    Training marks them `ancient`: it depends on its own recordings alone, by fingerprint.
    """

    def shards(wildcards):
        subset = wildcards.get("subset", "train")
        features = PLAN.trained[wildcards.experiment].features
        return [mark(path) for path in shard_arrays(features, "train" if subset == "oof" else subset, suffix)]

    return shards


def unlabelled_shards(wildcards):
    """Return the arrays of recordings without annotations that a student trains on, for training to wait for.

    Their indexes come from the same jobs.
    """
    if not planned(PLAN.teachers.takes_unlabelled, wildcards.experiment):
        return []
    features = PLAN.trained[wildcards.experiment].features
    return [ancient(path) for path in shard_arrays(features, "unlabelled")]


def per_fold(name):
    """Return all folds' files of one experiment and subset."""
    return [f"{RESULTS}/experiments/{{experiment}}/fold{fold}/{name}" for fold in PLAN.folds]


def per_experiment(name):
    return [f"{RESULTS}/experiments/{experiment}/{name}" for experiment in EXPERIMENTS]


def rows_of_folds(wildcards):
    """Return the tables of training rows of a network's held-out folds."""
    return [ancient(f"{RESULTS}/splits/fold{fold}.csv") for fold in held_out_folds(wildcards.fold)]


def pseudo_table(wildcards):
    taught = wildcards.experiment in PLAN.teachers.students
    return [f"{RESULTS}/experiments/{wildcards.experiment}/fold{wildcards.fold}/pseudo.csv"] if taught else []


def taught_by(subsets, suffix):
    """Return an input function: framewise scores of the teacher's networks, those of some subsets."""

    def scores(wildcards):
        return [
            f"{RESULTS}/experiments/{one.experiment}/fold{fold_name(one.held_out)}/{one.subset}/framewise{suffix}"
            for one in planned(PLAN.teachers.scores_for, wildcards.experiment, held_out_folds(wildcards.fold))
            if one.subset in subsets
        ]

    return scores


def per_pair(name):
    """Return a file of each student and each teacher."""
    return [f"{RESULTS}/experiments/{experiment}/{name}" for experiment in PLAN.teachers.pairs]


def background(suffix):
    """Return an input function: all networks' framewise scores of recordings without annotations, by experiment and fold."""

    def scores(wildcards):
        if not planned(PLAN.recordings.has_background):
            return []
        return [
            f"{RESULTS}/experiments/{experiment}/fold{fold}/background/framewise{suffix}"
            for experiment in EXPERIMENTS
            for fold in PLAN.folds
        ]

    return scores
