"""A simulated Jira: issues, transitions, comments and search as far as the ``jira`` client needs them.

Source: "The Jira Data Center platform REST API" (developer.atlassian.com), version 2, and "Search for issues
using JQL enhanced search" of Jira Cloud.
"""

from labkit.services.jira.service import Jira

__all__ = ["Jira"]
