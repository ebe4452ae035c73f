"""The sources, by name: add a publisher here."""

from orchestration.sources import comtrade, csd, hkma, idds, lists, record, unsd, world_bank
from orchestration.sources.connector import Source

# The publishers that are asked over the network.
SOURCES: dict[str, Source] = {
    module.SOURCE.name: module.SOURCE for module in (csd, idds, hkma, world_bank, comtrade, unsd)
}
# With the embedded record, and with the lists that can only be imported.
EVERY_SOURCE = {record.NAME: record.SOURCE, **SOURCES, lists.NAME: lists.SOURCE}
