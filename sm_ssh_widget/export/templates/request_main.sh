# Read everything, then add what is missing, one step at a time, and read it back.

steps=(@STEPS@)

# merged LIVE ITEMS: the live policy with the items that it lacks, nothing if it lacks none, or the word conditional
# where the service is trusted under conditions.
merged() {
  python3 -I -S -X utf8 - "$1" "$2" <<'PYTHON'
import json, sys

def plain(value):
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if name != "Sid"}
    if isinstance(value, list):
        values = sorted(map(plain, value), key=lambda each: json.dumps(each, sort_keys=True))
        return values[0] if len(values) == 1 else values
    return value

def as_list(value):
    return value if isinstance(value, list) else [value]

def service(statement):
    principal = statement.get("Principal")
    return set(as_list(principal.get("Service", []))) if isinstance(principal, dict) else set()

def trusts(statement, wanted):
    asks = service(wanted) and service(wanted) <= service(statement)
    return asks and statement["Effect"] == "Allow" and "sts:AssumeRole" in as_list(statement.get("Action", []))

def named(statement, others, taken):
    unnamed = {name: each for name, each in statement.items() if name != "Sid"}
    if not others or not all(each.get("Sid") for each in others):
        return unnamed
    wish = "".join(each for each in statement.get("Sid", "SageMakerSSHHelper") if each.isalnum())
    sid = next(name for name in (wish, *(f"{wish}{n}" for n in range(2, 1000))) if name not in taken)
    taken.add(sid)
    return {"Sid": sid, **unnamed}

live, items = sys.argv[1:]
document = {"Version": "2012-10-17", "Statement": []} if live == "absent" else json.loads(live)
there = as_list(document["Statement"])
known = [plain(each) for each in there]
missing = [each for each in json.loads(items) if plain(each) not in known]
held = [[one for one in there if trusts(one, each)] for each in missing]
lacking = [each for each, by in zip(missing, held) if not by]
if any(by and all("Condition" in one for one in by) for by in held):
    print("conditional")
elif lacking:
    taken = {each.get("Sid") for each in there}
    statements = there + [named(each, there, taken) for each in lacking]
    print(json.dumps({**document, "Statement": statements}, ensure_ascii=False, indent=2))
PYTHON
}

# lacking N LIVE: what step N has to write, nothing if all is there.
lacking() {
  local items=items_$1 wanted=wanted_$1
  if [[ -n ${!items+set} ]]; then
    merged "$2" "${!items}"
  elif [[ $2 != "${!wanted}" ]]; then
    say "${!wanted}"
  fi
}

main() {
  local n live missing todo=() conditional=()
  check_usage "$@"
  check_tools
  check_account
  for n in ${steps[@]+"${steps[@]}"}; do
    title=title_$n
    live=$("live_$n") || stop "$EXIT_FAILED" "Step $n: the current state could not be read. Nothing was written."
    missing=$(lacking "$n" "$live") || stop "$EXIT_FAILED" "Step $n: the policy could not be read. Nothing was written."
    case $missing in
      "") say "[$n/${#steps[@]}] ${!title}: there" ;;
      conditional)
        conditional+=("$n")
        say "[$n/${#steps[@]}] ${!title}: trusted under conditions, left unchanged"
        ;;
      *)
        todo+=("$n")
        printf -v "goal_$n" '%s' "$missing"
        printf -v "before_$n" '%s' "$live"
        say "[$n/${#steps[@]}] ${!title}: missing"
        ;;
    esac
  done
  if [[ ${1:-} == --check ]]; then
    if ((${#todo[@]})); then say "To do: step ${todo[*]}. Nothing was written."; else say "Nothing to do."; fi
    return
  fi
  for n in ${todo[@]+"${todo[@]}"}; do
    add "$n"
  done
  if ((${#conditional[@]})); then
    stop "$EXIT_DRIFTED" "Step ${conditional[*]}: the conditions of the existing trust decide. To judge them:" \
      "sm-ssh-widget check"
  fi
  if ((!${#todo[@]})); then say "Nothing to do."; return; fi
  say "Done. To verify: sm-ssh-widget verify"
}

add() {  # add N
  local before=before_$1
  title=title_$1
  say "[$1/${#steps[@]}] ${!title}: writing. Before:" "${!before}"
  "write_$1" >/dev/null || stop "$EXIT_FAILED" "AWS refused step $1. The steps before it are applied. Fix the cause and" \
    "run this script again."
  await "$1"
}

main "$@"
