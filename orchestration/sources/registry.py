"""The sources, by name: add a publisher here."""

from orchestration.sources import comtrade, csd, hkma, idds, lists, unsd, world_bank
from orchestration.sources.connector import Source

# The publishers that can be asked.
SOURCES: dict[str, Source] = {
    module.SOURCE.name: module.SOURCE for module in (csd, idds, hkma, world_bank, comtrade, unsd)
}
# With those whose files can only be imported.
EVERY_SOURCE = {**SOURCES, lists.SOURCE.name: lists.SOURCE}
