"""``dunnage ls``: what is in the box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import Struct, field

from dunnage.cli.options import InsecureRegistry, Json, NoPlugin, Plugin, split
from dunnage.errors import ExitCode, UsageError
from dunnage.escape import escape

if TYPE_CHECKING:
    from dunnage.engine.listing import Contents, Member
    from dunnage.model import LayerNote

SCHEMA = "dunnage-listing/1"

_DEEPEST = 60


def ls(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET",
            help="What `dunnage check` takes: a file, a folder, - or an image.",
            show_default=False,
        ),
    ],
    layer: Annotated[
        int | None,
        typer.Option("--layer", metavar="N", help="Of an image, list the files of this layer."),
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Show folders as a tree, with sizes.")
    ] = False,
    json: Json = False,
    platform: Annotated[
        str | None,
        typer.Option(metavar="OS/ARCH", help="Of an image for several platforms, only this one."),
    ] = None,
    insecure_registry: InsecureRegistry = None,
    max_depth: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="How deep archives inside archives are opened."),
    ] = 8,
    plugin: Plugin = None,
    no_plugin: NoPlugin = None,
) -> int:
    """List the files of an artifact, of archives inside it, or the layers of an image.

    \b
    Examples:
      dunnage ls dist/x-1.0.tgz
      dunnage ls myapp:latest
      dunnage ls myapp:latest --layer 3 --tree
    """
    from dunnage.archives import Limits
    from dunnage.cli.choices import Choices
    from dunnage.cli.listings import say, say_json
    from dunnage.cli.terminal import tell
    from dunnage.engine.listing import contents
    from dunnage.report.places import place

    choices = Choices(
        plugin=plugin or (),
        no_plugin=split(no_plugin),
        limits=Limits(max_depth=max_depth),
        platform=platform,
        insecure_registry=split(insecure_registry),
    )
    plugins = choices.plugins()
    documents: list[dict[str, Any]] = []
    incomplete = False
    for number, found in enumerate(contents(targets, choices.settings(plugins), plugins)):
        members = found.members
        if layer is not None:
            members = _of_layer(found, layer)
        if json:
            documents.append(_document(found, members))
        elif tree:
            say([*([""] if number else []), *_tree(found, members)])
        elif layer is None and found.artifact.layers:
            say([*([""] if number else []), *_layers(found)])
        else:
            say([*([""] if number else []), *_rows(found, members)])
        for problem in found.problems:
            incomplete = True
            tell(f"not looked at: {place(problem)}: {problem.message}")
    if json:
        say_json({"schema": SCHEMA, "targets": documents})
    return ExitCode.INCOMPLETE if incomplete else ExitCode.CLEAN


def _of_layer(found: Contents, number: int) -> list[Member]:
    there = sorted({layer.index for layer in found.artifact.layers})
    if number not in there:
        known = f"it has {there[0]} to {there[-1]}" if there else "it is no image"
        raise UsageError(f"{found.target}: there is no layer {number}; {known}")
    return [member for member in found.members if member.layer and member.layer.index == number]


def _heading(found: Contents) -> str:
    from dunnage.amounts import amount, counted

    artifact = found.artifact
    words = [artifact.ecosystem, artifact.kind, artifact.name, artifact.version]
    what = " ".join(escape(word) for word in words if word)
    return (
        f"{escape(found.target)}  ({what})  {counted(found.files, 'file')}, {amount(found.bytes)}"
    )


def _rows(found: Contents, members: Sequence[Member]) -> Iterator[str]:
    yield _heading(found)
    widest = max((len(f"{member.facts.size:,}") for member in members), default=0)
    several = len({member.layer.digest for member in members if member.layer is not None}) > 1
    last = None
    for member in members:
        facts = member.facts
        if several and member.layer is not None and member.layer != last:
            last = member.layer
            of = f" of {escape(', '.join(last.images))}" if last.images else ""
            yield f"layer {last.index}{of}:"
        link = f" -> {escape(facts.link)}" if facts.link is not None else ""
        size = f"{facts.size:>{widest},}"
        yield f"{facts.kind.value:8}  {size}  {facts.mode:04o}  {_path(member)}{link}"


def _layers(found: Contents) -> Iterator[str]:
    """The layers of an image: number, size, files, digest, the instruction that made them."""
    from dunnage.amounts import amount
    from dunnage.cli.listings import table
    from dunnage.report.places import instruction

    yield _heading(found)
    sizes: dict[tuple[int, str], tuple[int, int]] = {}
    for member in found.members:
        if member.layer is not None:
            key = (member.layer.index, member.layer.digest)
            files, size = sizes.get(key, (0, 0))
            sizes[key] = (files + 1, size + member.facts.size)
    layers = found.artifact.layers
    images = {image: None for layer in layers for image in layer.images}
    several = ["images"] if len(images) > 1 else []
    rows = [["layer", "entries", "bytes", "digest", *several, "instruction"]]
    for layer in layers:
        files, size = sizes.get((layer.index, layer.digest), (0, 0))
        base = " (base image)" if layer.base else ""
        line = instruction(_note(layer), most=100) + base
        users = "all" if len(layer.images) == len(images) else ", ".join(layer.images)
        row = [str(layer.index), f"{files:,}", amount(size), _short(layer.digest)]
        rows.append([*row, *([users] if several else []), line])
    yield from table(rows)
    yield "`dunnage ls --layer N` lists the files of one"


def _short(digest: str) -> str:
    return digest.partition(":")[2][:12] or digest


def _note(layer: Any) -> LayerNote:
    from dunnage.model import LayerNote

    return LayerNote(layer.index, layer.digest, layer.created_by, layer.base, layer.images)


def _path(member: Member) -> str:
    from dunnage.report.places import ARROW

    return ARROW.join(escape(step) for step in (*_steps(member), member.path))


def _steps(member: Member) -> tuple[str, ...]:
    """The containers of a member; a layer's files begin at the image's root."""
    if member.layer is None:
        return member.trail
    from dunnage.report.places import LAYER_FILE

    return tuple(step for step in member.trail if not LAYER_FILE.search(step))


def _document(found: Contents, members: Sequence[Member]) -> dict[str, Any]:
    artifact = found.artifact
    return {
        "target": escape(found.target),
        "ecosystem": escape(artifact.ecosystem),
        "kind": escape(artifact.kind),
        "name": escape(artifact.name),
        "version": escape(artifact.version),
        "files": found.files,
        "bytes": found.bytes,
        "layers": [
            {
                "index": layer.index,
                "digest": escape(layer.digest),
                "created_by": None if layer.created_by is None else escape(layer.created_by),
                "base": layer.base,
                "images": [escape(image) for image in layer.images],
            }
            for layer in artifact.layers
        ],
        "entries": [_entry(member) for member in members],
        "problems": [
            {
                "trail": [escape(step) for step in problem.trail],
                "path": None if problem.path is None else escape(problem.path),
                "message": escape(problem.message),
            }
            for problem in found.problems
        ],
    }


def _entry(member: Member) -> dict[str, Any]:
    from dunnage.report.json import shown_path

    facts = member.facts
    return {
        "trail": [escape(step) for step in member.trail],
        **shown_path(member.path, None),
        "kind": facts.kind.value,
        "size": facts.size,
        "mode": f"{facts.mode:04o}",
        "link": None if facts.link is None else escape(facts.link),
        "layer": None if member.layer is None else member.layer.index,
    }


class _Node(Struct):
    """A folder, a file, or an archive with what lies in it. ``size`` is a file's own, or the sum
    of a folder's."""

    size: int = 0
    note: str = ""
    inside: dict[str, _Node] = field(default_factory=dict)


