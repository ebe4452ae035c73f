"""Trace a figure that a mart serves back to the archived bytes it was read from, and name the rules in between."""

from orchestration.trace.detail import render_detail, trace_detail
from orchestration.trace.measures import UnknownFigure
from orchestration.trace.provenance import Trace, trace
from orchestration.trace.rendering import render

__all__ = ["Trace", "UnknownFigure", "render", "render_detail", "trace", "trace_detail"]
