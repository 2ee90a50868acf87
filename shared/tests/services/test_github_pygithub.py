"""GitHub by PyGithub, as an auditor of pull requests, branches and protection uses it."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from github import Auth, Github, GithubException, RateLimitExceededException
from github.GithubException import BadCredentialsException, UnknownObjectException

from labkit.faults import Drop, Expire, Malformed, Refuse, Throttle
from labkit.services.github import GitHub

FULL = "acme/infrastructure"


@pytest.fixture
def home(github: GitHub) -> Any:
    """The repository as the service holds it."""
    return github.world.repo(FULL, files={"CODEOWNERS": "terraform/ @ann\n", "README.md": "Hello\n"})


def client(github: GitHub, token: str | None = None, retry: Any = None) -> Github:
    return Github(
        base_url=github.url,
        auth=Auth.Token(token or github.token),
        seconds_between_requests=0,
        seconds_between_writes=0,
        retry=retry,
    )


def repo_of(github: GitHub, home: Any) -> Any:
    return client(github).get_repo(home.full_name)


def test_all_pages_of_pulls(github: GitHub, home: Any) -> None:
    """PyGithub follows the Link headers; every page is asked for once."""
    for number in range(65):
        github.world.pull(home, f"Change {number}", created=github.ago(days=number))
    found = list(repo_of(github, home).get_pulls(state="open", sort="created", direction="asc"))
    assert [pull.title for pull in found] == [f"Change {number}" for number in reversed(range(65))]
    assert [seen.query.get("page") for seen in github.requests.of("GET .*/pulls")] == [None, "2", "3"]


def test_hundreds_of_pages(github: GitHub, home: Any) -> None:
    """With small pages the last page can be read directly."""
    github.largest_page = 1
    for number in range(120):
        github.world.issue(home, f"Issue {number}")
    pages = repo_of(github, home).get_issues(state="open", direction="asc")
    assert pages.totalCount == 120
    assert pages.get_page(119)[0].title == "Issue 119"


def test_a_pull_in_full(github: GitHub, home: Any) -> None:
    """State, times, branches, labels, files and commits of a pull request are as they were made."""
    made = github.world.pull(
        home,
        "Resize the database",
        files={"terraform/db.tf": "size = 2\n", "README.md": "Hello all\n"},
        labels=["infra"],
        created=github.ago(days=20),
        updated=github.ago(days=15),
        draft=True,
    )
    pull = repo_of(github, home).get_pull(made.number)
    assert (pull.draft, pull.merged, pull.state, pull.user.login) == (True, False, "open", "octo-author")
    assert pull.updated_at - pull.created_at == timedelta(days=5)
    assert pull.updated_at.tzinfo is not None
    assert [label.name for label in pull.labels] == ["infra"]
    assert [(each.filename, each.status) for each in pull.get_files()] == [
        ("README.md", "modified"),
        ("terraform/db.tf", "added"),
    ]
    assert [each.commit.message for each in pull.get_commits()] == ["Resize the database"]
    assert (pull.head.repo.full_name, pull.base.ref, pull.changed_files) == (FULL, "main", 2)


def test_deleted_authors(github: GitHub, home: Any) -> None:
    """An account that is gone shows as null, a deleted fork as a head without a repository."""
    made = github.world.pull(home, author=None, head_gone=True)
    github.world.comment(made, "left over", author=None)
    pull = repo_of(github, home).get_pull(made.number)
    assert (pull.user, pull.head.repo) == (None, None)
    assert [(each.user, each.body) for each in pull.get_issue_comments()] == [(None, "left over")]


def test_one_comment_and_its_effect(github: GitHub, home: Any) -> None:
    """A comment is there for the next reader, and counts as an update of the pull request."""
    made = github.world.pull(home, updated=github.ago(days=30))
    pull = repo_of(github, home).get_pull(made.number)
    pull.create_issue_comment("No update for 14 days.")
    again = repo_of(github, home).get_pull(made.number)
    assert [each.body for each in again.get_issue_comments()] == ["No update for 14 days."]
    assert again.updated_at > pull.created_at + timedelta(days=29)
    comment = again.get_issue_comments()[0]
    comment.edit("Still no update.")
    assert made.comments[0].body == "Still no update."
    comment.delete()
    assert made.comments == []


def test_labels(github: GitHub, home: Any) -> None:
    """Labels are added once, by any case, made when new, and removed; an unknown one is 404."""
    made = github.world.pull(home, labels=["Infra"])
    issue = repo_of(github, home).get_issue(made.number)
    issue.add_to_labels("infra", "urgent")
    assert [each.name for each in issue.get_labels()] == ["Infra", "urgent"]
    issue.set_labels("urgent")
    issue.remove_from_labels("urgent")
    with pytest.raises(GithubException, match="Label does not exist"):
        issue.remove_from_labels("urgent")
    repo_of(github, home).create_label("late", "ff0000")
    with pytest.raises(GithubException, match="already_exists"):
        repo_of(github, home).create_label("Late", "00ff00")


def test_reviewers(github: GitHub, home: Any) -> None:
    """Reviewers are asked for once; the author and strangers are refused in GitHub's words."""
    home.collaborators = [github.world.user("ann"), github.world.user("bob")]
    made = github.world.pull(home, author="bob")
    pull = repo_of(github, home).get_pull(made.number)
    pull.create_review_request(reviewers=["ann"])
    pull.create_review_request(reviewers=["ann"])
    assert [each.login for each in pull.get_review_requests()[0]] == ["ann"]
    with pytest.raises(GithubException, match="Review cannot be requested from pull request author"):
        pull.create_review_request(reviewers=["bob"])
    with pytest.raises(GithubException, match="Reviews may only be requested from collaborators"):
        pull.create_review_request(reviewers=["stranger"])
    pull.delete_review_request(reviewers=["ann"])
    assert made.as_pull.reviewers == []


