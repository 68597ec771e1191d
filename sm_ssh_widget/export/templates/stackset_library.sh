
# Shared functions, identical in every generated script. The parts for this fleet plan are above.

export AWS_PAGER=""
readonly body_limit=51200

usage() {
  echo "Usage: bash $(basename -- "$0") [--call-as DELEGATED_ADMIN] [--bucket NAME] [--tolerance PERCENT]"
  echo "       [--at-once ACCOUNTS] [--check | --status]"
  echo "  --call-as    run in the account of a delegated administrator of StackSets, not in the management account"
  echo "  --bucket     bucket for templates of more than $body_limit bytes; it must be readable from this account"
  echo "  --tolerance  accounts in which a stack can fail after the first account, in percent (default: 0)"
  echo "  --at-once    accounts at the same time after the first one (default: one more than may fail)"
  echo "  --check      read only: show what would be done"
  echo "  --status     read only: print the stacks of each stack set, for sm-ssh-widget audit show --stacks FILE"
}

stop() { printf '%s\n' "$@" >&2; exit 8; }

call_as=() bucket="" tolerance=0 at_once="" check="" report=""
while [ $# -gt 0 ]; do
  case $1 in
    --call-as) call_as=("--call-as=$2"); shift 2 ;;
    --bucket) bucket=$2; shift 2 ;;
    --tolerance) tolerance=$2; shift 2 ;;
    --at-once) at_once=$2; shift 2 ;;
    --check) check=yes; shift ;;
    --status) check=yes report=yes; shift ;;
    *) usage >&2; exit 2 ;;
  esac
done

here=$(cd -- "$(dirname -- "$0")" && pwd)
manager=$(aws organizations describe-organization --query=Organization.MasterAccountId --output=text)
root=$(aws organizations list-roots --query='Roots[0].Id' --output=text)

sets() {  # sets OPERATION NAME OPTIONS...: a call about a stack set
  local operation=$1 name=$2
  shift 2
  aws cloudformation "$operation" --stack-set-name="$name" ${call_as[@]+"${call_as[@]}"} "$@"
}

exists() {  # exists NAME: whether there is the stack set; anything else that AWS says ends the script
  local said
  if said=$(sets describe-stack-set "$1" --query=StackSet.Status --output=text 2>&1); then return 0; fi
  case $said in *"(StackSetNotFoundException)"*) return 1 ;; esac
  stop "$said"
}

say() { if [ -z "$report" ]; then printf '%s\n' "$*"; fi; }

stacks() {  # stacks NAME: all stacks of a stack set, as one line of JSON
  sets list-stack-instances "$1" --output=json | tr -d '\n'
  echo
}

reaches() {  # reaches ACCOUNT...: whether any of them is not the management account
  local account
  for account in "$@"; do if [ "$account" != "$manager" ]; then return 0; fi; done
  return 1
}

create() {  # create NAME ACCOUNT...: the stack set of templates/NAME.yaml, unless it exists or reaches no account
  local file="$here/templates/$1.yaml" body
  reaches "${@:2}" || return 0
  if exists "$1"; then
    if [ -n "$report" ]; then stacks "$1"; else echo "Stack set $1 exists."; fi
    return
  fi
  say "Create stack set $1."
  [ -z "$check" ] || return 0
  body="--template-body=file://$file"
  if [ "$(wc -c <"$file")" -gt $body_limit ]; then
    [ -n "$bucket" ] || stop "templates/$1.yaml has more than $body_limit bytes. Name a bucket: --bucket NAME"
    aws s3 cp "$file" "s3://$bucket/$1.yaml" --only-show-errors
    body="--template-url=https://$bucket.s3.$home_region.amazonaws.com/$1.yaml"
  fi
  sets create-stack-set "$1" "$body" --description="SageMaker SSH Helper, fleet plan $digest" \
    --capabilities=CAPABILITY_IAM --permission-model=SERVICE_MANAGED --auto-deployment=Enabled=false >/dev/null
}

