"""Sentences of AWS's documentation that leave room, and how this evaluator reads them.

A decision that rests on one of them names it, so that a person can judge the sentence too.
"""

from __future__ import annotations

from enum import Enum


class Reading(str, Enum):
    """A documented rule that another page of AWS contradicts, or that is stated for another case."""

    SEGMENT_WILDCARD = "segment-wildcard"
    """A ``*`` at the end of an ARN segment also matches colons, as in ``arn:aws:ssm:*:managed-instance/*``.

    "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon
    boundaries." The page of Amazon S3 says that a wildcard cannot span segments.
    Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html
    """

    FOR_ANY_VALUE_IF_EXISTS = "for-any-value-if-exists"
    """``ForAnyValue:…IfExists`` is satisfied by a request without the key.

    "If the key is not present, evaluate the condition element as true" is said of ``…IfExists``; "if the key does not
    exist, the condition returns false" of ``ForAnyValue``. No page says which of them holds for both.
    Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
