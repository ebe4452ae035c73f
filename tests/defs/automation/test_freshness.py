"""How old the newest figures of each publisher may be."""

from orchestration.defs.automation import freshness
from orchestration.settings import Settings
from orchestration.sources.registry import SOURCES


def test_enabled_publishers_have_freshness_policies(settings: Settings) -> None:
    def named(sources: str) -> list[str]:
        return [spec.key.path[-1] for spec in freshness.publishers(settings.model_copy(update={"sources": sources}))]

    assert named("record") == []
    assert named("csd,hkma") == ["csd", "hkma"]
    assert named("live") == list(SOURCES)


def test_window_of_every_publisher_is_wider_than_its_cadence(settings: Settings) -> None:
    longest = {"csd": 36, "idds": 36, "hkma": 5, "world_bank": 36, "comtrade": 36}
    *monthly, timeless = freshness.publishers(settings)
    assert (timeless.key.path[-1], timeless.freshness_policy) == ("unsd", None)
    for spec in monthly:
        warn, fail = freshness.WINDOWS[spec.key.path[-1]]
        assert longest[spec.key.path[-1]] < warn < fail
        assert spec.freshness_policy is not None
