"""AWS's sentences of denial, as they have been seen: each part is read, and what is not known swallows nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sm_ssh_widget.aws.session.denial import Denial, Layer, denial_of, parse_denial
from sm_ssh_widget.problem import Code, Problem

USER = "arn:aws:iam::123456789012:user/janedoe"
PROFILE = "arn:aws:iam::123456789012:instance-profile/my-instance-profile"
SCP = "arn:aws:organizations::999999999999:policy/o-simulated1/service_control_policy/p-12345678"
GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"
DETAILS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html"
ID = "example1a2b3c4d5e6f7g8h9i"
LINK = f"https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/{ID}"
TAIL = (
    f" Go to {LINK} for complete details, or call the GetRequestAuthorizationDetails API with the following "
    f"authorization id: {ID}"
)


@dataclass(frozen=True)
class Seen:
    """A sentence, where it was seen, and what it says."""

    source: str
    said: str
    means: Denial


def denial(action: str, resource: str, layer: Layer = "", explicit: bool = False, who: str = USER) -> Denial:
    return Denial(who, action, resource, layer, explicit)


def sentence(action: str, resource: str, why: str) -> str:
    return f"User: {USER} is not authorized to perform: {action} on resource: {resource}{why}"


LAYERS: dict[str, Layer] = {
    "identity-based policy": "identity",
    "permissions boundary": "boundary",
    "service control policy": "scp",
    "resource control policy": "rcp",
    "session policy": "session",
    "resource-based policy": "resource",
    "VPC endpoint policy": "vpc-endpoint",
}
IMPLICIT = [
    Seen(
        GUIDE,
        sentence("iam:GetRole", PROFILE, f" because no {name} allows the iam:GetRole action"),
        denial("iam:GetRole", PROFILE, layer),
    )
    for name, layer in LAYERS.items()
]
EXPLICIT = [
    Seen(
        GUIDE,
        sentence("iam:GetRole", PROFILE, f" with an explicit deny in {'an' if name[0] == 'i' else 'a'} {name}"),
        denial("iam:GetRole", PROFILE, layer, True),
    )
    for name, layer in LAYERS.items()
]
SENTENCES = [
    *IMPLICIT,
    *EXPLICIT,
    Seen(
        "sts:AssumeRole, and services that say no reason",
        sentence("sts:AssumeRole", PROFILE, ""),
        denial("sts:AssumeRole", PROFILE),
    ),
    Seen(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html",
        sentence(
            "s3:GetObject",
            '"arn:aws:s3:::amzn-s3-demo-bucket1/a key. with blanks"',
            " because no VPC endpoint policy allows the s3:GetObject action",
        ),
        denial("s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket1/a key. with blanks", "vpc-endpoint"),
    ),
    Seen(
        "github.com/ministryofjustice/modernisation-platform/pull/12326: the action that is lacking is another one",
        "You are not authorized to perform this operation. "
        + sentence(
            "ec2:CreateVpcEndpoint",
            "arn:aws:ec2:eu-west-2:123456789012:vpc-endpoint/*",
            " because no identity-based policy allows the vpce:AllowMultiRegion action.",
        ),
        replace(
            denial("ec2:CreateVpcEndpoint", "arn:aws:ec2:eu-west-2:123456789012:vpc-endpoint/*", "identity"),
            lacking="vpce:AllowMultiRegion",
        ),
    ),
    Seen(
        "github.com/aws/aws-sdk-js/issues/3022: an ARN that ends in a colon",
        sentence("logs:StartQuery", "arn:aws:logs:us-east-2:123456789012:log-group:null:log-stream:", ""),
        denial("logs:StartQuery", "arn:aws:logs:us-east-2:123456789012:log-group:null:log-stream:"),
    ),
    Seen(
        f"{GUIDE}: with the ARN of the policy",
        sentence("ssm:CreateActivation", "*", f" with an explicit deny in a service control policy: {SCP}"),
        replace(denial("ssm:CreateActivation", "*", "scp", True), policy=SCP),
    ),
    Seen(
        f"{DETAILS}: policy, link and authorization id",
        sentence(
            "iam:CreateInstanceProfile",
            PROFILE,
            " with an explicit deny in an identity-based policy: "
            "arn:aws:iam::123456789012:policy/ExampleDenyPolicy." + TAIL,
        ),
        replace(
            denial("iam:CreateInstanceProfile", PROFILE, "identity", True),
            authorization_id=ID,
            region="us-east-1",
            policy="arn:aws:iam::123456789012:policy/ExampleDenyPolicy",
        ),
    ),
    Seen(
        f"{DETAILS}: with a reason",
        sentence("iam:GetRole", "role ER", " because no identity-based policy allows the iam:GetRole action." + TAIL),
        replace(denial("iam:GetRole", "role ER", "identity"), authorization_id=ID, region="us-east-1"),
    ),
    Seen(
        f"{DETAILS}: without a reason",
        sentence("iam:GetRole", "role ER", "." + TAIL),
        replace(denial("iam:GetRole", "role ER"), authorization_id=ID, region="us-east-1"),
    ),
    Seen(
        f"{DETAILS}: broken into lines as the guide prints it",
        sentence("iam:GetRole", PROFILE, "." + TAIL)
        .replace(" on resource:", "\n  on resource:\n")
        .replace(" Go", "\nGo"),
        replace(denial("iam:GetRole", PROFILE), authorization_id=ID, region="us-east-1"),
    ),
    Seen(
        "An id without its link",
        sentence("iam:GetRole", PROFILE, f". Authorization id: {ID}"),
        replace(denial("iam:GetRole", PROFILE), authorization_id=ID),
    ),
]


@pytest.mark.parametrize("seen", SENTENCES, ids=lambda seen: seen.source[-60:])
def test_a_sentence_that_was_seen_is_read(seen: Seen) -> None:
    assert parse_denial(seen.said) == seen.means
    wrapped = f"An error occurred (AccessDenied) when calling the GetRole operation: {seen.said}"
    assert parse_denial(wrapped) == seen.means


UNKNOWN = [
    (
        "A full stop ends what is known",
        f"{PROFILE}. Ask the owner of the cell ab-12 first.",
        "Ask the owner of the cell ab-12 first",
    ),
    (
        "EC2 encodes what it decided",
        f"{PROFILE}. Encoded authorization failure message: AbC-12_x",
        "Encoded authorization failure message: AbC-12_x",
    ),
    (
        "A reason of a kind that nobody knows",
        f"{PROFILE} because no weather policy allows the iam:GetRole action",
        "because no weather policy allows the iam:GetRole action",
    ),
    (
        "An explicit deny in what nobody knows",
        f"{PROFILE} with an explicit deny in a weather policy",
        "in a weather policy",
    ),
]


@pytest.mark.parametrize(("why", "tail", "rest"), UNKNOWN, ids=[why for why, *_ in UNKNOWN])
def test_an_unknown_tail_is_kept_whole_and_swallows_nothing(why: str, tail: str, rest: str) -> None:
    found = parse_denial(sentence("iam:GetRole", tail, ""))
    assert found is not None
    assert (found.resource, found.layer, found.rest) == (PROFILE, "", rest)


@pytest.mark.parametrize("link", [TAIL, ""])
@pytest.mark.parametrize("seen", [*IMPLICIT, *EXPLICIT], ids=lambda seen: seen.said[-50:])
def test_the_new_tail_changes_nothing_of_the_old_sentence(seen: Seen, link: str) -> None:
    found = parse_denial(f"{seen.said}.{link}")
    assert found is not None
    assert replace(found, authorization_id="", region="") == seen.means


ARNS = st.from_regex(r"arn:aws:[a-z]{2,9}:[a-z0-9-]{0,9}:[0-9]{0,12}:[a-z]{2,9}/[\w+=@/-]{1,30}[\w]", fullmatch=True)


@given(ARNS, st.sampled_from([*LAYERS]), st.booleans())
def test_every_arn_is_read_to_its_end(arn: str, layer: str, explicit: bool) -> None:
    why = f" with an explicit deny in a {layer}" if explicit else f" because no {layer} allows the ssm:A action"
    found = parse_denial(sentence("ssm:A", arn, why + "." + TAIL))
    assert found is not None
    assert (found.resource, found.layer, found.explicit, found.rest) == (arn, LAYERS[layer], explicit, "")


def test_only_what_a_policy_of_an_identity_can_change_is_offered_to_another_identity() -> None:
    may = {seen.means.layer for seen in SENTENCES if seen.means.another_may}
    assert may == {"", "identity"}
    assert not any(seen.means.another_may for seen in EXPLICIT)
    strange = parse_denial(sentence("iam:GetRole", UNKNOWN[2][1], ""))
    assert strange is not None
    assert not strange.another_may
    assert "because no weather policy" in strange.remedy


def test_the_remedy_names_the_action_that_is_lacking() -> None:
    found = next(seen.means for seen in SENTENCES if seen.means.lacking)
    assert "vpce:AllowMultiRegion" in found.remedy


@pytest.mark.parametrize("said", ["Rate exceeded", "Access Denied", "User: x is not authorized to perform:", ""])
def test_other_sentences_are_no_denials(said: str) -> None:
    assert parse_denial(said) is None


@pytest.mark.parametrize(
    ("text", "region"),
    [
        (ID, ""),
        (f"  {ID}\n", ""),
        (f"an unknown sentence.{TAIL}", "us-east-1"),
        (f"User: {USER} is not authorized to perform: iam:GetRole on resource: role ER.{TAIL}", "us-east-1"),
        (f"call X with the following\n  authorization id: {ID}", ""),
    ],
)
def test_the_id_is_found_in_a_text_or_alone(text: str, region: str) -> None:
    found = denial_of(text)
    assert (found.authorization_id, found.region) == (ID, region)


@pytest.mark.parametrize(
    "text", ["", "short", "AccessDenied", "User: x is not authorized to perform: ssm:StartSession"]
)
def test_without_an_id_it_is_said(text: str) -> None:
    with pytest.raises(Problem) as caught:
        denial_of(text)
    assert caught.value.code is Code.USAGE
