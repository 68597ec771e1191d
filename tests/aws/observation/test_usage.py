"""Who uses which role: found by few calls, denied reads noted."""

from __future__ import annotations

from typing import Any

from sm_ssh_widget.aws.observation.usage import MOST_PROFILES, read_usage
from sm_ssh_widget.requirements.observation import Known, Reason, Unknown

ROLE, OTHER = "arn:aws:iam::123456789012:role/R", "arn:aws:iam::123456789012:role/O"
PROFILES = tuple({"DomainId": "d-1", "UserProfileName": f"p{number}"} for number in range(MOST_PROFILES + 5))


class Studio:
    """A reader with one domain, many profiles, one notebook instance and two pages of training jobs."""

    region = "eu-west-1"

    def __init__(self, denied: tuple[str, ...] = ()) -> None:
        self.denied, self.calls = denied, []  # type: ignore[var-annotated]

    def in_parallel(self, *thunks: Any) -> tuple[Any, ...]:
        return tuple(thunk() for thunk in thunks)

    def read(self, service: str, operation: str, /, *, region: str, **asked: Any) -> Any:
        self.calls.append(operation)
        if operation in self.denied:
            return Unknown(Reason.DENIED, f"{service}:{operation}", "", "")
        if operation == "Search":
            number = asked.get("NextToken", "0")
            job = {"TrainingJob": {"TrainingJobName": f"j{number}", "RoleArn": OTHER}}
            more = {"NextToken": "1"} if number == "0" else {}
            return Known({"Results": [job], **more} if asked["Resource"] == "TrainingJob" else {"Results": []})
        return Known(
            {
                "DescribeDomain": {"DefaultUserSettings": {"ExecutionRole": ROLE}},
                "DescribeUserProfile": {
                    "UserSettings": {"ExecutionRole": ROLE if asked.get("UserProfileName") == "p0" else ""}
                },
                "DescribeNotebookInstance": {"RoleArn": OTHER},
            }[operation]
        )

    def read_all(self, service: str, operation: str, key: str, /, *, region: str) -> Any:
        self.calls.append(operation)
        if operation in self.denied:
            return Unknown(Reason.DENIED, f"{service}:{operation}", "", "")
        listed: dict[str, tuple[Any, ...]] = {
            "ListDomains": ({"DomainId": "d-1"},),
            "ListUserProfiles": PROFILES,
            "ListNotebookInstances": ({"NotebookInstanceName": "n"},),
        }
        return Known(listed[operation])


def test_each_use_is_found() -> None:
    studio = Studio()
    found = read_usage(studio, ("eu-west-1",), "all")  # type: ignore[arg-type]
    assert found.uses == {
        ROLE: ["domain/d-1", "user-profile/d-1/p0"],
        OTHER: ["notebook-instance/n", "trainingjob/j0", "trainingjob/j1"],
    }
    assert not found.notes
    assert studio.calls.count("DescribeUserProfile") == len(PROFILES)


def test_by_default_profiles_are_limited_and_said_so() -> None:
    studio = Studio()
    found = read_usage(studio, ("eu-west-1",), "defaults")  # type: ignore[arg-type]
    assert studio.calls.count("DescribeUserProfile") == MOST_PROFILES
    assert ["--used-by all" in note for note in found.notes] == [True]


def test_nothing_is_read_where_nothing_is_asked() -> None:
    studio = Studio()
    assert not read_usage(studio, ("eu-west-1",), "none").uses  # type: ignore[arg-type]
    assert not studio.calls


def test_a_denied_read_is_a_note() -> None:
    found = read_usage(Studio(("Search", "ListDomains")), ("eu-west-1",), "defaults")  # type: ignore[arg-type]
    assert OTHER in found.uses
    assert sum("was not answered (denied)" in note for note in found.notes) == 2


def test_a_description_that_is_denied_is_a_note_too() -> None:
    denied = ("DescribeDomain", "DescribeUserProfile", "DescribeNotebookInstance")
    found = read_usage(Studio(denied), ("eu-west-1",), "defaults")  # type: ignore[arg-type]
    for operation in denied:
        assert any(f"sagemaker:{operation} was not answered (denied)" in note for note in found.notes)
    assert len(found.notes) == len(denied) + 1  # each once, and the limit of profiles
