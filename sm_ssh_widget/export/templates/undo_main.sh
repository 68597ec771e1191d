
# Undo each change on its own, the last one first.

steps=(@STEPS@)

main() {
  local n left=() standing
  check_usage "$@"
  check_tools
  check_account
  for n in ${steps[@]+"${steps[@]}"}; do
    title=title_$n
    standing=$(where_is "$n")
    case $standing in
      done) say "[$n/${#steps[@]}] ${!title}: nothing to undo" ;;
      drifted)
        say "[$n/${#steps[@]}] ${!title}: changed since, skipped"
        left+=("$n")
        ;;
      todo)
        if [[ ${1:-} == --check ]]; then say "[$n/${#steps[@]}] ${!title}: to undo"; continue; fi
        say "[$n/${#steps[@]}] ${!title}: undoing"
        "write_$n" >/dev/null || stop "$EXIT_FAILED" "AWS refused change $n. Fix the cause and run this script again."
        await "$n"
        ;;
    esac
  done
  if ((${#left[@]})); then stop "$EXIT_DRIFTED" "Skipped: change ${left[*]}."; fi
  say "Done."
}

main "$@"
