
# The way through: look at everything, then write step by step, and read back what was written.

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
    stop "$EXIT_DRIFTED" "Step ${drifted[*]}: not as it was when the plan was made. Nothing was written." \
      "Ask for a new plan: sm-ssh-widget plan"
  fi
  if ((!${#todo[@]})); then say "Nothing to do."; return; fi
  if [[ ${1:-} == --check ]]; then say "To do: step ${todo[*]}. Nothing was written."; return; fi
  for n in "${todo[@]}"; do
    title=title_$n
    say "[$n/${#steps[@]}] ${!title}: writing"
    "write_$n" >/dev/null || stop "$EXIT_FAILED" "Step $n was refused by AWS; the steps before it are done. Mend the" \
      "cause and run this script again, or take them back with undo.sh."
    await "$n"
  done
  say "Done. To see for yourself: sm-ssh-widget check. To take it back: bash undo.sh"
}

main "$@"
