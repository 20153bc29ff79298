"""Judging: what an archive means, and what its hits weigh now that this is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from dunnage.engine.owner import Placed, said
from dunnage.engine.plan import Plan
from dunnage.errors import ArchiveError
from dunnage.model import Adapter, Artifact, Hit, Listing
from dunnage.rules import Rule

Tell = Callable[["str | None", str], None]
"""Takes a problem: the entry, or None for the archive, and what is wrong."""

Inside = Callable[["str | None"], "Artifact | None"]
"""Gives the package that a path lies in, where it is not the artifact itself."""


class Unweighed(Struct, frozen=True):
    """The facts of a hit in an archive without a meaning: the hit as it was, for what holds it."""

    hit: Hit


def plain_artifact(listing: Listing) -> Artifact:
    """An archive that no adapter gives a meaning."""
    return Artifact("archive", listing.format, "", "", {}, listing)


def meaning(listing: Listing, adapters: Sequence[Adapter], tell: Tell) -> Artifact:
    """What the adapter that is surest makes of the archive."""
    scores = [(_score(adapter, listing, tell), adapter) for adapter in adapters]
    best = max((score for score, _ in scores), default=0)
    chosen = [adapter for score, adapter in scores if score == best and best > 0]
    if len(chosen) > 1:
        names = " and ".join(adapter.name for adapter in chosen)
        tell(None, f"{names} both claim it with the same certainty")
    if len(chosen) == 1:
        try:
            artifact = chosen[0].read(listing)
        except ArchiveError as error:
            tell(None, str(error))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - an adapter is foreign code
            name = f"{chosen[0].name}: {type(error).__name__}: {error}"
            tell(None, f"the manifest could not be read: {name}")
        else:
            for flaw in artifact.problems:
                tell(flaw.path, flaw.message)
            return artifact
    return plain_artifact(listing)


def _score(adapter: Adapter, listing: Listing, tell: Tell) -> int:
    try:
        return adapter.match(listing)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - an adapter is foreign code
        tell(None, f"{adapter.name} failed: {type(error).__name__}: {error}")
        return 0


def judged(
    placed: Sequence[Placed], artifact: Artifact, inside: Inside, plan: Plan, tell: Tell
) -> list[Placed]:
    """The hits as their rules weigh them in this artifact, or in the package installed in it that
    ``inside`` gives for a path; and what rules say of the artifact itself."""
    kept = []
    for item in placed:
        rule = plan.rules.get(item.rule)
        if rule is None:
            continue
        # What has no meaning of its own is a part of what holds it, which is not known yet.
        if rule.ecosystems and artifact.ecosystem not in (*rule.ecosystems, "archive"):
            continue
        hit = item.hit
        facts = None
        if rule.weigh is not None:
            package = inside(item.path) or artifact
            if rule.reweigh and package.ecosystem == "archive":
                facts = Unweighed(hit)
            try:
                weighed = _weighed(rule, hit, package)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a rule is foreign code
                tell(None, f"{rule.id} failed: {type(error).__name__}: {error}")
                continue
            if weighed is None:
                continue
            hit = weighed
        kept.append(
            replace(item, hit=replace(hit, facts=facts))
            if hit is not item.hit or hit.facts
            else item
        )
    for rule in plan.artifact:
        if rule.ecosystems and artifact.ecosystem not in rule.ecosystems:
            continue
        hits = said(rule, partial(tell, None), artifact)
        kept += [Placed(rule.id, hit, hit.entry) for hit in hits]
    return kept


def again(rule: Rule, hit: Hit, artifact: Artifact, holder: Artifact) -> Hit | None:
    """A hit in an archive without a meaning, as its rule weighs it in what holds that archive. One
    compressed file lies in the holder's folders, other archives have their own. The sources in a
    source map are no files of the holder."""
    outermost = holder.ecosystem == "archive" or artifact.kind == "source-map"
    if not isinstance(hit.facts, Unweighed) or rule.weigh is None or outermost:
        return replace(hit, facts=None) if hit.facts else hit
    if len(artifact.index) != 1:
        holder = replace(holder, listing=artifact.listing, root="")
    try:
        weighed = _weighed(rule, hit.facts.hit, holder)
    except (Exception, SystemExit):  # noqa: BLE001 - a rule is foreign code; it said what it thinks before
        weighed = hit
    return None if weighed is None else replace(weighed, facts=None)


def _weighed(rule: Rule, hit: Hit, artifact: Artifact) -> Hit | None:
    """A hit as its rule weighs it; None where it is dropped. Raises whatever the rule does, and
    TypeError for what is no Hit."""
    weighed = hit if rule.weigh is None else rule.weigh(hit, artifact)
    if weighed is not None and not isinstance(weighed, Hit):
        raise TypeError(f"it gave {weighed!r}, which is no Hit")
    return weighed
