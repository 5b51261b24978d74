"""`python -m core benchmark speed`: how long the models' LiteRT files take, one face at a time."""

import argparse
import sys

from core.cli.arguments import add_flag, add_measured, add_rounds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_measured(parser, "all")
    add_rounds(parser, "file")
    add_flag(parser, "--save", "keep the times as benchmark.json in the model folders")


def run(options: argparse.Namespace) -> int:
    """Measure and print."""
    from core.cli.benchmark.tables import speed_table
    from core.evaluation.speed import FILES, machine_name, measure_times, save_speed
    from core.model.store import ModelStore

    store = ModelStore(options.models)
    files, sizes = {}, {}
    for name in options.names or store.names():
        size = store.metadata(name).crop.size
        for key, file in FILES.items():
            if (path := options.models / name / file).is_file():
                files[name, key], sizes[name, key] = path, size
    if not files:
        store.default_name()  # says where there is no model at all
        print(f"error [not_loadable]: None of the models has a {' or '.join(FILES.values())}.", file=sys.stderr)
        return 1
    times = measure_times(files, sizes, options.rounds)
    print(speed_table(times, machine_name(), options.rounds, markdown=options.markdown))
    if options.save:
        for name in {name for name, _ in times}:
            own = {key: value for (model, key), value in times.items() if model == name}
            save_speed(options.models / name, own)
    return 0
