"""The whole report as one HTML file; nothing here needs Streamlit."""

from core.report.html.batch import batch_report
from core.report.html.report import html_report

__all__ = ["batch_report", "html_report"]
