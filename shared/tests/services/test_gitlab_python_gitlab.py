"""GitLab by python-gitlab, as an auditor of groups, merge requests and branches uses it."""

from __future__ import annotations

import os
from typing import Any

import pytest
import requests
from gitlab import Gitlab
from gitlab.exceptions import (
    GitlabAuthenticationError,
    GitlabCreateError,
    GitlabDeleteError,
    GitlabGetError,
    GitlabMRClosedError,
    GitlabParsingError,
)

from labkit.faults import Drop, Expire, Malformed, Refuse, Throttle
from labkit.services.gitlab import GitLab

FULL = "platform/network/vpn"


@pytest.fixture
def home(gitlab: GitLab) -> Any:
    """The project as the service holds it."""
    return gitlab.world.project(FULL, files={"CODEOWNERS": "ansible/ @ann\n", "README.md": "Hello\n"})


def client(gitlab: GitLab, token: str | None = None, **more: Any) -> Gitlab:
    return Gitlab(gitlab.url, private_token=token or gitlab.token, **more)


def project_of(gitlab: GitLab) -> Any:
    return client(gitlab).projects.get(FULL)


def test_projects_of_a_group_with_subgroups(gitlab: GitLab, home: Any) -> None:
    """Projects of subgroups come when they are asked for, with their last activity."""
    gitlab.world.project("platform/web", activity=gitlab.ago(days=40), archived=True)
    group = client(gitlab).groups.get("platform")
    assert [each.path for each in group.projects.list(get_all=True)] == ["web"]
    found = group.projects.list(include_subgroups=True, iterator=True, order_by="path", sort="asc")
    assert [(each.path_with_namespace, each.archived) for each in found] == [
        (FULL, False),
        ("platform/web", True),
    ]
    assert [each.full_path for each in group.subgroups.list()] == ["platform/network"]
    live = group.projects.list(include_subgroups=True, archived=False, get_all=True)
    assert [each.last_activity_at[:10] for each in live] == ["2024-03-02"]


def test_all_pages(gitlab: GitLab, home: Any) -> None:
    """python-gitlab follows the pages; without get_all it stops at the first of 20."""
    for number in range(45):
        gitlab.world.merge_request(home, f"Change {number}", created=gitlab.ago(days=number))
    project = project_of(gitlab)
    with pytest.warns(UserWarning, match="20 of 45 items"):
        assert len(project.mergerequests.list(state="opened")) == 20
    found = project.mergerequests.list(state="opened", iterator=True, sort="asc")
    assert found.total == 45
    assert [each.title for each in found] == [f"Change {number}" for number in reversed(range(45))]


def test_keyset_pagination(gitlab: GitLab) -> None:
    """With pagination=keyset the pages hang on links alone, and there is no total."""
    for number in range(7):
        gitlab.world.project(f"many/p{number}")
    gitlab.largest_page = 3
    found = client(gitlab).projects.list(iterator=True, pagination="keyset", order_by="id", sort="asc")
    assert [each.path for each in found] == [f"p{number}" for number in range(7)]
    assert gitlab.requests.count("GET /api/v4/projects") == 3


def test_a_merge_request_in_full(gitlab: GitLab, home: Any) -> None:
    """State, times, labels, changes and commits are as they were made."""
    gitlab.world.merge_request(
        home,
        "Draft: Change the tunnel",
        files={"ansible/vpn.yml": "port: 1194\n", "README.md": "Hello all\n"},
        labels=["infra"],
        created=gitlab.ago(days=20),
        updated=gitlab.ago(days=15),
    )
    found = project_of(gitlab).mergerequests.get(1)
    assert (found.state, found.draft, found.author["username"]) == ("opened", True, "author")
    assert (found.created_at[:10], found.updated_at[:10]) == ("2026-02-10", "2026-02-15")
    assert [each["new_path"] for each in found.changes()["changes"]] == ["README.md", "ansible/vpn.yml"]
    assert "+port: 1194" in found.changes()["changes"][1]["diff"]
    assert [each.title for each in found.commits()] == ["Draft: Change the tunnel"]


def test_deleted_author(gitlab: GitLab, home: Any) -> None:
    """What a deleted account wrote belongs to the ghost user."""
    gitlab.world.merge_request(home, author=None)
    assert project_of(gitlab).mergerequests.get(1).author["username"] == "ghost"


def test_one_note_and_its_effect(gitlab: GitLab, home: Any) -> None:
    """A note is there for the next reader, newest first, and counts as an update."""
    made = gitlab.world.merge_request(home, updated=gitlab.ago(days=30))
    gitlab.world.note(made, "changed the description", system=True, at=gitlab.ago(days=29))
    found = project_of(gitlab).mergerequests.get(1)
    note = found.notes.create({"body": "No update for 14 days."})
    assert [(each.body, each.system) for each in found.notes.list()] == [
        ("No update for 14 days.", False),
        ("changed the description", True),
    ]
    assert project_of(gitlab).mergerequests.get(1).updated_at > found.updated_at
    note.body = "Still none."
    note.save()
    assert made.notes[-1].body == "Still none."
    note.delete()
    assert len(made.notes) == 1