instances() {  # instances NAME PREFERENCES "REGIONS" ACCOUNT...: stacks in the accounts that have none yet
  local name=$1 preferences=$2 regions=$3 current account region missing=() id
  shift 3
  current=""
  if exists "$name"; then
    current=$(sets list-stack-instances "$name" --output=text --query='Summaries[?Status==`CURRENT`].[Account,Region]')
  fi
  for account in "$@"; do
    for region in $regions; do
      if ! grep -qxF -- "$account"$'\t'"$region" <<<"$current"; then missing+=("$account"); break; fi
    done
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Deploy $name to ${missing[*]} in $regions."
  [ -z "$check" ] || return 0
  # shellcheck disable=SC2086  # the Regions are words
  id=$(sets create-stack-instances "$name" --deployment-targets="$(targets "${missing[@]}")" --regions $regions \
    --operation-preferences="$preferences" --query=OperationId --output=text)
  wait_for "$name" "$id"
}

targets() {  # targets ACCOUNT...: exactly these accounts, wherever they are in the organization
  local listed
  printf -v listed '"%s",' "$@"
  printf '{"Accounts":[%s],"AccountFilterType":"INTERSECTION","OrganizationalUnitIds":["%s"]}' "${listed%,}" "$root"
}

wait_for() {  # wait_for NAME OPERATION: until it has ended; exit 9 with the reasons if it failed
  local status
  while :; do
    status=$(sets describe-stack-set-operation "$1" --operation-id="$2" --query=StackSetOperation.Status --output=text)
    case $status in
      SUCCEEDED) return ;;
      QUEUED | RUNNING | STOPPING) sleep "${POLL_SECONDS:-10}" ;;
      *)
        sets list-stack-set-operation-results "$1" --operation-id="$2" --output=text \
          --query='Summaries[?Status!=`SUCCEEDED`].[Account,Region,Status,StatusReason]' >&2
        echo "Operation $2 on stack set $1: $status. Correct the reason and run this script again, or remove.sh." >&2
        exit 9
        ;;
    esac
  done
}

remove() {  # remove NAME: its stacks, with what they added, then the stack set
  local found accounts regions id
  if ! exists "$1"; then
    say "There is no stack set $1."
    return
  fi
  found=$(sets list-stack-instances "$1" --query='Summaries[].[Account,Region]' --output=text)
  say "Delete stack set $1 and its stacks."
  [ -z "$check" ] || return 0
  accounts=$(cut -f 1 <<<"$found" | sort -u)
  regions=$(cut -f 2 <<<"$found" | sort -u)
  if [ -n "$accounts" ]; then
    # shellcheck disable=SC2086  # accounts and Regions are words
    id=$(sets delete-stack-instances "$1" --no-retain-stacks --deployment-targets="$(targets $accounts)" \
      --regions $regions --operation-preferences="$(pace)" \
      --query=OperationId --output=text)
    wait_for "$1" "$id"
  fi
  sets delete-stack-set "$1"
}

choose_first() {  # choose_first ACCOUNT...: the first account that a stack set reaches
  local account
  for account in "$@"; do
    if [ "$account" != "$manager" ]; then first_account=$account; return; fi
    echo "Account $account is the management account, which no stack set reaches. Use: sm-ssh-widget apply" >&2
  done
  stop "No account is left to deploy to."
}

first() {  # first NAME "REGIONS" ACCOUNT...: in the first account, without any tolerance
  case " ${*:3} " in *" $first_account "*) instances "$1" "FailureToleranceCount=0,MaxConcurrentCount=1" "$2" "$first_account" ;; esac
}

rest() {  # rest NAME "REGIONS" ACCOUNT...: in the other accounts
  local name=$1 regions=$2 account others=()
  shift 2
  for account in "$@"; do
    case $account in "$first_account" | "$manager") ;; *) others+=("$account") ;; esac
  done
  [ ${#others[@]} -gt 0 ] || return 0
  instances "$name" "$(pace)" "$regions" "${others[@]}"
}

pace() {  # preferences: by default AWS works on one account more than may fail
  printf 'FailureTolerancePercentage=%s' "$tolerance"
  if [ -n "$at_once" ]; then printf ',MaxConcurrentCount=%s,ConcurrencyMode=SOFT_FAILURE_TOLERANCE' "$at_once"; fi
}