def test_protection(github: GitHub, home: Any) -> None:
    """A branch tells whether it is protected and how; one that is not gives 404 Branch not protected."""
    main = repo_of(github, home).get_branch("main")
    assert main.protected is False
    with pytest.raises(GithubException, match="Branch not protected"):
        main.get_protection()
    github.world.protect(home, reviews=None)
    assert repo_of(github, home).get_branch("main").get_protection().required_pull_request_reviews is None
    main.edit_protection(required_approving_review_count=2, require_code_owner_reviews=True)
    found = repo_of(github, home).get_branch("main").get_protection().required_pull_request_reviews
    assert (found.required_approving_review_count, found.require_code_owner_reviews) == (2, True)
    main.remove_protection()
    assert home.protections == {}


def test_merged_branches(github: GitHub, home: Any) -> None:
    """Merged, unmerged and squashed branches differ in comparison and in their pull requests."""
    github.world.pull(home, head="done", files=["a"], created=github.ago(days=9), merged=github.ago(days=8))
    github.world.pull(home, head="open", files=["b"])
    repo = repo_of(github, home)
    assert sorted(each.name for each in repo.get_branches()) == ["done", "main", "open"]
    assert repo.compare("main", "done").ahead_by == 0
    comparison = repo.compare("main", "open")
    assert (comparison.status, comparison.ahead_by, comparison.behind_by) == ("ahead", 1, 0)
    assert [each.filename for each in comparison.files] == ["b"]
    date = repo.get_branch("done").commit.commit.committer.date
    assert github.ago(days=10) < date < github.ago(days=8)
    repo.get_git_ref("heads/done").delete()
    assert "done" not in home.branches


def test_branches_that_may_not_go(github: GitHub, home: Any) -> None:
    """Protected and default branches cannot be deleted, not even by a mistake."""
    github.world.commit(home, "release/1.0")
    github.world.protect(home, "release/1.0")
    repo = repo_of(github, home)
    with pytest.raises(GithubException, match="Cannot delete this protected branch"):
        repo.get_git_ref("heads/release/1.0").delete()
    with pytest.raises(GithubException, match="Cannot delete the default branch"):
        repo.get_git_ref("heads/main").delete()