def test_labels_and_reviewers(gitlab: GitLab, home: Any) -> None:
    """Labels and reviewers are set by a save; unknown reviewers are dropped without a word."""
    made = gitlab.world.merge_request(home, labels=["old"])
    ann = gitlab.world.user("ann")
    found = project_of(gitlab).mergerequests.get(1)
    found.labels = [*found.labels, "terraform"]
    found.reviewer_ids = [client(gitlab).users.list(username="ann")[0].id, 99999]
    found.save()
    assert (made.labels, made.reviewers) == (["old", "terraform"], [ann])
    assert [each.name for each in project_of(gitlab).labels.list()] == ["old", "terraform"]


def test_merge_requests_of_a_group(gitlab: GitLab, home: Any) -> None:
    """A group lists what is open anywhere below it, with filters by moment."""
    other = gitlab.world.project("platform/web")
    gitlab.world.merge_request(home, "old", updated=gitlab.ago(days=20))
    gitlab.world.merge_request(other, "new", updated=gitlab.ago(days=2))
    gitlab.world.merge_request(other, "done", merged=gitlab.ago(days=1))
    group = client(gitlab).groups.get("platform")
    before = gitlab.ago(days=14).isoformat()
    found = group.mergerequests.list(state="opened", updated_before=before, get_all=True)
    assert [(each.title, each.project_id) for each in found] == [("old", home.id)]


def test_branches(gitlab: GitLab, home: Any) -> None:
    """Merged and protected branches say so; default and protected ones cannot be deleted."""
    gitlab.world.merge_request(home, source="done", files=["a"], merged=gitlab.ago(days=3))
    gitlab.world.commit(home, "release/1.0", ["b"])
    gitlab.world.protect(home, "release/*")
    project = project_of(gitlab)
    shown = {each.name: (each.merged, each.protected, each.default) for each in project.branches.list()}
    assert shown == {
        "done": (True, False, False),
        "main": (False, False, True),
        "release/1.0": (False, True, False),
    }
    with pytest.raises(GitlabDeleteError, match="You can't delete the default branch"):
        project.branches.delete("main")
    with pytest.raises(GitlabDeleteError, match="Protected branch can't be removed"):
        project.branches.delete("release/1.0")
    project.branches.create({"branch": "tmp", "ref": "main"})
    project.delete_merged_branches()
    assert sorted(home.branches) == ["main", "release/1.0"]


def test_protection(gitlab: GitLab, home: Any) -> None:
    """Protection is made, read, changed and taken away; a second one of a name is 409."""
    project = project_of(gitlab)
    with pytest.raises(GitlabGetError) as caught:
        project.protectedbranches.get("main")
    assert caught.value.response_code == 404
    project.protectedbranches.create({"name": "main", "push_access_level": 0})
    with pytest.raises(GitlabCreateError, match="already exists"):
        project.protectedbranches.create({"name": "main"})
    found = project.protectedbranches.get("main")
    assert found.push_access_levels[0]["access_level"] == 0
    found.delete()
    assert home.protected == {}


def test_files_and_commits(gitlab: GitLab, home: Any) -> None:
    """Files are read at a ref, created, and show in tree, commits and comparison."""
    project = project_of(gitlab)
    assert project.files.get(file_path="CODEOWNERS", ref="main").decode() == b"ansible/ @ann\n"
    project.files.create(
        {"file_path": "docs/a.md", "branch": "topic", "content": "text", "commit_message": "Add"}
    )
    assert project.files.raw(file_path="docs/a.md", ref="topic") == b"text"
    tree = project.repository_tree(ref="topic", recursive=True, get_all=True)
    assert [each["path"] for each in tree] == ["CODEOWNERS", "README.md", "docs", "docs/a.md"]
    assert [each.title for each in project.commits.list(ref_name="topic", get_all=True)] == [
        "Add",
        "Initial commit",
    ]
    assert [each["new_path"] for each in project.repository_compare("main", "topic")["diffs"]] == [
        "docs/a.md"
    ]
    with pytest.raises(GitlabGetError, match="404 File Not Found"):
        project.files.get(file_path="docs/a.md", ref="main")


def test_archived_projects(gitlab: GitLab, home: Any) -> None:
    """An archived project can be read and refuses changes, until it is not archived any more."""
    gitlab.world.merge_request(home)
    project = project_of(gitlab)
    project.archive()
    assert project_of(gitlab).archived is True
    request = project.mergerequests.get(1)
    with pytest.raises(GitlabCreateError, match="403 Forbidden"):
        request.notes.create({"body": "x"})
    project.unarchive()
    request.notes.create({"body": "x"})


