"""The current release in PostgreSQL, where ENTREPOT_POSTGRES_URL is set."""

from typing import Any, ClassVar

from orchestration.releases import Release
from orchestration.serving.replica import NotSet, Replica


class PostgresReplica(Replica):
    """The release's tables in a PostgreSQL database.

    `orchestration.serving.postgres` is imported when it is used: psycopg takes 0.1 s, and most commands do without.
    """

    NOTHING: ClassVar[dict[str, Any]] = {"release": None, "loaded": None}

    def update(self) -> dict[str, Any]:
        from orchestration.serving import postgres

        loaded = postgres.load(self._url, self.current(), self.settings.postgres_reader)
        return {"place": self.place, "release": loaded.release, "loaded": loaded.at.isoformat()}

    @staticmethod
    def sentence(state: dict[str, Any]) -> str:
        if state["problem"]:
            return f"PostgreSQL: {state['problem']}"
        where = f"PostgreSQL at {state['place']}"
        if state["is_current"]:
            return f"{where} has the current release, {state['release']}, since {state['loaded']}"
        other = f"release {state['release']}, not the current one, {state['current']}" if state["release"] else None
        return f"{where} has {other or 'no release'}; run `entrepot postgres load`"

    def _place(self) -> str:
        if self.settings.postgres_url is None:
            raise NotSet("ENTREPOT_POSTGRES_URL is not set; docs/bi.md says how to give a release to PostgreSQL")
        self._url = self.settings.postgres_url.get_secret_value()
        from orchestration.serving import postgres

        return postgres.place(self._url)

    def _found(self) -> dict[str, Any]:
        from orchestration.serving import postgres

        loaded = postgres.loaded(self._url)
        return {"release": loaded.release, "loaded": loaded.at.isoformat()} if loaded else self.NOTHING

    def _has(self, release: Release) -> bool:
        return bool(self._found()["release"] == release.id)