def test_contents(github: GitHub, home: Any) -> None:
    """Files come with their content, folders as listings; an update needs the blob it replaces."""
    repo = repo_of(github, home)
    assert repo.get_contents("CODEOWNERS").decoded_content == b"terraform/ @ann\n"
    assert [each.path for each in repo.get_contents("")] == ["CODEOWNERS", "README.md"]
    repo.create_file("docs/a.md", "Add", "text", branch="main")
    assert [each.type for each in repo.get_contents("") if each.name == "docs"] == ["dir"]
    file = repo.get_contents("docs/a.md")
    repo.update_file("docs/a.md", "Change", "other", file.sha)
    with pytest.raises(GithubException, match="does not match"):
        repo.update_file("docs/a.md", "Change", "third", file.sha)
    assert [each.commit.message for each in repo.get_commits(path="docs")] == ["Change", "Add"]
    assert base64.b64decode(repo.get_contents("docs/a.md").content) == b"other"


def test_archived_repositories(github: GitHub, home: Any) -> None:
    """An archived repository can be read, says so, and refuses every change."""
    made = github.world.pull(home)
    home.archived = True
    repo = repo_of(github, home)
    assert repo.archived is True
    with pytest.raises(GithubException, match="archived so is read-only") as caught:
        repo.get_pull(made.number).create_issue_comment("x")
    assert caught.value.status == 403
    assert made.comments == []


def test_merge(github: GitHub, home: Any) -> None:
    """A merge needs the approvals that the protection asks for; afterwards the pull request is merged."""
    github.world.protect(home, reviews=1)
    made = github.world.pull(home, files=["x.txt"])
    pull = repo_of(github, home).get_pull(made.number)
    with pytest.raises(GithubException, match="approving review is required"):
        pull.merge()
    github.world.review(made)
    assert [each.state for each in pull.get_reviews()] == ["APPROVED"]
    assert pull.merge().merged is True
    assert repo_of(github, home).get_contents("x.txt").decoded_content == b"x.txt\n"
    assert (pull.is_merged(), repo_of(github, home).get_pull(made.number).merged_by.login) == (
        True,
        "octo-operator",
    )


def test_creating_pulls_and_issues(github: GitHub, home: Any) -> None:
    """A second pull request of a branch, one without commits, and one without a title are refused."""
    github.world.commit(home, "topic", ["t.txt"])
    repo = repo_of(github, home)
    assert repo.create_pull(title="T", head="topic", base="main").number == 1
    with pytest.raises(GithubException, match="A pull request already exists for acme:topic"):
        repo.create_pull(title="T", head="topic", base="main")
    github.world.commit(home, "same")
    home.branches["same"] = home.branches["main"]
    with pytest.raises(GithubException, match="No commits between main and same"):
        repo.create_pull(title="T", head="same", base="main")
    issue = repo.create_issue("Found", body="text", labels=["bug"])
    issue.edit(state="closed", state_reason="completed")
    assert (home.issues[issue.number].state, home.issues[issue.number].labels) == ("closed", ["bug"])
    assert [each.number for each in repo.get_issues(state="closed")] == [issue.number]
    assert [bool(each.pull_request) for each in repo.get_issues(state="all")] == [False, True]


def test_organizations_and_private_repositories(github: GitHub, home: Any) -> None:
    """Private repositories are not there for a token that may not see them."""
    github.world.repo("acme/secret", private=True)
    github.world.token("weak", scopes=("public_repo",))
    names = [each.full_name for each in client(github).get_organization("acme").get_repos()]
    assert sorted(names) == [FULL, "acme/secret"]
    with pytest.raises(UnknownObjectException):
        client(github, "weak").get_repo("acme/secret")
    assert client(github).get_user().login == "octo-operator"
    with pytest.raises(UnknownObjectException):
        client(github).get_organization("nobody")


