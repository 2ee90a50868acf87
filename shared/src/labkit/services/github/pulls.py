"""Pull requests: docs.github.com/rest/pulls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.services.base import Call, Routes
from labkit.services.github import errors, views
from labkit.services.github.finding import (
    in_order,
    in_state,
    listed,
    need_write,
    number_of,
    repo_of,
    text_of,
)
from labkit.services.github.issues import edit
from labkit.services.github.models import Issue, Repo

if TYPE_CHECKING:
    from labkit.services.github.service import GitHub

routes = Routes()
_PULLS = "/repos/{owner}/{repo}/pulls"


@routes.get(_PULLS)
def list_pulls(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    found = [each for each in in_state(list(repo.issues.values()), call) if each.pull]
    if call.query("base"):
        found = [each for each in found if each.pull and each.pull.base == call.query("base")]
    if call.query("head"):
        branch = call.query("head").rpartition(":")[2]
        found = [each for each in found if each.pull and each.pull.head == branch]
    show = lambda each: views.pull(call.origin, repo, each, full=False)  # noqa: E731
    return listed(github, call, in_order(found, call), show)


@routes.post(_PULLS)
def create_pull(github: GitHub, call: Call) -> Any:
    repo, author, body = repo_of(github, call, change=True), need_write(call), call.json()
    title = text_of(body, "title", "PullRequest")
    head = text_of(body, "head", "PullRequest").rpartition(":")[2]
    base = text_of(body, "base", "PullRequest")
    for field, name in (("head", head), ("base", base)):
        if name not in repo.branches:
            raise errors.invalid("PullRequest", "invalid", field)
    for each in repo.issues.values():
        if each.state == "open" and each.pull and (each.pull.head, each.pull.base) == (head, base):
            message = f"A pull request already exists for {repo.owner.login}:{head}."
            raise errors.error(
                422,
                "Validation Failed",
                errors=[{"resource": "PullRequest", "code": "custom", "message": message}],
            )
    if repo.merge_base(repo.branches[base], repo.branches[head]) == repo.branches[head]:
        message = f"No commits between {base} and {head}"
        raise errors.error(
            422,
            "Validation Failed",
            errors=[{"resource": "PullRequest", "code": "custom", "message": message}],
        )
    made = github.world.pull(
        repo,
        title,
        head=head,
        base=base,
        body=body.get("body"),
        author=author.login,
        created=call.now,
        draft=bool(body.get("draft")),
    )
    return 201, views.pull(call.origin, repo, made, full=True)


def _pull(github: GitHub, call: Call, *, change: bool = False) -> tuple[Repo, Issue]:
    repo = repo_of(github, call, change=change)
    return repo, number_of(call, repo, pull=True)


@routes.get(f"{_PULLS}/{{number}}")
def get_pull(github: GitHub, call: Call) -> Any:
    repo, found = _pull(github, call)
    return views.pull(call.origin, repo, found, full=True)


@routes.patch(f"{_PULLS}/{{number}}")
def edit_pull(github: GitHub, call: Call) -> Any:
    repo, found = _pull(github, call, change=True)
    edit(github, repo, found, call.json(), call.now)
    return views.pull(call.origin, repo, found, full=True)


@routes.get(f"{_PULLS}/{{number}}/files")
def list_files(github: GitHub, call: Call) -> Any:
    repo, found = _pull(github, call)
    return listed(github, call, views.pull_files(call.origin, repo, found), lambda each: each)


@routes.get(f"{_PULLS}/{{number}}/commits")
def list_commits(github: GitHub, call: Call) -> Any:
    repo, found = _pull(github, call)
    commits = views.pull_commits(repo, found)
    return listed(github, call, commits, lambda each: views.commit(call.origin, repo, each))


@routes.get(f"{_PULLS}/{{number}}/merge")
def is_merged(github: GitHub, call: Call) -> None:
    _, found = _pull(github, call)
    if found.pull is None or found.pull.merged is None:
        raise errors.not_found()


@routes.put(f"{_PULLS}/{{number}}/merge")
def merge(github: GitHub, call: Call) -> Any:
    repo, found = _pull(github, call, change=True)
    made, wanted = found.pull, call.json().get("sha")
    if made is None or found.state != "open" or made.draft:
        raise errors.error(405, "Pull Request is not mergeable")
    if wanted and wanted != made.head_sha:
        raise errors.error(409, "Head branch was modified. Review and try the merge again.")
    protection = repo.protections.get(made.base)
    if protection and protection.reviews is not None:
        approved = {each.user.login for each in made.reviews if each.user and each.state == "APPROVED"}
        needed = protection.reviews.get("required_approving_review_count", 1)
        if len(approved) < int(str(needed)):
            raise errors.error(
                405, f"At least {needed} approving review is required by reviewers with write access."
            )
    github.world.close(repo, found, call.now, merged_by=need_write(call))
    return {"sha": made.merge_sha, "merged": True, "message": "Pull Request successfully merged"}


# Reviewers


@routes.get(f"{_PULLS}/{{number}}/requested_reviewers")
def list_reviewers(github: GitHub, call: Call) -> Any:
    repo, found = _pull(github, call)
    shown = views.pull(call.origin, repo, found, full=False)
    return {"users": shown["requested_reviewers"], "teams": shown["requested_teams"]}


@routes.on("POST DELETE", f"{_PULLS}/{{number}}/requested_reviewers")
def change_reviewers(github: GitHub, call: Call) -> Any:
    repo, found = _pull(github, call, change=True)
    made, body = found.as_pull, call.json()
    logins, teams = body.get("reviewers") or [], body.get("team_reviewers") or []
    if call.request.method == "DELETE":
        made.reviewers = [each for each in made.reviewers if each.login not in logins]
        made.teams = [each for each in made.teams if each not in teams]
    else:
        if found.user and found.user.login in logins:
            raise errors.error(422, "Review cannot be requested from pull request author.")
        unknown = [login for login in logins if not github.may_review(repo, login)]
        unknown += [slug for slug in teams if slug not in github.world.teams.get(repo.owner.login, {})]
        if unknown:
            raise errors.error(
                422,
                "Reviews may only be requested from collaborators. One or more of the users or teams you "
                f"specified is not a collaborator of the {repo.full_name} repository.",
            )
        made.reviewers += [
            github.world.user(login)
            for login in logins
            if login not in {each.login for each in made.reviewers}
        ]
        made.teams += [slug for slug in teams if slug not in made.teams]
    found.updated = max(found.updated, call.now)
    return (200 if call.request.method == "DELETE" else 201), views.pull(call.origin, repo, found, full=False)


@routes.get(f"{_PULLS}/{{number}}/reviews")
def list_reviews(github: GitHub, call: Call) -> Any:
    repo, found = _pull(github, call)
    reviews = found.pull.reviews if found.pull else []
    return listed(github, call, reviews, lambda each: views.review(call.origin, repo, found, each))


@routes.post(f"{_PULLS}/{{number}}/reviews")
def create_review(github: GitHub, call: Call) -> Any:
    repo, found = _pull(github, call, change=True)
    author, body = need_write(call), call.json()
    states = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
    state = states.get(body.get("event", ""), "PENDING")
    if state == "APPROVED" and found.user is author:
        raise errors.error(422, "Unprocessable Entity", errors=["Can not approve your own pull request"])
    made = github.world.review(found, state, author=author.login, at=call.now)
    made.body = body.get("body") or ""
    return views.review(call.origin, repo, found, made)