def _tree(found: Contents, members: Sequence[Member]) -> Iterator[str]:
    from dunnage.report.places import instruction

    root = _Node()
    shown = {(each.layer.index, each.layer.digest) for each in members if each.layer is not None}
    alike = Counter(index for index, _ in shown)
    layers: dict[tuple[int, str], _Node] = {}
    for layer in found.artifact.layers:
        key = (layer.index, layer.digest)
        if key in shown and key not in layers:
            of = f" of {', '.join(layer.images)}" if alike[layer.index] > 1 else ""
            name = f"layer {layer.index}{of}"
            layers[key] = _below(root, name if name not in root.inside else f"{name}, {key[1]}")
            layers[key].note = f"  {instruction(_note(layer))}".rstrip()
    for member in members:
        above = [root]
        if member.layer is not None:
            known = layers.get((member.layer.index, member.layer.digest))
            above.append(known or _below(root, f"layer {member.layer.index}"))
        for step in _steps(member):
            for part in _parts(step):
                above.append(_below(above[-1], part))
            above = above[-1:]  # what is inside an archive does not make its folders larger
        for part in _parts(member.path):
            above.append(_below(above[-1], part))
        for node in above[1:] if _steps(member) else above:
            node.size += member.facts.size
        if member.facts.link is not None:
            above[-1].note = f" -> {escape(member.facts.link)}"
    yield _heading(found)
    yield from _branches(root)


def _below(node: _Node, name: str) -> _Node:
    return node.inside.setdefault(name, _Node())


def _parts(path: str) -> list[str]:
    """The components of a path; beyond a depth that no honest one has, the rest as one."""
    parts = [part for part in path.split("/") if part] or ["/"]
    return parts if len(parts) <= _DEEPEST else [*parts[:_DEEPEST], "/".join(parts[_DEEPEST:])]


def _branches(root: _Node) -> Iterator[str]:
    """The lines of a tree. Without recursion: archives in archives add up to any depth."""
    from dunnage.amounts import amount

    stack = [("", iter(root.inside.items()), len(root.inside))]
    while stack:
        lead, nodes, left = stack.pop()
        for name, node in nodes:
            left -= 1
            corner, below = ("└── ", "    ") if left == 0 else ("├── ", "│   ")
            yield f"{lead}{corner}{escape(name)}  {amount(node.size)}{node.note}"
            if node.inside:
                stack.append((lead, nodes, left))
                stack.append((lead + below, iter(node.inside.items()), len(node.inside)))
                break
