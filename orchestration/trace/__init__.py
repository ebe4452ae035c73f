"""From a figure that a mart serves back to the bytes it was read from, and the rules that led from one to the other."""

from orchestration.trace.detail import render_detail, trace_detail
from orchestration.trace.measures import UnknownFigure
from orchestration.trace.provenance import Trace, trace
from orchestration.trace.rendering import render

__all__ = ["Trace", "UnknownFigure", "render", "render_detail", "trace", "trace_detail"]
