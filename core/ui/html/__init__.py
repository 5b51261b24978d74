"""The whole report as one HTML file; nothing here needs Streamlit."""

from core.ui.html.report import html_report

__all__ = ["html_report"]
