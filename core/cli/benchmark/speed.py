"""`python -m core benchmark speed`: how long the models' LiteRT files take, one face at a time."""

import argparse
import sys
from contextlib import ExitStack

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
    from core.export.target import adding
    from core.model.store import ModelStore

    store = ModelStore(options.models)
    files, sizes, looks = {}, {}, {}
    for name in options.names or store.names():
        metadata = store.metadata(name)
        for key, file in FILES.items():
            if (path := options.models / name / file).is_file():
                files[name, key], sizes[name, key], looks[name, key] = path, metadata.crop.size, metadata.looks
    if not files:
        store.default_name()  # says where there is no model at all
        print(f"error [not_loadable]: None of the models has a {' or '.join(FILES.values())}.", file=sys.stderr)
        return 1
    with ExitStack() as stack:
        writing = {
            name: stack.enter_context(adding(options.models, name, "speed"))
            for name in sorted({name for name, _ in files})
            if options.save
        }
        times = {key: looks[key] * time for key, time in measure_times(files, sizes, options.rounds).items()}
        print(speed_table(times, looks, machine_name(), options.rounds, markdown=options.markdown))
        for name, block in writing.items():
            with block():
                save_speed(options.models / name, {key: time for (model, key), time in times.items() if model == name})
    return 0
