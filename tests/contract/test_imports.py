"""What may import what, how long a file may be, where files stand, and what serving must do without."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Rooms from the ground up: each imports only what stands before it.
LAYERS = (
    "core.vision",
    "core.model",
    "core.classify",
    "core.video",
    "core.explain",
    "core.batch",
    "core.data",
    "core.training",
    "core.export",
    "core.evaluation",
    "core.report",
    "core.ui",
    "core.benchmark",
)
# What lies beside the rooms imports nothing of ours but its like.
NO_LEAVES = ("core", "core.__main__", "core.cli")
LEAF = -1
# More than this needs a reason, said here: module -> why.
MAX_FILE_LINES = 300
LONG_FILES: dict[str, str] = {}
MAX_FUNCTION_LINES = 50
TENSORFLOW = {"tensorflow", "keras"}
HEAVY = {"pandas", "sklearn", "scipy", "altair", "matplotlib", "pyarrow"}


def sources() -> list[Path]:
    """Every Python file of the project."""
    folders = (ROOT / "core", ROOT / "pages", ROOT / "tools", ROOT / "tests")
    return [ROOT / "streamlit_app.py", *(path for folder in folders for path in sorted(folder.rglob("*.py")))]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, *, everywhere: bool) -> Iterator[str]:
    """Full names of what a file imports: `from a import b` counts as a and a.b.

    Args:
        path: The file.
        everywhere: False for what runs on import alone: not in functions or under TYPE_CHECKING.
    """
    for node in _nodes(ast.parse(path.read_text(encoding="utf-8")), everywhere=everywhere):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _nodes(node: ast.AST, *, everywhere: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not everywhere and (
            isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test))
        ):
            continue
        yield child
        yield from _nodes(child, everywhere=everywhere)


def layer_of(module: str) -> int | None:
    """Rank of a module among the layers, `LEAF` for files of `core` itself, None for what has no rank."""
    name = ".".join(module.split(".")[:2])
    if name.startswith("core.") and name not in NO_LEAVES and (ROOT / "core" / f"{name[5:]}.py").is_file():
        return LEAF
    return next((rank for rank, layer in enumerate(LAYERS) if f"{module}.".startswith(f"{layer}.")), None)


PRODUCT = {module_name(path): path for path in sources() if "tests" not in path.relative_to(ROOT).parts}


def named_in_strings(path: Path) -> Iterator[str]:
    """Our modules that a file names in a string by itself, as `import_module` and `python -m` take them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in PRODUCT:
            yield node.value


def test_imports_only_go_down() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, path in PRODUCT.items()
        for imported in (*imports(path, everywhere=True), *named_in_strings(path))
        if goes_up(module, imported)
    ]
    assert wrong == []


def test_every_module_has_a_room() -> None:
    inside = (module for module in PRODUCT if module.startswith("core.") and not module.startswith(NO_LEAVES[1:]))
    assert [module for module in inside if layer_of(module) is None] == []


def test_two_files_of_one_prefix_are_a_package() -> None:
    prefixes = Counter(
        f"{path.parent.relative_to(ROOT)}/{path.stem.split('_')[0]}_"
        for path in PRODUCT.values()
        if not path.stem.startswith("_")
    )
    assert [prefix for prefix, count in prefixes.items() if count > 1] == []


def goes_up(module: str, imported: str) -> bool:
    rank, target = layer_of(module), layer_of(imported)
    if rank is None:  # the command line, tools, pages, the entry
        return module.startswith(("core.cli", "tools")) and imported.startswith("core.ui")
    if rank == LEAF:
        return imported.startswith("core.") and target != LEAF
    outside = imported.startswith(("core.cli", "tools", "pages", "streamlit_app"))
    return outside or (target is not None and target > rank)


def users_of(packages: set[str], modules: tuple[str, ...], *, everywhere: bool) -> list[str]:
    """Modules whose names begin with one of `modules` and that import one of the packages."""
    return [
        module
        for module, path in PRODUCT.items()
        if module.startswith(modules)
        and any(imported.split(".")[0] in packages for imported in imports(path, everywhere=everywhere))
    ]


def test_streamlit_belongs_to_the_interface() -> None:
    users = users_of({"streamlit"}, ("core",), everywhere=True)
    assert [module for module in users if not module.startswith("core.ui")] == []


def test_tensorflow_is_imported_late() -> None:
    assert users_of(TENSORFLOW, ("core", "pages", "streamlit_app"), everywhere=False) == []


def test_serving_is_light() -> None:
    serving = ("core.vision", "core.model", "core.classify", "core.video", "core.explain", "core.batch", "core.cli")
    leaves = tuple(module for module in PRODUCT if layer_of(module) == LEAF)
    assert users_of(HEAVY, (*serving, *leaves), everywhere=False) == []


def test_files_and_functions_stay_short() -> None:
    long = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > MAX_FILE_LINES and module_name(path) not in LONG_FILES:
            long.append(f"{module_name(path)} has {len(text.splitlines())} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    long.append(f"{module_name(path)}.{node.name} has {lines} lines")
    assert long == []


def run_python(program: str, *arguments: str) -> str:
    """Output of a program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_core_imports_without_streamlit() -> None:
    run_python(
        "import importlib, pkgutil, sys; sys.modules['streamlit'] = None; import core\n"
        "for found in pkgutil.walk_packages(core.__path__, 'core.'):\n"
        "    if not found.name.startswith(('core.ui', 'core.__main__')): importlib.import_module(found.name)\n"
    )


def test_serving_on_litert_works_without_tensorflow(sample_paths: list[Path]) -> None:
    absent = "import sys; sys.modules.update(dict.fromkeys(('tensorflow', 'keras', 'streamlit')))\n"
    program = (
        "from core import Classifier; classifier = Classifier.load()\n"
        "result = classifier.classify(sys.argv[1]); print(result.status, classifier.model.engine.name)"
    )
    assert run_python(absent + program, str(sample_paths[0])).split()[:2] == ["ok", "LiteRT"]


def test_the_command_line_answers_without_a_heavy_library(sample_paths: list[Path]) -> None:
    program = (
        "import sys; from core.cli import main; code = main(['classify', sys.argv[1]])\n"
        f"heavy = {sorted(TENSORFLOW | HEAVY | {'streamlit'})}\n"
        "print(code, [name for name in heavy if name in sys.modules])"
    )
    assert run_python(program, str(sample_paths[0])).splitlines()[-1] == "0 []"


def test_a_command_is_imported_only_when_it_is_named() -> None:
    program = (
        "import sys; from core.cli import COMMANDS, main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in COMMANDS if f'core.cli.{name}' in sys.modules], 'numpy' in sys.modules)"
    )
    assert run_python(program).splitlines()[-1] == "[] False"
