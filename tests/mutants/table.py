"""The modules whose tests are checked with mutants, and the survivors that no test could notice."""

from __future__ import annotations

from .fork_server import Target

TARGETS = (
    Target("sm_ssh_widget.policy.evaluate", ("tests/policy/test_evaluate.py",)),
    Target("sm_ssh_widget.policy.conditions", ("tests/policy/test_conditions.py",)),
    Target("sm_ssh_widget.policy.merge", ("tests/policy/test_merge.py",)),
    Target("sm_ssh_widget.policy.arn", ("tests/policy/test_arn.py",)),
    Target("sm_ssh_widget.policy.compiled", ("tests/policy/test_compiled.py",)),
    Target("sm_ssh_widget.policy.document", ("tests/policy/test_document.py",)),
    Target("sm_ssh_widget.policy.matching", ("tests/policy/test_matching.py",)),
    Target("sm_ssh_widget.policy.principals", ("tests/policy/test_principals.py",)),
    Target("sm_ssh_widget.policy.request", ("tests/policy/test_request.py",)),
    Target("sm_ssh_widget.policy.unknown_context", ("tests/policy/test_unknown_context.py",)),
    Target("sm_ssh_widget.policy.value_types", ("tests/policy/test_value_types.py",)),
    Target("sm_ssh_widget.policy.variables", ("tests/policy/test_variables.py",)),
    Target("sm_ssh_widget.requirements.trust", ("tests/requirements/test_trust.py",)),
    Target("sm_ssh_widget.changes.guard", ("tests/changes/test_guard.py",)),
    Target("sm_ssh_widget.changes.undo", ("tests/changes/test_undo.py",)),
    Target("sm_ssh_widget.changes.replan_check", ("tests/changes/test_replan_check.py",)),
    Target("sm_ssh_widget.aws.session.tripwire", ("tests/aws/session/test_tripwire.py",)),
)

_MARK = "the mark that the mutant adds is in no text that could get here"

EXPLAINED: dict[str, dict[str, str]] = {
    "sm_ssh_widget.policy.evaluate": {
        "module: 2 → 3": "there are two limits, and a slice behind the end is empty",
    },
    "sm_ssh_widget.policy.matching": {
        "matches_anything: '*' → '*☠'": _MARK,
        "_action_source: '' → '☠'": _MARK,
        "action_pattern: '(?!)' → '(?!)☠'": "nothing matches either expression",
        "action_pattern: (source for source in sources if source) → (source for source in sources)": (
            "an empty alternative matches only an empty action, and an action has a service and a name"
        ),
    },
    "sm_ssh_widget.policy.principals": {
        "_roles: 5 → 6": "the name of a role holds no colon",
    },
    "sm_ssh_widget.policy.merge": {
        "_before_space: ' \\t\\r\\n' → ' \\t\\r\\n☠'": _MARK,
        "size: match[1] or '' → match[1]": "re.sub takes None for an empty text; the type checker wants a text",
    },
}
"""Module → name of a mutant → why no test can tell it from the original."""
