"""S3: real action names on real ARNs, keys with slashes too; default keys of KMS; what moto keeps begins anew."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import allow, deny, document, refusal
from tests.support.sessions import keyed_session

BUCKET = "sagemaker-eu-west-1-123456789012"
ARN = f"arn:aws:s3:::{BUCKET}"
KEY = "ssh-authorized-keys/sagemaker-ssh-gw.pub"
KMS = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
IN_IRELAND: Any = {"LocationConstraint": "eu-west-1"}


def as_role(account: SimulatedAccount, *statements: dict[str, Any]) -> Any:
    """A client of S3 for a role with these statements."""
    state = account.state()
    trust = document({"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"})
    inline = [{"PolicyName": "Own", "PolicyDocument": document(*statements)}]
    roles = [each for each in state["RoleDetailList"] if each["RoleName"] != "Tried"]
    role = {"RoleName": "Tried", "AssumeRolePolicyDocument": trust, "RolePolicyList": inline}
    account.set_state({**state, "RoleDetailList": [*roles, role]})
    arn = "arn:aws:iam::123456789012:role/Tried"
    keys = account.session().client("sts").assume_role(RoleArn=arn, RoleSessionName="jane")["Credentials"]
    session = keyed_session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    return session.client("s3", endpoint_url=account.url, region_name="eu-west-1")


@pytest.fixture
def bucket(account: SimulatedAccount) -> SimulatedAccount:
    """An account that has the default bucket of SageMaker."""
    account.set_state({**account.state(), "Buckets": [{"Name": BUCKET, "Region": "eu-west-1"}]})
    return account


CALLS: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("s3:ListBucket", ARN, lambda s3: s3.head_bucket(Bucket=BUCKET)),
    ("s3:ListBucket", ARN, lambda s3: s3.list_objects_v2(Bucket=BUCKET)),
    ("s3:PutObject", f"{ARN}/{KEY}", lambda s3: s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"key")),
    ("s3:DeleteObject", f"{ARN}/{KEY}", lambda s3: s3.delete_object(Bucket=BUCKET, Key=KEY)),
    (
        "s3:DeleteObject",
        f"{ARN}/{KEY}",
        lambda s3: s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": KEY}]}),
    ),
    ("s3:GetBucketLocation", ARN, lambda s3: s3.get_bucket_location(Bucket=BUCKET)),
    ("s3:ListAllMyBuckets", "*", lambda s3: s3.list_buckets()),
    (
        "s3:CreateBucket",
        "arn:aws:s3:::another",
        lambda s3: s3.create_bucket(Bucket="another", CreateBucketConfiguration=IN_IRELAND),
    ),
    ("s3:DeleteBucket", ARN, lambda s3: s3.delete_bucket(Bucket=BUCKET)),
]


@pytest.mark.parametrize(
    ("action", "arn", "call"), CALLS, ids=[f"{n}-{action}" for n, (action, *_) in enumerate(CALLS)]
)
def test_a_call_is_judged_by_its_own_action_on_what_it_names(
    bucket: SimulatedAccount, action: str, arn: str, call: Callable[[Any], Any]
) -> None:
    """Only that allows it, and only that denies it."""
    denied = as_role(bucket, allow("s3:*"), deny(action, arn))
    assert refusal(call, s3=denied)[2] == 403
    call(as_role(bucket, allow(action, arn)))


def test_an_object_is_read_by_whoever_may_read_it(bucket: SimulatedAccount) -> None:
    as_role(bucket, allow("s3:PutObject")).put_object(Bucket=BUCKET, Key=KEY, Body=b"key")
    bucket.session().client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=b"key")
    reader = bucket.session("execution-role").client("s3")
    assert reader.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"key"
    assert reader.head_object(Bucket=BUCKET, Key=KEY)["ContentLength"] == 3


def test_the_refusal_names_the_action_and_the_key_in_quotes(bucket: SimulatedAccount) -> None:
    s3 = as_role(bucket, allow("s3:ListBucket"))
    assert refusal(s3.put_object, Bucket=BUCKET, Key=KEY, Body=b"key") == (
        "AccessDenied",
        "User: arn:aws:sts::123456789012:assumed-role/Tried/jane is not authorized to perform: s3:PutObject on "
        f'resource: "{ARN}/{KEY}" because no identity-based policy allows the s3:PutObject action',
        403,
    )


def test_a_head_that_is_refused_has_no_body(bucket: SimulatedAccount) -> None:
    s3 = as_role(bucket, allow("iam:ListRoles"))
    assert refusal(s3.head_bucket, Bucket=BUCKET) == ("403", "Forbidden", 403)
    assert refusal(s3.head_bucket, Bucket="nobodys-bucket")[0] == "403"
    assert refusal(as_role(bucket, allow("s3:ListBucket")).head_bucket, Bucket="nobodys-bucket")[0] == "404"


@pytest.mark.parametrize(
    ("statements", "code"), [([allow("s3:GetObject")], "AccessDenied"), ([allow("s3:*")], "NoSuchKey")]
)
def test_only_who_may_list_is_told_that_a_key_is_not_there(
    bucket: SimulatedAccount, statements: list[dict[str, Any]], code: str
) -> None:
    assert refusal(as_role(bucket, *statements).get_object, Bucket=BUCKET, Key="none")[0] == code


def test_a_copy_reads_its_source(bucket: SimulatedAccount) -> None:
    given: Any = {"Bucket": BUCKET, "Key": "copies/b", "CopySource": f"{BUCKET}/{KEY}"}
    assert "s3:GetObject" in refusal(as_role(bucket, allow("s3:PutObject")).copy_object, **given)[1]
    s3 = as_role(bucket, allow(["s3:PutObject", "s3:GetObject"]))
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"key")
    s3.copy_object(**given)
    assert s3.get_object(Bucket=BUCKET, Key="copies/b")["Body"].read() == b"key"


def test_an_upload_in_parts_is_a_put(bucket: SimulatedAccount) -> None:
    given = io.BytesIO(b"x" * (9 << 20))
    s3 = as_role(bucket, allow("s3:PutObject", f"{ARN}/*"))
    s3.upload_fileobj(given, BUCKET, "source/a b/source.tar.gz")
    assert bucket.session().client("s3").head_object(Bucket=BUCKET, Key="source/a b/source.tar.gz")[
        "ContentLength"
    ] == (9 << 20)


def test_a_policy_of_the_bucket_denies(bucket: SimulatedAccount) -> None:
    admin = bucket.session().client("s3")
    text = document({**deny("s3:PutObject", f"{ARN}/*"), "Principal": "*"})
    admin.put_bucket_policy(Bucket=BUCKET, Policy=text)
    assert bucket.state()["Buckets"][0]["Policy"] == text
    said = refusal(admin.put_object, Bucket=BUCKET, Key="a", Body=b"")[1]
    assert said.endswith("with an explicit deny in a resource-based policy")
    admin.delete_bucket_policy(Bucket=BUCKET)
    admin.put_object(Bucket=BUCKET, Key="a", Body=b"")


@pytest.fixture
def keyed(account: SimulatedAccount) -> SimulatedAccount:
    """The default bucket, encrypted with a key of the account."""
    encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KMS}
    bucket = {"Name": BUCKET, "Region": "eu-west-1", "Encryption": encryption}
    key = {"KeyId": KMS.rsplit("/", 1)[-1], "Region": "eu-west-1", "Aliases": ["alias/keys"]}
    account.set_state({**account.state(), "Buckets": [bucket], "Keys": [key]})
    return account


def test_a_default_key_is_used_by_whoever_writes_and_reads(keyed: SimulatedAccount) -> None:
    plain = as_role(keyed, allow("s3:*"))
    code, said, _ = refusal(plain.put_object, Bucket=BUCKET, Key=KEY, Body=b"key")
    assert code == "AccessDenied"
    assert f"kms:GenerateDataKey on resource: {KMS} because" in said.replace('"', "")
    through = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    writer = as_role(keyed, allow("s3:*"), allow("kms:GenerateDataKey", KMS, Condition=through))
    writer.put_object(Bucket=BUCKET, Key=KEY, Body=b"key")
    assert "kms:Decrypt" in refusal(writer.get_object, Bucket=BUCKET, Key=KEY)[1]


def test_a_default_key_decrypts_with_its_context(keyed: SimulatedAccount) -> None:
    context = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": f"{ARN}/{KEY}"}}
    reader = as_role(
        keyed, allow("s3:*"), allow("kms:GenerateDataKey", KMS), allow("kms:Decrypt", KMS, Condition=context)
    )
    for key in (KEY, "elsewhere"):
        reader.put_object(Bucket=BUCKET, Key=key, Body=b"key")
    assert reader.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"key"
    assert "kms:Decrypt" in refusal(reader.get_object, Bucket=BUCKET, Key="elsewhere")[1]


def test_the_key_s_own_policy_has_its_say(keyed: SimulatedAccount) -> None:
    state = keyed.state()
    other = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/Other"}, "Action": "kms:*"}
    state["Keys"][0]["Policy"] = document({**other, "Resource": "*"})
    keyed.set_state(state)
    said = refusal(as_role(keyed, allow("*")).put_object, Bucket=BUCKET, Key=KEY, Body=b"key")[1]
    assert "because no resource-based policy allows the kms:GenerateDataKey action" in said


def test_encryption_is_told_and_changed(keyed: SimulatedAccount) -> None:
    s3 = keyed.session().client("s3")
    rules = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == KMS
    given: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=given)
    assert keyed.state()["Buckets"][0]["Encryption"]["SSEAlgorithm"] == "AES256"
    as_role(keyed, allow("s3:*")).put_object(Bucket=BUCKET, Key=KEY, Body=b"key")


def test_the_key_is_found_by_its_alias(keyed: SimulatedAccount) -> None:
    kms = keyed.session().client("kms")
    assert kms.describe_key(KeyId="alias/keys")["KeyMetadata"]["Arn"] == KMS
    assert kms.list_aliases()["Aliases"][0]["AliasName"] == "alias/keys"
    assert refusal(kms.describe_key, KeyId="alias/none")[0] == "NotFoundException"


def test_a_new_state_begins_anew_with_what_moto_holds(account: SimulatedAccount) -> None:
    before, s3 = account.state(), account.session().client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=IN_IRELAND)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"key")
    assert account.state()["Buckets"][0]["Name"] == BUCKET
    account.session().client("ssm").put_parameter(Name="/own", Value="1", Type="String")
    account.set_state(before)
    assert s3.list_buckets()["Buckets"] == []
    assert refusal(account.session().client("ssm").get_parameter, Name="/own")[0] == "ParameterNotFound"
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=IN_IRELAND)
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_a_parameter_is_judged_on_its_arn(account: SimulatedAccount) -> None:
    admin = account.session().client("ssm")
    admin.put_parameter(Name="/own/one", Value="1", Type="String")
    assert admin.get_parameter(Name="/own/one")["Parameter"]["Value"] == "1"
    said = refusal(account.session("user").client("ssm").get_parameter, Name="/own/one")[1]
    assert "on resource: arn:aws:ssm:eu-west-1:123456789012:parameter/own/one because" in said
