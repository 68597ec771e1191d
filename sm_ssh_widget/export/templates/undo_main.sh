
# The way back: each step on its own, the last one first.

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
      done) say "[$n/${#steps[@]}] ${!title}: nothing to take back" ;;
      drifted)
        say "[$n/${#steps[@]}] ${!title}: somebody changed it since; it is left alone"
        left+=("$n")
        ;;
      todo)
        if [[ ${1:-} == --check ]]; then say "[$n/${#steps[@]}] ${!title}: to take back"; continue; fi
        say "[$n/${#steps[@]}] ${!title}: taking back"
        "write_$n" >/dev/null || stop "$EXIT_FAILED" "Step $n was refused by AWS. Mend the cause and run it again."
        await "$n"
        ;;
    esac
  done
  if ((${#left[@]})); then stop "$EXIT_DRIFTED" "Left alone: step ${left[*]}."; fi
  say "Done."
}

main "$@"
