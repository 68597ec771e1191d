"""Assessment of the laptop for SSH Helper. Pure: a table of needs, with one rule for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from sm_ssh_widget.doctor.observed import Answers, Caller, Expected, Program, Programs
from sm_ssh_widget.requirements import ssh_owner
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Unknown

Json: TypeAlias = Any

PLUGIN_FLOOR = (1, 2, 764, 0)
PLUGIN_WITHDRAWN = frozenset({(1, 2, 688, 0), (1, 2, 889, 0)})
SDK_FLOOR = (1, 34, 156)
CLOCK_SECONDS = 300

_PROXY_SCRIPT = (
    "https://github.com/aws-samples/sagemaker-ssh-helper/blob/main/sagemaker_ssh_helper/sm-connect-ssh-proxy"
)
_PLUGIN_PAGE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/plugin-version-history.html"
_INSTALL_CLI = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
_OLDER_CLI = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-version.html"
_INSTALL_PLUGIN = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
)


@dataclass(frozen=True)
class LaptopNeed:
    """One need of SSH Helper on the laptop; ``source`` is its documentation, ``read_on`` the date of the source."""

    id: str
    name: str
    needed: str
    source: str
    read_on: str


NEEDS: Mapping[str, LaptopNeed] = {
    need.id: need
    for need in (
        LaptopNeed("clock", "Clock", f"within {CLOCK_SECONDS} s of the clock of AWS",
                   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html", "2026-11"),
        LaptopNeed("aws-cli", "AWS CLI", "version 2", _PROXY_SCRIPT, "2024-05"),
        LaptopNeed("ssh-helper-region", "Region that SSH Helper reads", "a Region in column 2 of: aws configure list",
                   "https://github.com/aws/aws-cli/pull/9547", "2025-10"),
        LaptopNeed("plugin", "Session Manager plugin", f"{'.'.join(map(str, PLUGIN_FLOOR))} or later",
                   _PLUGIN_PAGE, "2026-10"),
        LaptopNeed("ssh", "OpenSSH", "ssh and ssh-keygen on PATH", _PROXY_SCRIPT, "2024-05"),
        LaptopNeed("sdk", "AWS SDK for Python", f"boto3 {'.'.join(map(str, SDK_FLOOR))} or later",
                   "https://pypi.org/project/boto3/1.34.156/", "2024-08"),
        LaptopNeed("ssh-helper", "SageMaker SSH Helper", "sagemaker-ssh-helper in this Python",
                   "https://pypi.org/project/sagemaker-ssh-helper/", "2026-11"),
        LaptopNeed("sagemaker", "SageMaker Python SDK", "sagemaker<3",
                   "https://github.com/aws/sagemaker-python-sdk/releases/tag/v3.0.0", "2025-11"),
        LaptopNeed("region", "Region", "one Region for the AWS CLI, the SDK and the nodes",
                   "https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html", "2026-11"),
        LaptopNeed("identity", "Identity", "the SSHOwner of the nodes",
                   "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html", "2026-11"),
        LaptopNeed("proxy", "Proxy", "WebSocket connections to ssmmessages",
                   "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-prerequisites.html",
                   "2026-11"),
    )
}  # fmt: skip
"""Needs of the laptop, ordered so that a failed need explains the failures after it."""


class LaptopStatus(str, Enum):
    """Result for one need: the value in ``--json`` output."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class LaptopFinding:
    """Finding and remedy for one need; with status ``ok``, ``remedy`` can contain a note."""

    need: LaptopNeed
    status: LaptopStatus
    found: str
    remedy: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the finding as a JSON object."""
        return {
            "id": self.need.id,
            "name": self.need.name,
            "status": self.status.value,
            "found": self.found,
            "needed": self.need.needed,
            "remedy": self.remedy,
            "source": self.need.source,
            "read_on": self.need.read_on,
        }


def judge(seen: Programs, answers: Answers, expected: Expected) -> tuple[LaptopFinding, ...]:
    """Assess every need of the table, in its order."""
    return (
        _clock(answers.clock_ahead),
        _aws_cli(seen.aws),
        _region_column(seen),
        _plugin(seen.plugin),
        _ssh(seen),
        _sdk(seen),
        _ssh_helper(seen),
        _sagemaker(seen),
        _region(seen.cli_region, answers.sdk_region, expected.region),
        _identity(answers, expected),
        _proxy(seen),
    )


def _ok(need: str, found: str, note: str = "") -> LaptopFinding:
    return LaptopFinding(NEEDS[need], LaptopStatus.OK, found, note)


def _wrong(need: str, found: str, remedy: str) -> LaptopFinding:
    return LaptopFinding(NEEDS[need], LaptopStatus.WRONG, found, remedy)


def _unknown(need: str, found: str, remedy: str) -> LaptopFinding:
    return LaptopFinding(NEEDS[need], LaptopStatus.UNKNOWN, found, remedy)


def _numbers(text: str, pattern: str) -> tuple[int, ...]:
    """Parse the version in a text: the first group of ``pattern`` as numbers; empty if there is none."""
    found = re.search(pattern, text)
    return tuple(map(int, found[1].split("."))) if found else ()


# Clock, programs


def _clock(ahead: Fact[float]) -> LaptopFinding:
    if not isinstance(ahead, Known):
        said = ahead.said if isinstance(ahead, Unknown) else "AWS's response had no Date header."
        return _unknown("clock", said, "Connect to the network that reaches AWS, then run this again.")
    seconds = abs(ahead.value)
    found = f"{seconds:.0f} s {'ahead of' if ahead.value > 0 else 'behind'} the clock of AWS"
    if seconds <= CLOCK_SECONDS:
        return _ok("clock", found)
    return _wrong(
        "clock", found, "Synchronize the clock with a time server. Until then AWS refuses every signed request."
    )


def _aws_cli(aws: Fact[Program]) -> LaptopFinding:
    if isinstance(aws, Absent):
        return _wrong("aws-cli", "not on PATH", f"Install version 2: {_INSTALL_CLI}")
    if isinstance(aws, Unknown):
        return _unknown("aws-cli", aws.said, aws.remedy)
    version = _numbers(aws.value.printed, r"aws-cli/(\d+(?:\.\d+)*)")
    if not version:
        found = f"{aws.value.path} printed no version"
        return _unknown("aws-cli", found, f"Run it to see the reason: {aws.value.path} --version")
    text = f"{_text(version)} ({aws.value.path})"
    if version[0] >= 2:
        return _ok("aws-cli", text)
    remedy = f"Install version 2: SSH Helper passes --no-cli-pager, which version 1 refuses. {_INSTALL_CLI}"
    return _wrong("aws-cli", text, remedy)


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _region_column(seen: Programs) -> LaptopFinding:
    """Check the column that SSH Helper parses: column 2 of ``aws configure list``, a colon since AWS CLI 2.31.0.

    Source: https://github.com/aws/aws-cli/pull/9547
    """
    column, need = seen.region_column, "ssh-helper-region"
    if isinstance(column, Unknown):
        return _unknown(need, column.said, column.remedy)
    if isinstance(column, Absent):
        return _unknown(need, "not read: the AWS CLI is not installed", "Install the AWS CLI first.")
    if column.value == ":":
        remedy = (
            "Install AWS CLI 2.30, the last whose output sm-connect-ssh-proxy of SSH Helper 2.3.0 can read, or edit "
            f"CURRENT_REGION in that script. aws ssm start-session works with any. {_OLDER_CLI}"
        )
        return _wrong(need, "“:” where SSH Helper expects the Region", remedy)
    if column.value.startswith("<not"):
        return _wrong(need, "no Region is set", _export("REGION"))
    return _ok(need, column.value)


def _export(region: str) -> str:
    return f"Set both variables: export AWS_REGION={region} AWS_DEFAULT_REGION={region}"


def _plugin(plugin: Fact[Program]) -> LaptopFinding:
    if isinstance(plugin, Absent):
        remedy = f"Install it: without it sessions end with a denied TerminateSession. {_INSTALL_PLUGIN}"
        return _wrong("plugin", "not on PATH", remedy)
    if isinstance(plugin, Unknown):
        return _unknown("plugin", plugin.said, plugin.remedy)
    version = _numbers(plugin.value.printed, r"^(\d+(?:\.\d+){3})\s*$")
    if not version:
        found = f"{plugin.value.path} printed no version"
        return _unknown("plugin", found, f"Run it to see the reason: {plugin.value.path} --version")
    text = f"{_text(version)} ({plugin.value.path})"
    if version < PLUGIN_FLOOR:
        return _wrong("plugin", text, f"Install a newer one: AWS stops serving older versions. {_INSTALL_PLUGIN}")
    if version in PLUGIN_WITHDRAWN:
        return _wrong("plugin", f"{text}, withdrawn by AWS", f"Install the newest version: {_INSTALL_PLUGIN}")
    if not plugin.value.on_path:
        return _wrong("plugin", f"{text}, not on PATH", "Add its directory to PATH, then open a new terminal.")
    return _ok("plugin", text)


def _ssh(seen: Programs) -> LaptopFinding:
    programs = {"ssh": seen.ssh, "ssh-keygen": seen.ssh_keygen}
    if missing := [name for name, fact in programs.items() if isinstance(fact, Absent)]:
        verb = "is" if len(missing) == 1 else "are"
        remedy = "Install the OpenSSH client (Windows: Settings, Optional features; Debian: openssh-client)."
        return _wrong("ssh", f"{' and '.join(missing)} {verb} not on PATH", remedy)
    for fact in programs.values():
        if isinstance(fact, Unknown):
            return _unknown("ssh", fact.said, fact.remedy)
    return _ok("ssh", seen.ssh.value.printed if isinstance(seen.ssh, Known) else "")


# Packages of this Python


def _sdk(seen: Programs) -> LaptopFinding:
    found = seen.packages.get("boto3", "")
    version = _numbers(found, r"^(\d+(?:\.\d+)*)")
    text = f"boto3 {found} in {seen.python}"
    if not version:
        return _unknown("sdk", f"the version of boto3 could not be read in {seen.python}", "Run: pip show boto3")
    if version < SDK_FLOOR:
        return _wrong("sdk", text, "Run: pip install --upgrade boto3")
    return _ok("sdk", text)


_INSTALL_HELPER = "pip install 'sagemaker-ssh-helper' 'sagemaker<3'"


def _ssh_helper(seen: Programs) -> LaptopFinding:
    version = seen.packages.get("sagemaker-ssh-helper")
    if version:
        return _ok("ssh-helper", f"{version} in {seen.python}")
    if seen.client:
        remedy = "Install and run sm-ssh-widget in the Python environment of SSH Helper."
        return _unknown("ssh-helper", f"{seen.client} belongs to another Python than {seen.python}", remedy)
    return _wrong("ssh-helper", f"not installed in {seen.python}", f"Run: {_INSTALL_HELPER}")


def _sagemaker(seen: Programs) -> LaptopFinding:
    version = seen.packages.get("sagemaker", "")
    if not version and seen.client and "sagemaker-ssh-helper" not in seen.packages:
        remedy = "Install and run sm-ssh-widget in the Python environment of SSH Helper."
        return _unknown("sagemaker", f"not installed in {seen.python}; SSH Helper uses another Python", remedy)
    if not version:
        return _wrong("sagemaker", f"not installed in {seen.python}", f"Run: {_INSTALL_HELPER}")
    major = _numbers(version, r"^(\d+)")
    if not major:
        return _unknown("sagemaker", f"{version} is not a version", "Run: pip show sagemaker")
    if major[0] >= 3:
        remedy = f"Run: {_INSTALL_HELPER} (version 3 removed sagemaker.estimator, which SSH Helper imports)"
        return _wrong("sagemaker", version, remedy)
    return _ok("sagemaker", version)


# Region, identity, proxy


def _region(of_cli: Fact[str], of_sdk: Fact[str], wanted: str) -> LaptopFinding:
    if isinstance(of_sdk, Unknown):
        return _unknown("region", of_sdk.said, of_sdk.remedy)
    known = {"AWS CLI": of_cli, "SDK": of_sdk}
    regions = {name: fact.value if isinstance(fact, Known) else "none" for name, fact in known.items()}
    if not isinstance(of_cli, Known | Absent):
        regions["AWS CLI"] = "could not be read"
    found = ", ".join(f"{name}: {region}" for name, region in regions.items())
    if wanted:
        found += f", nodes: {wanted}"
    told = {fact.value for fact in known.values() if isinstance(fact, Known)} | ({wanted} if wanted else set())
    differs = len(told) > 1 or isinstance(of_sdk, Absent) or isinstance(of_cli, Absent)
    if differs:
        return _wrong("region", found, _export(wanted or "REGION"))
    if isinstance(of_cli, Unknown):
        return _unknown("region", found, of_cli.remedy)
    return _ok("region", found)


def _identity(answers: Answers, expected: Expected) -> LaptopFinding:
    caller = answers.caller
    if not isinstance(caller, Known):
        said, remedy = (caller.said, caller.remedy) if isinstance(caller, Unknown) else ("no identity", "Sign in.")
        return _unknown("identity", said, remedy)
    who = caller.value
    found = f"{who.arn} with UserId {who.user_id}, from {who.source}"
    if expected.user is not None and not ssh_owner.acts_as(who.arn, expected.user):
        remedy = f"Sign in as {expected.user}, or set AWS_PROFILE to its profile."
        return _wrong("identity", f"{found}, not {expected.user}", remedy)
    owner = Known(expected.owner) if expected.owner else answers.owner
    if owner is not None:
        return _owned(found, who, owner, expected.node)
    return _lasting(found, who)


def _owned(found: str, who: Caller, owner: Fact[str], node: str) -> LaptopFinding:
    """Compare the identity with the SSHOwner of the nodes, as the owner guard does."""
    if isinstance(owner, Unknown):
        return _unknown("identity", f"{found}; the tags of {node}: {owner.said}", owner.remedy)
    if isinstance(owner, Absent):
        remedy = "Start the job again with SSH Helper, which sets the tag. The owner guard denies nodes without it."
        return _wrong("identity", f"{found}; {node} has no tag SSHOwner", remedy)
    if owner.value != who.user_id:
        remedy = (
            f"Set AWS_PROFILE to the profile with UserId {owner.value}, or start the job with "
            f"local_user_id='{who.user_id}'."
        )
        return _wrong("identity", f"{found}; SSHOwner is {owner.value}", remedy)
    return _lasting(f"{found}; it is the SSHOwner", who)


def _lasting(found: str, who: Caller) -> LaptopFinding:
    """Check that the value can be an SSHOwner and stays the same in the next session."""
    warnings = " ".join(ssh_owner.traps(who.user_id))
    if ssh_owner.is_lasting(who.user_id):
        return _ok("identity", found, warnings)
    return _wrong("identity", found, warnings)


def _proxy(seen: Programs) -> LaptopFinding:
    if seen.ca_bundle:
        return _wrong(
            "proxy", f"AWS_CA_BUNDLE names {seen.ca_bundle}, which is not a file", "Fix or unset AWS_CA_BUNDLE."
        )
    proxy = seen.proxy
    if not proxy.address:
        return _ok("proxy", "none")
    if proxy.bypassed:
        return _ok("proxy", f"{proxy.address}, bypassed for ssmmessages")
    if not proxy.from_environment:
        remedy = "Set HTTPS_PROXY: the AWS CLI and the plugin read the environment, not the settings of the system."
        return _unknown("proxy", f"{proxy.address}, in the settings of the system only", remedy)
    remedy = "Ask whether the proxy passes WebSocket connections to ssmmessages, or add the endpoint to NO_PROXY."
    return _unknown("proxy", proxy.address, remedy)


# The report


@dataclass(frozen=True)
class LaptopReport:
    """All findings, and the custom endpoint of the reads if any."""

    findings: tuple[LaptopFinding, ...]
    endpoint: str = ""

    @property
    def status(self) -> LaptopStatus:
        """Status of the report; precedence: unknown, wrong, ok."""
        found = {finding.status for finding in self.findings}
        order = (LaptopStatus.UNKNOWN, LaptopStatus.WRONG)
        return next((status for status in order if status in found), LaptopStatus.OK)

    def to_json(self) -> dict[str, Json]:
        """Return the report as a JSON object."""
        findings = [finding.to_json() for finding in self.findings]
        return {"status": self.status.value, "endpoint": self.endpoint or None, "findings": findings}