def test_bad_and_expired_tokens(github: GitHub, home: Any) -> None:
    """A wrong token, one whose time is over and an Expire fault are all 401 Bad credentials."""
    with pytest.raises(BadCredentialsException, match="Bad credentials"):
        client(github, "wrong").get_repo(FULL)
    github.world.token("short").expires = github.time() + 60
    assert client(github, "short").get_repo(FULL).full_name == FULL
    github.clock.advance(60)
    with pytest.raises(BadCredentialsException):
        client(github, "short").get_repo(FULL)
    with github.faults.during(Expire()), pytest.raises(BadCredentialsException):
        repo_of(github, home)


def test_the_primary_limit_is_waited_for(github: GitHub, home: Any, http_pauses: Any) -> None:
    """Past the limit comes 403 until the hour is over; PyGithub waits for exactly that, in no real time."""
    github.limit = 3
    found = client(github, retry=None)
    for _ in range(3):
        found.get_repo(FULL)
    with pytest.raises(RateLimitExceededException, match="API rate limit exceeded for user ID"):
        found.get_repo(FULL)
    assert found.get_rate_limit().resources.core.remaining == 0
    from github import GithubRetry

    patient = client(github, retry=GithubRetry())
    assert patient.get_repo(FULL).full_name == FULL
    assert 3500 < http_pauses.total < 3610


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Throttle(retry_after=30), 429, "secondary rate limit"),
        (Throttle(at="secondary", retry_after=30), 403, "secondary rate limit"),
        (Throttle(at="primary", retry_after=30), 403, "API rate limit exceeded"),
        (Refuse(), 403, "Resource not accessible by personal access token"),
        (Refuse(at="internal"), 500, "Server Error"),
        (Throttle(at="overload"), 503, "Service Unavailable"),
    ],
)
def test_faults_in_githubs_words(github: GitHub, home: Any, fault: Any, status: int, words: str) -> None:
    """Each fault reaches the client as the real API words it."""
    with github.faults.during(fault), pytest.raises(GithubException, match=words) as caught:
        repo_of(github, home)
    assert caught.value.status == status
    if isinstance(fault, Throttle) and fault.at != "primary":
        assert caught.value.headers["retry-after"] == str(int(fault.retry_after))


def test_a_retrying_client_survives(github: GitHub, home: Any, http_pauses: Any) -> None:
    """With its own retries PyGithub gets through 403 with Retry-After and 500."""
    from github import GithubRetry

    github.faults.inject(Throttle(at="secondary", retry_after=7, times=1))
    github.faults.inject(Refuse(at="internal", times=1))
    assert client(github, retry=GithubRetry()).get_repo(FULL).full_name == FULL
    assert http_pauses.seconds[0] == 7


def test_cut_and_garbled(github: GitHub, home: Any) -> None:
    """A dropped connection and a body that is no JSON surface as errors, not as empty results."""
    import requests

    with github.faults.during(Drop()), pytest.raises(requests.ConnectionError):
        repo_of(github, home)
    with github.faults.during(Malformed()), pytest.raises((GithubException, ValueError)):
        list(repo_of(github, home).get_branches())


def test_conditional_requests_do_not_count(github: GitHub, home: Any) -> None:
    """With the ETag of an answer the next one is 304 without a body, and the limit is not touched."""
    import requests

    headers = {"Authorization": f"Bearer {github.token}"}
    first = requests.get(f"{github.url}/repos/{FULL}", headers=headers, timeout=5)
    headers["If-None-Match"] = first.headers["ETag"]
    again = requests.get(f"{github.url}/repos/{FULL}", headers=headers, timeout=5)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"]
    assert requests.get(f"{github.url}/repos/{FULL}", timeout=5).headers["X-RateLimit-Limit"] == "60"


def test_the_environment_leads_to_it(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Address and token stand in the environment, as for a job of GitHub Actions."""
    import os

    found = Github(base_url=os.environ["GITHUB_API_URL"], auth=Auth.Token(os.environ["GITHUB_TOKEN"]))
    assert found.get_user().login == "octo-operator"
