"""What IAM refuses and takes as a policy document, as data: each case with where it is known from.

A case is what it changes in a plain statement (``LACKING`` takes an element away), or a whole document.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

MOTO = "github.com/getmoto/moto 0af643a tests/test_iam/test_iam_policies.py (documents that were sent to AWS)"
GRAMMAR = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
OPERATORS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"
NO_PRINCIPALS = "https://github.com/hashicorp/terraform-provider-aws/issues/7756"
NOBODY = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
    "The passed in policy has a statement with no principals!"
)
PRINCIPALS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
SID = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html"
S3_ARNS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"
GOVCLOUD = "github.com/terraform-aws-modules/terraform-aws-atlantis#83"
PLACEHOLDER = "github.com/cloudera-labs/cloudera.exe#114"
SID_REPORT = "github.com/aws-cloudformation/cfn-lint#708 (inline, managed and trust alike)"
TRUST_JSON = "github.com/AWSCookbook/Security#2"
NO_PRINCIPAL = "github.com/hashicorp/terraform#13449"
SERVICE = "github.com/hashicorp/terraform#35086"
NO_SERVICE = "github.com/aws-samples/aws-cdk-examples#801"
ROOT = "AWS managed policies IAMAuditRootUserCredentials and AWSCloudWatchOmniServiceRolePolicy"

SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
VERSION = "Policy document must be version 2012-10-17 or greater."
UNIQUE = "Statement IDs (SID) in a single policy must be unique."
ALPHANUMERIC = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
)
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
ONE_COLON = "Actions/Condition can contain only one colon."
QUALIFIED = "Resource vendor must be fully qualified and cannot contain regexes."
IAM_PATHS = (
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, '
    "mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."
)
TRUST_ACTIONS = "AssumeRole policy may only specify STS AssumeRole actions."

Kind = Literal["managed", "inline", "trust"]
LACKING = object()
GRANT = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::data"}
TRUSTING = {"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}


@dataclass(frozen=True)
class Case:
    """One document and what IAM says of it; ``said`` is empty where IAM takes it."""

    kinds: tuple[Kind, ...]
    text: str
    said: str
    source: str


def changed(base: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return {name: value for name, value in (base | elements).items() if value is not LACKING}


def whole(*statements: Any, **elements: Any) -> str:
    found = {"Version": "2012-10-17", "Statement": list(statements), **elements}
    return json.dumps({name: value for name, value in found.items() if value is not LACKING})


def grant(said: str = "", source: str = MOTO, **elements: Any) -> Case:
    return Case(("managed", "inline"), whole(changed(GRANT, **elements)), said, source)


def resource(written: Any, said: str = "", source: str = MOTO) -> Case:
    return grant(said, source, Resource=written)


def action(written: Any, said: str = "", source: str = MOTO) -> Case:
    return grant(said, source, Action=written)


def condition(written: Any, said: str = "", source: str = MOTO) -> Case:
    return grant(said, source, Condition=written)


def date(written: Any, said: str = "", source: str = MOTO) -> Case:
    return condition({"DateLessThanEquals": {"aws:CurrentTime": written}}, said, source)


def document(said: str, *statements: Any, source: str = MOTO, **elements: Any) -> Case:
    return Case(("managed",), whole(*statements, **elements), said, source)


def trust(said: str = "", source: str = PRINCIPALS, **elements: Any) -> Case:
    return Case(("trust",), whole(changed(TRUSTING, **elements)), said, source)


def partition(name: str, arn: str) -> str:
    return f'Partition "{name}" is not valid for resource "{arn}".'


SAME_SID = (changed(GRANT, Sid="A"), {"Sid": "A", "Effect": "Allow"})

REFUSED = (
    # The document
    Case(("managed", "inline"), "no JSON at all", SYNTAX, MOTO),
    document(VERSION, GRANT, Version=LACKING),
    document(VERSION, GRANT, Version="2008-10-17"),
    document(SYNTAX, GRANT, Version="2013-10-17"),
    document(SYNTAX, Statement=LACKING),
    document(SYNTAX),
    document(SYNTAX, "afd"),
    document(SYNTAX, GRANT, Conditions="value"),
    document(SYNTAX, GRANT, Id=["a", "b"]),
    document(SYNTAX, GRANT, Id={}),
    # Several rules are broken: which of them IAM tells of
    document(UNIQUE, *SAME_SID),
    document(VERSION, *SAME_SID, Version=LACKING),
    document(LEGACY, changed(GRANT, Sid="A", Effect="aLLow"), SAME_SID[1]),
    document(VERSION, changed(GRANT, Effect="denY"), Version=LACKING),
    document(VERSION, changed(GRANT, Condition={"DateEquals": {"a": "sdfdsf"}}), Version=LACKING),
    document(NO_ACTIONS, {"Effect": "Deny"}, GRANT),
    document(ONE_COLON, changed(GRANT, Action="s3s:ListBucket"), changed(GRANT, Action="s:3s:ListBucket")),
    grant(VENDOR, Action="invalid", Resource=LACKING),
    grant('Resource sdf must be in ARN format or "*".', Action="s:3:ListBucket", Resource="sdf"),
    grant(LEGACY, Action=LACKING, Resource="arn:aws:s3::data"),
    grant(LEGACY, Effect="allow", Action=LACKING, Resource="arn:aws:s3:us-east-1::data"),
    grant(LEGACY, Action=LACKING, Resource=LACKING, Condition={"DateEquals": {"a": "sdfdsf"}}),
    grant(LEGACY, Resource="arn:error:s3:::data", Condition={"DateEquals": {"a": "sdfdsf"}}),
    grant(SYNTAX, Action=LACKING, Condition={"DateEquals": {"a": {}}}),
    # Effect, Sid and what else a statement may have
    grant(SYNTAX, Extra="value"),
    grant(SYNTAX, Effect="invalid"),
    grant(SYNTAX, Effect=LACKING),
    grant(LEGACY, Effect="denY"),
    grant(SYNTAX, Sid={}),
    grant(SYNTAX, Sid=[]),
    grant(ALPHANUMERIC, SID_REPORT, Sid="Space Space"),
    grant(ALPHANUMERIC, SID, Sid="under_score"),
    grant("Policy document should not specify a principal.", NO_PRINCIPAL, Principal={"AWS": "*"}),
    # Action
    action(LACKING, NO_ACTIONS),
    action([], NO_ACTIONS),
    grant(NO_ACTIONS, Action=LACKING, Resource=LACKING),
    action({}, SYNTAX),
    action([[]], SYNTAX),
    grant(SYNTAX, NotAction="s3:ListBucket"),
    grant(SYNTAX, NotAction="s3:ListBucket", Action=[]),
    action("invalid", VENDOR),
    grant(VENDOR, Action=LACKING, NotAction=""),
    action("a a:ListBucket", "Vendor a a is not valid"),
    action("s3:List:Bucket", ONE_COLON),
    # Resource
    resource(LACKING, NO_RESOURCES),
    resource([], NO_RESOURCES),
    resource({"a": "arn:aws:s3:::data"}, SYNTAX),
    resource(["adfdf", {}], SYNTAX),
    grant(SYNTAX, NotResource="*"),
    grant(SYNTAX, NotResource=[]),
    resource("invalid resource", 'Resource invalid resource must be in ARN format or "*".'),
    resource("", 'Resource  must be in ARN format or "*".'),
    resource(["adf"], 'Resource adf must be in ARN format or "*".'),
    resource("<<ROLE_ARN>>", 'Resource <<ROLE_ARN>> must be in ARN format or "*".'),
    resource("a:bsd", partition("bsd", "arn:bsd:*:*:*:*")),
    resource("a:b:cad", partition("b", "arn:b:cad:*:*:*")),
    resource("a:b:c:d:e:f:g:h", partition("b", "arn:b:c:d:e:f:g:h")),
    resource("aws:s3:::data", partition("s3", "arn:s3:::data:*")),
    resource(["arn:error:s3:::data", "arn:error:s3::data"], partition("error", "arn:error:s3:::data")),
    resource("arn:${PARTITION}:s3:::x", partition("${PARTITION}", "arn:${PARTITION}:s3:::x"), PLACEHOLDER),
    resource("arn:<<PARTITION>>:s3:::x", partition("<<PARTITION>>", "arn:<<PARTITION>>:s3:::x"), PLACEHOLDER),
    resource("arn:aws-us-gov:s3:::x", partition("aws-us-gov", "arn:aws-us-gov:s3:::x"), GOVCLOUD),
    resource("arn:aws", QUALIFIED),
    resource("arn:aws:iam:::data", IAM_PATHS),
    resource("arn:aws:iam:us-east-1::x", "IAM resource arn:aws:iam:us-east-1::x cannot contain region information."),
    resource("arn:aws:s3:us-east-1::x", "Resource arn:aws:s3:us-east-1::x can not contain region information."),
    resource("arn:aws:s3::data", LEGACY),
    grant(LEGACY, Resource=LACKING, NotResource="arn:aws:s3::data"),
    resource("arn:aws::::data", LEGACY),
    resource("arn:aws::data", LEGACY),
    # Condition
    condition([], SYNTAX),
    condition("a", SYNTAX),
    condition({"a": "b"}, SYNTAX),
    condition({"DateEquals": "b"}, SYNTAX),
    condition({"DateEquals": []}, SYNTAX),
    condition({"DateEquals": {"a": {}}}, SYNTAX),
    condition([{"ForAllValues:StringEquals": {"aws:TagKeys": "Department"}}], SYNTAX),
    condition({"x": {"a": "1"}}, SYNTAX),
    condition({"StringFoo": {"a:b": "c"}}, SYNTAX),
    condition({"ForAnyValue::StringEqualsIfExists": {"a": "b"}}, SYNTAX),
    condition({"ForSomeValues:StringEquals": {"a": "b"}}, SYNTAX, OPERATORS),
    condition({"NullIfExists": {"a": "true"}}, SYNTAX, OPERATORS),
    condition({"StringEquals": {"a": [["b"]]}}, SYNTAX, GRAMMAR),
    date("sdfdsf", LEGACY),
    date("234-13", LEGACY),
    date("2016-12-13t2:00:00.593194+1", LEGACY),
    date("2016-12-13t2:00:00.1999999999+10:59", LEGACY),
    date("9223372036854775808", LEGACY),
    date(["2019-07-01T13:20:15Z", "2019-07-01T24:20:15Z"], LEGACY, OPERATORS),
    date("2019-07-01T13:60:15Z", LEGACY, OPERATORS),
    date("2019-07-32", LEGACY, OPERATORS),
    date("292278994-01", LEGACY),
    condition({"ForAnyValue:DateEqualsIfExists": {"a": "soon"}}, LEGACY, OPERATORS),
    # A trust
    Case(("trust",), "file.json", "This policy contains invalid Json", TRUST_JSON),
    trust(LEGACY, MOTO, Effect="allow"),
    trust(ALPHANUMERIC, SID_REPORT, Sid="two words"),
    trust(SYNTAX, MOTO, Condition={"StringFoo": {"a:b": "c"}}),
    trust(NO_ACTIONS, MOTO, Action=LACKING),
    trust("Missing required field Principal", Principal=LACKING),
    trust("Has prohibited field Resource", Resource="*"),
    trust(TRUST_ACTIONS, Action="iam:PassRole"),
    trust("Invalid principal in policy.", Principal="nobody"),
    trust("Invalid principal in policy.", Principal={"Services": "ssm.amazonaws.com"}),
    trust('Invalid principal in policy: "SERVICE":"amazonaws.com"', NO_SERVICE, Principal={"Service": "amazonaws.com"}),
    trust(
        'Invalid principal in policy: "SERVICE":"tagging.amazonaws.com"',
        SERVICE,
        Principal={"Service": ["ssm.amazonaws.com", "tagging.amazonaws.com"]},
    ),
    trust(
        'Invalid principal in policy: "SERVICE":"nosuchservice.amazonaws.com"',
        Principal={"Service": "nosuchservice.amazonaws.com"},
    ),
    trust(
        'Invalid principal in policy: "AWS":"arn:aws-cn:iam::210987654321:root"',
        Principal={"AWS": "arn:aws-cn:iam::210987654321:root"},
    ),
    trust(
        'Invalid principal in policy: "AWS":"arn:aws:iam::<<ACCOUNT>>:root"',
        Principal={"AWS": "arn:aws:iam::<<ACCOUNT>>:root"},
    ),
    trust(NOBODY, NO_PRINCIPALS, Principal={"Service": []}),
    trust(NOBODY, NO_PRINCIPALS, Principal={"Service": [], "AWS": []}),
    trust('Invalid principal in policy: "FEDERATED":"example.com"', Principal={"Federated": "example.com"}),
)

TAKEN = (
    grant(),
    document("", GRANT, Id="a name"),
    Case(("managed", "inline"), json.dumps({"Version": "2012-10-17", "Statement": GRANT}), "", MOTO),
    Case(("inline",), json.dumps({"Statement": GRANT}), "", GRAMMAR),
    Case(("inline",), whole(GRANT, Version="2008-10-17"), "", GRAMMAR),
    document("", changed(GRANT, Sid=""), changed(GRANT, Sid="")),
    document("", changed(GRANT, Sid="a"), GRANT),
    grant(Sid="dsfsdfsdfsdfsdfsadfsd"),
    # Action: any vendor of letters, digits, dots and hyphens, any name
    action("*"),
    action(["s3:*Object", "s3:Get*"]),
    action("iam: asdf safdsf af "),
    action("service-prefix:action-name"),
    action("aaaaaadsfdsafsadfsadfaaaaa:ListBucket"),
    action("s3-s:ListBucket"),
    action("s3.s:ListBucket"),
    grant(Action=LACKING, NotAction="s3:ListBucket"),
    grant(Action=LACKING, NotAction="s3:ListBucket", Resource=LACKING, NotResource="*"),
    # Resource: the service need not exist, what is missing at the end is completed, an account is not looked at
    resource(["arn:aws:s3:::data", "*"]),
    resource(["arn:aws:s3:::data", None]),
    resource("arn:aws:s33:::data"),
    resource("arn:aws:fdsasf"),
    resource("arn:aws:invalid-service:us-east-1::data"),
    resource("arn:aws:cloudwatch:us-east-1::data"),
    resource("arn:aws:ec2:region:account-id:instance/*"),
    resource("arn:aws:rds:region:*:*"),
    resource("arn:*:s3:::data"),
    resource("arn:aws:iam:::user/data"),
    resource("arn:aws:iam::*:mfa/${aws:username}"),
    resource("arn:aws:iam::123456789012:*"),
    resource("arn:aws:iam::*:root", source=ROOT),
    resource("arn:aws:iam::aws:role-template/cloudwatch.amazonaws.com/Template:1", source=ROOT),
    resource("arn:aws:s3:us-west-2:123456789012:accesspoint/a/object/*"),
    resource("arn:aws:s3:us-west-2:123456789012:job/*", source=S3_ARNS),
    resource("arn:aws:s3:::data/${cognito-identity.amazonaws.com:sub}/*"),
    # Condition
    condition({}),
    condition({"DateGreaterThan": {}}),
    condition({"DateGreaterThan": {"a": []}}),
    condition({"a": {}, "y": {}}),
    condition({"StringEqualsIfExists": {"a": "asf"}}),
    condition({"ForAnyValue:StringEqualsIfExists": {"a": "asf"}}),
    condition({"ForAllValues:StringEquals": {"aws:TagKeys": "Department"}}),
    condition({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
    condition({"Bool": {"a:b": True}, "ForAllValues:Bool": {"a:b": False}, "ForAnyValue:Bool": {"a:b": "True"}}),
    condition({"Null": {"a:b": False, "c:d": "true"}}),
    condition({"ArnEquals": {"ec2:SourceInstanceARN": "arn:aws:ec2:*:*:instance/instance-id"}}),
    condition({"NumericLessThan": {"s3:max-keys": 10}}, source=GRAMMAR),
    condition({"StringLike": {"s3:prefix": ["", "home/", "home/${aws:userid}/*"]}}),
    date("01T"),
    date("2019-07-01T13:20:15Z"),
    date("2016-12-13T21:20:37.593194+00:00"),
    date("2016-12-13t2:00:00.593194+23"),
    date("2016-12-13T02:00:00-08:00", source=OPERATORS),
    date("-292275054"),
    date("9223372036854775807"),
    # A trust
    trust(),
    trust(source=GRAMMAR, Sid=""),
    trust(Action=["sts:AssumeRole", "sts:TagSession"]),
    trust(Principal="*"),
    trust(Principal={"Service": ["sagemaker.amazonaws.com", "ssm.eu-west-1.amazonaws.com", "ec2.amazonaws.com.cn"]}),
    trust(Principal={"AWS": ["123456789012", "arn:aws:iam::210987654321:role/Elsewhere"]}),
    trust(Principal={"Federated": "arn:aws:iam::123456789012:saml-provider/Corporate"}),
    trust(Principal={"Federated": "cognito-identity.amazonaws.com"}),
)
