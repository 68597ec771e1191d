"""A stand-in for the AWS CLI: it notes its arguments, and keeps what one plan writes in a file of states."""

import json
import os
import pathlib
import sys

here = pathlib.Path(os.environ["FAKE_AWS"])
arguments = sys.argv[1:]
command = " ".join(arguments[:2])
options = dict(word[2:].split("=", 1) for word in arguments[2:])
located = next((value for name, value in options.items() if name.endswith("-document")), None)
document = pathlib.Path(located.removeprefix("file://")).read_bytes().decode() if located else None
with (here / "calls").open("a", encoding="utf-8") as calls:
    calls.write(json.dumps([arguments, document]) + "\n")

states = json.loads((here / "states.json").read_text("utf-8"))


def shown(key: str) -> None:
    """A state that is there, else what the CLI says of what is not."""
    if states[key] is None:
        sys.exit(f"An error occurred (NoSuchEntity) when calling {command}: it is not there.")
    print(states[key])


def wrote(key: str, value: object) -> None:
    states[key] = value
    (here / "states.json").write_text(json.dumps(states), "utf-8")


owner = "user" if "-user-" in command or "user-polic" in command else "role"
if command in states["refused"]:
    sys.exit(f"An error occurred (AccessDenied) when calling {command}: not allowed.")
elif command == "sts get-caller-identity":
    print(states["account"])
elif command == "iam get-role":
    shown("trust")
elif command == "iam update-assume-role-policy":
    wrote("trust", document)
elif command == "ssm get-service-setting":
    print("Default", states["tier"], sep="\t")
elif command == "ssm update-service-setting":
    wrote("tier", options["setting-value"])
elif command == "ssm reset-service-setting":
    wrote("tier", "standard")
elif command.startswith("iam get-"):
    shown(f"{owner}-inline")
elif command.startswith(("iam put-", "iam delete-")):
    wrote(f"{owner}-inline", document)
elif command.startswith("iam list-attached-"):
    print(*states[f"{owner}-attached"], sep="\n")
elif command.startswith("iam attach-"):
    wrote(f"{owner}-attached", [*states[f"{owner}-attached"], options["policy-arn"]])
elif command.startswith("iam detach-"):
    wrote(f"{owner}-attached", [arn for arn in states[f"{owner}-attached"] if arn != options["policy-arn"]])
else:
    sys.exit(f"An error occurred: no {command} here.")
