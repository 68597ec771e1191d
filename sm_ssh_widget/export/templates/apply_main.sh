
# Read everything, then write one change at a time and read it back.

steps=(@STEPS@)

main() {
  local n todo=() drifted=() standing
  check_usage "$@"
  check_tools
  check_account
  for n in ${steps[@]+"${steps[@]}"}; do
    title=title_$n
    standing=$(where_is "$n")
    say "[$n/${#steps[@]}] ${!title}: $standing"
    case $standing in
      todo) todo+=("$n") ;;
      drifted) drifted+=("$n") ;;
    esac
  done
  if ((${#drifted[@]})); then
    stop "$EXIT_DRIFTED" "Change ${drifted[*]}: different from the plan. Nothing was written." \
      "Request a new plan: sm-ssh-widget plan"
  fi
  if ((!${#todo[@]})); then say "Nothing to do."; return; fi
  if [[ ${1:-} == --check ]]; then say "To do: change ${todo[*]}. Nothing was written."; return; fi
  for n in "${todo[@]}"; do
    title=title_$n
    say "[$n/${#steps[@]}] ${!title}: writing"
    "write_$n" >/dev/null || stop "$EXIT_FAILED" "AWS refused change $n. The changes before it are applied. Fix the" \
      "cause and run this script again, or undo them with undo.sh."
    await "$n"
  done
  say "Done. To verify: sm-ssh-widget verify. To undo: bash undo.sh"
}

main "$@"
