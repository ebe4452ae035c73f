"""What is served beside the file: the current release in PostgreSQL, when ENTREPOT_POSTGRES_URL is set.

psycopg is imported only then: it takes 0.1 s.
"""

from typing import Any

from orchestration import releases
from orchestration.settings import Settings


class NotSet(Exception):
    """There is no PostgreSQL to speak of."""


def load(settings: Settings) -> dict[str, Any]:
    """Load the current release, whatever is there. Raises NotSet, NoRelease, PostgresError."""
    url = _url(settings)
    from orchestration.serving import postgres

    release = releases.current_release(settings.current)
    loaded = postgres.load(url, release, settings.postgres_reader)
    return {"place": postgres.place(url), "release": loaded.release, "loaded": loaded.at.isoformat()}


def load_if_other(settings: Settings) -> tuple[str, bool]:
    """Load the current release unless PostgreSQL has it; return its id, and whether it was loaded now.

    Raises NotSet, NoRelease, PostgresError.
    """
    url = _url(settings)
    from orchestration.serving import postgres

    release, loaded = releases.current_release(settings.current), postgres.loaded(url)
    if loaded and loaded.release == release.id:
        return release.id, False
    return postgres.load(url, release, settings.postgres_reader).release, True


def state(settings: Settings) -> dict[str, Any]:
    """Return where PostgreSQL is, which release it has, since when, and whether that is the current one.

    `problem` says why nobody knows, when the server does not answer. Raises NotSet, NoRelease.
    """
    url = _url(settings)
    from orchestration.serving import postgres

    current = releases.current_release(settings.current).id
    state: dict[str, Any] = {"place": postgres.place(url), "current": current, "release": None, "loaded": None}
    try:
        loaded = postgres.loaded(url)
    except postgres.PostgresError as error:
        return {**state, "is_current": False, "problem": str(error)}
    if loaded:
        state |= {"release": loaded.release, "loaded": loaded.at.isoformat()}
    return {**state, "is_current": state["release"] == current, "problem": None}


def sentence(state: dict[str, Any]) -> str:
    """Return the state in a sentence, with what to do if there is anything to do."""
    if state["problem"]:
        return f"PostgreSQL: {state['problem']}"
    if state["release"] is None:
        return f"PostgreSQL at {state['place']} has no release; run `entrepot postgres load`"
    if not state["is_current"]:
        return (
            f"PostgreSQL at {state['place']} has release {state['release']}, not the current one, {state['current']};"
            " run `entrepot postgres load`"
        )
    return f"PostgreSQL at {state['place']} has the current release, {state['release']}, since {state['loaded']}"


def _url(settings: Settings) -> str:
    if settings.postgres_url is None:
        raise NotSet("ENTREPOT_POSTGRES_URL is not set; docs/bi.md says how to give a release to PostgreSQL")
    return settings.postgres_url.get_secret_value()