def test_merging(gitlab: GitLab, home: Any) -> None:
    """A merge waits for approvals; then the request is merged, with who and when."""
    home.approvals_required = 1
    made = gitlab.world.merge_request(home, files=["x.txt"])
    request = project_of(gitlab).mergerequests.get(1)
    with pytest.raises(GitlabMRClosedError, match="405"):
        request.merge()
    request.approve()
    assert request.approvals.get().approved is True
    request.merge(should_remove_source_branch=True)
    assert (made.state, made.source in home.branches) == ("merged", False)
    assert project_of(gitlab).files.get(file_path="x.txt", ref="main").decode() == b"x.txt\n"


def test_creating(gitlab: GitLab, home: Any) -> None:
    """A merge request needs its parameters, a branch that is there, and to be the only one of it."""
    gitlab.world.commit(home, "topic", ["t"])
    project = project_of(gitlab)
    wanted = {"source_branch": "topic", "target_branch": "main", "title": "T", "labels": ["a"]}
    assert project.mergerequests.create(wanted).labels == ["a"]
    with pytest.raises(GitlabCreateError, match="Another open merge request already exists"):
        project.mergerequests.create(wanted)
    with pytest.raises(GitlabCreateError, match="can't be blank"):
        project.mergerequests.create({**wanted, "title": " "})
    issue = project.issues.create({"title": "Broken"})
    issue.state_event = "close"
    issue.save()
    assert [each.title for each in project.issues.list(state="closed")] == ["Broken"]


def test_tokens(gitlab: GitLab, home: Any) -> None:
    """Wrong, expired and weak tokens are told apart, in GitLab's words."""
    with pytest.raises(GitlabAuthenticationError, match="401 Unauthorized"):
        client(gitlab, "wrong").auth()
    gitlab.world.token("old").expires = gitlab.time()
    with pytest.raises(GitlabAuthenticationError, match=r"Token is expired|invalid_token"):
        client(gitlab, "old").auth()
    gitlab.world.token("reader", scopes=["read_api"])
    gitlab.world.merge_request(home)
    request = client(gitlab, "reader").projects.get(FULL).mergerequests.get(1)
    with pytest.raises(GitlabCreateError, match="insufficient_scope") as caught:
        request.notes.create({"body": "x"})
    assert caught.value.response_code == 403
    assert Gitlab(gitlab.url, oauth_token=gitlab.token).projects.get(FULL).id == home.id


def test_the_limit_is_waited_for(gitlab: GitLab, home: Any, http_pauses: Any) -> None:
    """Past the limit comes 429 until the minute is over; python-gitlab waits as long as it is told."""
    gitlab.limit = 3
    found = client(gitlab)
    assert [found.projects.get(FULL).id for _ in range(5)] == [home.id] * 5
    assert [seen.status for seen in gitlab.requests] == [200, 200, 200, 429, 200, 200]
    assert http_pauses.seconds == [57]
    gitlab.limit = 0
    with pytest.raises(GitlabGetError, match="Retry later"):
        client(gitlab).projects.get(FULL, obey_rate_limit=False)


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Throttle(retry_after=9), 429, "Retry later"),
        (Throttle(at="overload"), 503, "GitLab is not responding"),
        (Refuse(), 403, "403 Forbidden"),
        (Refuse(at="internal"), 500, "500 Internal Server Error"),
    ],
)
def test_faults_in_gitlabs_words(gitlab: GitLab, home: Any, fault: Any, status: int, words: str) -> None:
    """Each fault reaches the client as the real API words it."""
    with gitlab.faults.during(fault), pytest.raises(GitlabGetError, match=words) as caught:
        client(gitlab).projects.get(FULL, obey_rate_limit=False)
    assert caught.value.response_code == status


def test_other_faults(gitlab: GitLab, home: Any, http_pauses: Any) -> None:
    """Expired tokens, cut connections and garbled bodies surface; a patient client gets through a 500."""
    with gitlab.faults.during(Expire()), pytest.raises(GitlabAuthenticationError):
        project_of(gitlab)
    with gitlab.faults.during(Drop()), pytest.raises(requests.ConnectionError):
        project_of(gitlab)
    with gitlab.faults.during(Malformed()), pytest.raises(GitlabParsingError):
        project_of(gitlab)
    gitlab.faults.inject(Refuse(at="internal", times=2))
    assert client(gitlab, retry_transient_errors=True).projects.get(FULL).id == home.id
    assert len(http_pauses.seconds) == 2


def test_the_environment_leads_to_it(gitlab: GitLab) -> None:
    """Address and token stand in the environment."""
    found = Gitlab(os.environ["CI_SERVER_URL"], private_token=os.environ["GITLAB_TOKEN"])
    found.auth()
    assert found.user is not None
    assert found.user.username == "operator"
    assert found.version()[0] == "18.5.0"
