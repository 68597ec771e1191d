# Shared functions, identical in every generated script. The parts for this plan are above.

export AWS_PAGER=""                                                  # no pager
export AWS_REGION="$region" AWS_DEFAULT_REGION="$region"             # the CLI's versions read one or the other
export AWS_CLI_FILE_ENCODING=UTF-8 AWS_CLI_OUTPUT_ENCODING=UTF-8     # policies may hold characters beyond ASCII,
export PYTHONUTF8=1                                                  # whatever the terminal's locale is

readonly EXIT_WRONG_ACCOUNT=7 EXIT_DRIFTED=5 EXIT_FAILED=8 EXIT_USAGE=2

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

say() { printf '%s\n' "$*"; }
stop() { local code=$1; shift; printf '%s\n' "$@" >&2; exit "$code"; }

# Live state. Each function prints a document, absent, attached, detached, or the value of a setting.

live_trust() { aws iam get-role --role-name="$1" --query=Role.AssumeRolePolicyDocument --output=json; }

live_inline() {  # live_inline role|user NAME POLICY
  or_absent aws iam "get-$1-policy" "--$1-name=$2" --policy-name="$3" --query=PolicyDocument --output=json
}

live_attachment() {  # live_attachment role|user NAME POLICY_ARN
  local attached
  attached=$(aws iam "list-attached-$1-policies" "--$1-name=$2" --query='AttachedPolicies[].[PolicyArn]' --output=text) || return
  if grep -qxF -- "$3" <<<"$attached"; then say attached; else say detached; fi
}

live_setting() {  # live_setting SETTING_ID
  local setting
  setting=$(aws ssm get-service-setting --setting-id="$1" --query='ServiceSetting.[Status,SettingValue]' --output=text) ||
    return
  case $setting in
    PendingUpdate*) say pending ;;
    *) say "${setting#*$'\t'}" ;;
  esac
}

or_absent() {  # or_absent COMMAND...: its output, or absent if the resource does not exist
  local said
  if "$@" 2>"$work/said"; then return; fi
  said=$(<"$work/said")
  case $said in
    *"(NoSuchEntity)"*) say absent ;;
    *) printf '%s\n' "$said" >&2; return 1 ;;
  esac
}

# Compare two states. Documents are compared as IAM evaluates them: one value equals a list of one, and the order of a
# list has no meaning, because AWS can return a document in another spelling than it was sent in.

alike() {
  if [[ $1 == "$2" ]]; then return; fi
  if [[ $1 != *{* || $2 != *{* ]]; then return 1; fi  # one of them is not a document
  python3 -I -S -X utf8 - "$1" "$2" <<'PYTHON'
import json, sys

def reading(value):
    if isinstance(value, dict):
        return {name: reading(each) for name, each in value.items()}
    if isinstance(value, list):
        values = sorted((reading(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
        return values[0] if len(values) == 1 else values
    return value

def state(text):
    try:
        return json.dumps(reading(json.loads(text)), sort_keys=True)
    except ValueError:
        return text

sys.exit(state(sys.argv[1]) != state(sys.argv[2]))
PYTHON
}

# document TEXT: save it in a file, and print the file URL for the CLI.
document() {
  printf '%s' "$1" >"$work/document.json"
  printf 'file://%s' "$work/document.json"
}

# where_is N: status of change N: todo, done or drifted. The live state must be the one in the plan, or the result of a
# change of the plan, as after an interrupted run.
where_is() {
  local n=$1 goal=goal_$1 known=state_$1_0 live index=0
  live=$("live_$n") || stop "$EXIT_FAILED" "Change $n: the current state could not be read."
  if alike "$live" "${!goal}"; then say done; return; fi
  while [[ -n ${!known+set} ]]; do
    if alike "$live" "${!known}"; then say todo; return; fi
    index=$((index + 1))
    known=state_$1_$index
  done
  printf '%s\n' "Change $n: current state:" "$live" >&2
  say drifted
}

# await N: wait until AWS shows the change.
await() {
  local n=$1 goal=goal_$1 tries live
  for ((tries = 0; tries < 150; tries++)); do
    live=$("live_$n") || stop "$EXIT_FAILED" "Change $n: written, but the result could not be read."
    if alike "$live" "${!goal}"; then return; fi
    sleep "${PAUSE:-2}"
  done
  stop "$EXIT_FAILED" "Change $n: written, but AWS does not show it after 5 minutes. Run this script again."
}

check_usage() {  # anything but --check, as --chek, must not write
  if (($# > 1)) || [[ ${1---check} != --check ]]; then
    stop "$EXIT_USAGE" "Usage: bash $0 [--check]   (--check: read-only)"
  fi
}

check_tools() {
  local tool
  for tool in aws python3; do
    command -v "$tool" >/dev/null || stop "$EXIT_USAGE" "This script needs $tool. AWS CloudShell has it."
  done
}

check_account() {
  local found
  found=$(aws sts get-caller-identity --query=Account --output=text) ||
    stop "$EXIT_WRONG_ACCOUNT" "AWS rejected these credentials. Nothing was written."
  [[ $found == "$account" ]] ||
    stop "$EXIT_WRONG_ACCOUNT" "Signed in to account $found, but this script is for account $account. Nothing was written."
  say "Account $account, Region $region."
}
