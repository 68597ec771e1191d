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
    Target("sm_ssh_widget.changes.guard", ("tests/changes/test_guard.py", "tests/changes/test_removals.py")),
    Target("sm_ssh_widget.changes.undo", ("tests/changes/test_undo.py",)),
    Target("sm_ssh_widget.changes.replan_check", ("tests/changes/test_replan_check.py",)),
    Target("sm_ssh_widget.aws.session.tripwire", ("tests/aws/session/test_tripwire.py",)),
)

_MARK = "the mark that the mutant adds is in no text that could get here"

_SOURCE = "it says in a fact of the plan where it comes from, and no plan shows it"
_MANAGED = "the check with an instance reads only whether default host management manages it"
_SENTENCE = "planning reads no sentence of a missing finding, except for refusals, which are not compared"
_EXAMPLE = "it is one example of what a wildcard stands for, and any other text is as good"

EXPLAINED: dict[str, dict[str, str]] = {
    "sm_ssh_widget.requirements.trust": {
        "module: 'another-type/example' → 'another-type/example☠'": "either is a type that AWS does not have",
        "module: 200000 → 199999": "how many verdicts are remembered changes none of them",
        "module: 200000 → 200001": "how many verdicts are remembered changes none of them",
        "_judge: 'xx-elsewhere-1' → 'xx-elsewhere-1☠'": "either is a Region that AWS does not have",
        "_over_sources: 'sts:assumerole' → 'sts:assumerole☠'": (
            "the action only tells federated sign-ins from the rest, and neither is one"
        ),
        "_over_sources: True → False": "judge replaces it by what it compares with another Region",
        "_over_sources: True → False #2": "judge replaces it by what it compares with another Region",
        "_sources: 'example' → 'example☠'": _EXAMPLE,
        "_sources: '*' → '*☠'": "a wildcard stands for an asterisk, too",
        "_sources: '?' → '?☠'": "a wildcard stands for a question mark, too",
        "_sources: '*?' → '*?☠'": _MARK,
        "_sources: example and _type_of(resource) → _type_of(resource)": "an example is as empty as its resource",
    },
    "sm_ssh_widget.changes.replan_check": {
        "module: 'the plan' → 'the plan☠'": _SOURCE,
        "_missing: True → False": "every requirement is named as a step, so it is planned without being required, too",
        "_missing: '' → '☠'": _SENTENCE,
        "_missing: '' → '☠' #2": _SENTENCE,
        "_missing: '' → '☠' #3": _SENTENCE,
        "_missing: '' → '☠' #4": _SENTENCE,
        "_as_written: named.role() → named": "where nothing of theirs is changed, nothing that they hold is compared",
        "_identity: '' → '☠'": "it is the ARN of an inline policy, and no managed policy has either",
        "_tier: 'Default' → 'Default☠'": "without a change of the tier, its state is in no change",
        "_tier: 'standard' → 'standard☠'": "without a change of the tier, its state is in no change",
        "_nodes: '' → '☠'": "without a change of the tier, its cost is in no change",
        "_nodes: 0 → -1 #2": "the number of nodes online is in no cost",
        "_nodes: 0 → 1 #2": "the number of nodes online is in no cost",
        "_nodes: '' → '☠' #2": "the cost of the tier says only that the nodes were not counted",
        "_cost_of_tier: '' → '☠'": "without a change of the tier, its cost is in no change",
        "_local_roles: 0 → -1": "the change of Quick Setup has one call",
        "_at_launch: '' → '☠'": _MANAGED,
        "_at_launch: '' → '☠' #2": _MANAGED,
        "_at_launch: '' → '☠' #3": "planning always gives the check a cost, and neither text is a price",
        "_at_launch: 'quick-setup' → 'quick-setup☠'": _MANAGED,
        "_at_launch: 'vpc' → 'vpc☠'": "the VPC of the subnet is in no change",
        "_at_launch: True → False #3": "whether the subnet is its VPC's default one is in no change",
    },
    "sm_ssh_widget.changes.guard": {
        "check_origin: '.' → '.☠'": _MARK,
        "_check_resource: '' → '☠'": "neither is an ARN",
    },
    "sm_ssh_widget.aws.session.tripwire": {
        "module: 'sm-ssh-widget-checked' → 'sm-ssh-widget-checked☠'": "botocore has neither key; only this module does",
    },
    "sm_ssh_widget.policy.evaluate": {
        "module: 2 → 3": "there are two limits, and a slice behind the end is empty",
    },
    "sm_ssh_widget.policy.matching": {
        "matches_anything: '*' → '*☠'": _MARK,
        "_action_source: '' → '☠'": _MARK,
        "action_pattern: '(?!)' → '(?!)☠'": "nothing matches either expression",
    },
    "sm_ssh_widget.policy.principals": {
        "_roles: 5 → 6": "the name of a role holds no colon",
    },
    "sm_ssh_widget.policy.compiled": {
        "CompiledPolicy: False → True #10": "policies of the same statements are about the same services",
        "ResourceElement.undecided_keys: not unknown or self.matches(resource, context) → "
        "self.matches(resource, context)": "without unknown keys there are none to collect; it saves the work",
    },
    "sm_ssh_widget.policy.arn": {
        "module: 128 → 129": "the pattern of a name ends at 128 characters, too",
    },
    "sm_ssh_widget.policy.value_types": {
        "_instant_of: True → False": "both sequences have six items",
        "_instant_of: 0 → -1": "a date has a year",
        "_instant_of: 0 → 1": "a date has a year",
        "_offset: 'Zz' → 'Zz☠'": _MARK,
    },
    "sm_ssh_widget.policy.variables": {
        "Template.constant: 0 → -1": "there is one part",
        "Template.constant: 0 → -1 #2": "there is one part",
    },
    "sm_ssh_widget.policy.unknown_context": {
        "_matters: True → False": "both sequences have one item a group",
        "_question: 'condition' → 'condition☠'": "it only tells conditions from elements",
        "_question: ('condition', subject.operator, subject.key, subject.values, subject.templates) → "
        "(subject.operator, subject.key, subject.values, subject.templates)": "it only tells conditions from elements",
        "_OpenRequest.open_keys: (id(element), deny) → (deny,)": "what is not found is worked out again",
        "_OpenRequest._rests_on_wildcard: element.leaves_room and element.rests_on_wildcard(self.known.resource, "
        "self.known.context, deny) → element.rests_on_wildcard(self.known.resource, self.known.context, deny)": (
            "an element that leaves no room rests on no reading; it saves the work"
        ),
        "module: 'segment wildcard' → 'segment wildcard☠'": _MARK,
        "module: 4096 → 4097": "no number of combinations lies between them",
    },
    "sm_ssh_widget.policy.merge": {
        "_named: '' → '☠' #2": _MARK,
        "_print: '' → '☠' #2": "without a margin the statement is on one line, and nothing is indented",
        "_print: margin or '' → margin": "without a margin the statement is on one line, and nothing is indented",
        "_extend: 1 → 2 #2": "what stands in the brackets is a statement, and has two characters at least",
        "_before_space: ' \\t\\r\\n' → ' \\t\\r\\n☠'": _MARK,
        "size: match[1] or '' → match[1]": "re.sub takes None for an empty text; the type checker wants a text",
    },
}
"""Module → name of a mutant → why no test can tell it from the original."""
